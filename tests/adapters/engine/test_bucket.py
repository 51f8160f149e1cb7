"""The names in a state that is a bucket, as its pages have them and as Pulumi lists them, are the same."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.engine import PulumiEngine
from helium.core.stack import Listing, StackId
from helium.errors import EngineError
from helium.sandbox import Sandbox
from tests.adapters.engine.conftest import Make, workspace
from tests.s3_server import KEYS, S3Server, s3_server

BY_PULUMI = "hostname_immutable=false"
"""A parameter that changes nothing here, and that Helium does not read."""
ROOT = "deep/state/.pulumi"
PLAIN = f"{ROOT}/stacks/acme.plain"
NUMBERS = itertools.count()
GROWN: dict[str, bytes] = {}


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    """One server for all; each test takes a bucket of its own."""
    with s3_server() as server:
        yield server


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """A new one."""
    name = f"state-{next(NUMBERS)}"
    s3.create(name)
    s3.requests.clear()
    return name


@pytest.fixture
def on(engine: Make, s3: S3Server, bucket: str, tmp_path: Path, sandbox: Sandbox) -> Make:
    """Makes engines on the bucket, with keys in the environment; `more`: parameters of its URL."""

    def make(*more: str, environ: dict[str, str] | None = None, **changes: Any) -> PulumiEngine:
        given = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), **(KEYS if environ is None else environ)}
        work = tmp_path / f"work-{next(NUMBERS)}"
        state = s3.url(bucket, *more, path="/deep/state")
        return engine(
            **{"state": state, "work": work, "environment": given, "providers": sandbox.environment, **changes}
        )

    return make


@pytest.fixture
def grown(on: Make, s3: S3Server, bucket: str) -> bytes:
    """The marker and `a` are in the bucket, as the real Pulumi writes them; the text of `a`."""
    if not GROWN:
        one = on()
        one.create_marker("ledger-1")
        one.up(workspace("a"))
        one.close()
        GROWN.update(s3.files(bucket))
    s3.put(bucket, GROWN)
    s3.requests.clear()
    return GROWN[f"{PLAIN}/a.json"]


def names(listing: Listing) -> list[str]:
    """Of this fleet's stacks."""
    return [each.id.name for each in listing.stacks]


def test_both_listings_of_a_bucket_say_the_same(on: Make, s3: S3Server, bucket: str, grown: bytes) -> None:
    """Stacks, marker and foreign ones, with backups, tags, compressed states and leftovers about."""
    for project, name in (("acme.plain", "b"), ("acme.other", "c"), ("acme", "d"), ("rival.plain", "a"), ("x", "y.z")):
        for ending in ("", ".bak", ".1764000000000000000"):
            s3.put(bucket, {f"{ROOT}/stacks/{project}/{name}.json{ending}": grown})
        s3.put(bucket, {f"{ROOT}/stacks/{project}/{name}.pulumi-tags": b"{}"})
    s3.put(bucket, {f"{PLAIN}/zipped.json.gz": gzip.compress(grown), f"{PLAIN}/gone.json.bak": grown})
    s3.put(bucket, {"deep/state-2/.pulumi/stacks/acme.plain/elsewhere.json": grown})
    s3.requests.clear()
    ours = on().observe()
    asked = list(s3.requests)
    theirs = on(BY_PULUMI).observe()

    assert (["c", "a", "b", "zipped"], True) == (names(ours), ours.marker)
    assert ("organization/acme/d", "organization/rival.plain/a", "organization/x/y.z") == ours.foreign
    assert ours == replace(theirs, note="")
    assert "Pulumi lists the state, which takes longer, because Helium does not read the parameter" in theirs.note
    assert [method for method, _, _ in asked] == ["GET", "GET"]


@pytest.mark.parametrize("begun", [False, True])
def test_both_listings_of_an_empty_bucket_are_empty(on: Make, s3: S3Server, bucket: str, begun: bool) -> None:
    """The marker tells an empty place from a wrong one, so nothing is refused here."""
    if begun:
        s3.put(bucket, {f"{ROOT}/meta.yaml": b"version: 1\n"})

    assert (Listing(), ()) == (on().observe(), on(BY_PULUMI).observe().stacks)


@pytest.mark.parametrize("count", [1_100, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_listing_costs_a_request_for_a_thousand_objects(
    on: Make, s3: S3Server, bucket: str, grown: bytes, count: int
) -> None:
    """Each stack has a backup beside it, as real fleets have; the goal is forty requests for ten thousand stacks."""
    copies = [f"{PLAIN}/copy-{number}.json" for number in range(1, count)]
    s3.put(bucket, dict.fromkeys(copies, grown) | dict.fromkeys([f"{each}.bak" for each in copies], grown))
    s3.requests.clear()
    listing = on().observe()

    assert (count, True, "") == (len(listing.stacks), listing.marker, listing.note)
    assert len(s3.requests) <= 2 + -(-(2 * count + 3) // 1000)


def test_what_is_wrong_with_one_object_is_named(on: Make, s3: S3Server, bucket: str, grown: bytes) -> None:
    """Empty, no state, or written over a stack that was there; only the small ones of this fleet are read."""
    init = json.dumps({"version": 3, "checkpoint": {"stack": "organization/acme.plain/x"}}).encode()
    s3.put(
        bucket, {f"{PLAIN}/{name}.json": data for name, data in (("b", b""), ("c", b"{}"), ("d", init), ("e", init))}
    )
    s3.put(bucket, {f"{PLAIN}/b.json.bak": grown, f"{PLAIN}/d.json.bak": grown})
    s3.put(bucket, {f"{ROOT}/stacks/rival.plain/z.json": b"{}"})
    s3.requests.clear()
    listing = on().observe()
    corrupt = {each.id.name: each.corrupt for each in listing.stacks if each.corrupt}
    where = f"s3://{bucket}/{PLAIN}"

    assert ["b", "c", "d"] == sorted(corrupt)
    assert corrupt["b"].startswith(
        f"{where}/b.json is empty. Replace it with Pulumi's backup beside it, b.json.bak; if"
    )
    assert corrupt["c"].startswith(
        f"{where}/c.json is not a state file of Pulumi. Restore it from a backup, or remove it"
    )
    assert "helium ledger accept-loss c" in corrupt["c"]
    assert corrupt["d"].startswith(
        f"{where}/d.json does not have a deployment, and its backup has one. Replace it with"
    )
    # The list, the version, each small state, and the backup of each without a deployment.
    assert len(s3.requests) == 2 + 3 + 2


@pytest.mark.parametrize("look", ["", BY_PULUMI])
def test_a_stack_without_a_deployment_in_a_bucket_is_empty_only_if_it_never_held_anything(
    on: Make, s3: S3Server, bucket: str, grown: bytes, look: str
) -> None:
    """Where Helium cannot look at the backup, Pulumi's history tells."""
    init = json.dumps({"version": 3, "checkpoint": {"stack": "organization/acme.plain/a"}}).encode()
    s3.put(bucket, {f"{PLAIN}/a.json.bak": grown, f"{PLAIN}/a.json": init, f"{PLAIN}/new.json": init})
    engine = on(*filter(None, [look]))

    assert (False, True) == tuple(engine.empty(StackId.of("acme", "plain", name=name)) for name in ("a", "new"))


def test_a_bucket_that_is_not_there_is_no_empty_state(on: Make, s3: S3Server) -> None:
    """Pulumi says so."""
    with pytest.raises(EngineError, match="could not list bucket"):
        on(state=s3.url("nowhere")).observe()


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (f"{ROOT}/stacks/stacks/p/a.json", "is not in a project's folder"),
        *[
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (
                (f"{ROOT}/stacks/old.json", "is not in a project's folder"),
                (f"{PLAIN}/with space.json", "is not a stack's name"),
                (f"{PLAIN}/a.yaml", "is not a state file"),
            )
        ],
    ],
)
def test_a_layout_of_a_bucket_that_is_not_known_is_left_to_pulumi(
    on: Make, s3: S3Server, bucket: str, grown: bytes, key: str, why: str
) -> None:
    """Another depth, another kind of file, and names that Pulumi would not take. It is said once."""
    s3.put(bucket, {key: b"{}"})
    engine = on()
    first, second = engine.observe(), engine.observe()

    # Pulumi takes more for a state than Helium does.
    assert (True, "", {"a"}) == (why in first.note, second.note, set(names(first)))


@pytest.mark.parametrize("text", [b"version: 2\n", b"version: 0\n"])
def test_a_version_of_a_bucket_that_is_not_known_is_left_to_pulumi(
    on: Make, s3: S3Server, bucket: str, grown: bytes, text: bytes
) -> None:
    """Pulumi refuses a newer one. In an older one it sees no projects, so nothing of this fleet."""
    s3.put(bucket, {f"{ROOT}/meta.yaml": text})
    try:
        listing = on().observe()
    except EngineError as error:
        listing = Listing(note=f"{error} is not of version 1")

    assert ([], False, True) == (names(listing), listing.marker, "is not of version 1" in listing.note)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("endpoint=http://HOST&use_path_style=true&region=eu-west-1", "/deep/state/"),
        ("endpoint=http%3A%2F%2FHOST&use_path_style=T&region=eu-west-1&awssdk=v2", "//deep/state"),
        ("disableSSL=1&endpoint=HOST&s3ForcePathStyle=TRUE&region=eu-west-1&ssetype=AES256", "/deep/state"),
    ],
)
def test_a_url_names_the_same_bucket_to_both(
    on: Make, s3: S3Server, bucket: str, grown: bytes, query: str, path: str
) -> None:
    """The older words of its parameters, the newer ones, and what both listings find there."""
    url = f"s3://{bucket}{path}?{query.replace('HOST', f'127.0.0.1:{s3.port}')}"
    ours, theirs = on(state=url).observe(), on(state=f"{url}&{BY_PULUMI}").observe()

    assert ((["a"], True, ""), (["a"], True)) == ((names(ours), ours.marker, ours.note), (names(theirs), theirs.marker))


def test_the_key_of_a_profile_is_the_one_that_pulumi_takes(
    on: Make, s3: S3Server, bucket: str, grown: bytes, tmp_path: Path
) -> None:
    """By the variable, by the URL, by a program that says it; each against Pulumi's own requests."""
    files = tmp_path / "home" / ".aws"
    files.mkdir(parents=True)
    said = json.dumps({"Version": 1, "AccessKeyId": "AKIAPROGRAM", "SecretAccessKey": "s"})
    (files / "say").write_text(f"#!/bin/sh\necho '{said}'\n")
    (files / "say").chmod(0o755)
    (files / "credentials").write_text("[team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = s\n")
    (files / "config").write_text(f"[profile ci]\ncredential_process = {files}/say\nregion = eu-west-1\n")
    for more, environ, key in (
        ((), {"AWS_PROFILE": "team"}, "AKIATEAM"),
        (("profile=team",), KEYS, "AKIATEAM"),
        (("profile=ci",), {}, "AKIAPROGRAM"),
        ((), {**KEYS, "AWS_PROFILE": "team"}, KEYS["AWS_ACCESS_KEY_ID"]),
    ):
        for also, is_noted in ((), False), ((BY_PULUMI,), True):
            s3.requests.clear()
            listing = on(*more, *also, environ=environ).observe()
            assert (["a"], is_noted) == (names(listing), bool(listing.note)), listing.note
            assert {key} == {by for _, _, by in s3.requests}


def test_a_profile_that_may_name_another_place_is_left_to_pulumi(
    on: Make, s3: S3Server, bucket: str, grown: bytes, tmp_path: Path
) -> None:
    """Its `endpoint_url`, and two kinds of credentials, which Pulumi and botocore weigh in different ways."""
    files = tmp_path / "home" / ".aws"
    files.mkdir(parents=True)
    keys = "aws_access_key_id = AKIATEAM\naws_secret_access_key = s\n"
    (files / "config").write_text(f"[profile one]\n{keys}endpoint_url = http://127.0.0.1:1\n")
    assert "endpoint_url in an AWS profile" in on("profile=one").observe().note
    (files / "config").write_text(f"[profile one]\n{keys}credential_process = false\n")
    assert "more than one kind of credentials" in on("profile=one").observe().note


def test_what_obstore_would_read_and_pulumi_does_not_changes_nothing(on: Make, s3: S3Server, grown: bytes) -> None:
    """`GOOGLE_BUCKET` and `AZURE_CONTAINER_NAME` are its own; an unknown variable of AWS is Pulumi's to read."""
    other = {**KEYS, "GOOGLE_BUCKET": "other", "AZURE_CONTAINER_NAME": "other"}
    ours = on(environ=other).observe()
    theirs = on(environ={**KEYS, "AWS_SKIP_SIGNATURE": "true"}).observe()

    assert (["a"], "") == (names(ours), ours.note)
    assert (["a"], True) == (names(theirs), "the variable AWS_SKIP_SIGNATURE" in theirs.note)
