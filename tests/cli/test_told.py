"""Telling people, with commands and a receiver on a real socket: who is told by whom, and what never sends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helium.app.open_fleet import open_fleet
from helium.core.record import Held, Phase, Record
from helium.errors import ExitCode
from helium.ports.ledger import Writes
from helium.settings import Settings
from tests.adapters.notify.receivers import KEY, Receiver, receiver
from tests.adapters.notify.test_mail import mail_server
from tests.cli.conftest import CommandLineFleet

URL = "https://helium.example.com"


@pytest.fixture
def at() -> Iterator[Receiver]:
    """A receiver."""
    with receiver() as known:
        yield known


def channels(at: Receiver, more: str = "", *, hook: str = "") -> str:
    """The settings of one webhook, and of what else there is."""
    plain = f"hook: {{kind: webhook, url: '{at.url}', secret: HELIUM_NOTIFY_HOOK{hook}}}"
    return f"notify: {{url: '{URL}', channels: {{{plain}{more}}}}}\n"


def telling(fleet: CommandLineFleet, notify: str) -> CommandLineFleet:
    """The fleet with these settings on main, and what opens the webhook."""
    settings = (fleet.folder / "helium.yaml").read_text()
    fleet.land("helium.yaml", settings + notify)
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = {**fleet.env, **passed_on, "HELIUM_NOTIFY_HOOK": KEY, "HELIUM_NOTIFY_NETWORKS": "127.0.0.0/8"}
    return replace(fleet, env=env)


@pytest.fixture
def told(up: CommandLineFleet, at: Receiver) -> CommandLineFleet:
    """A fleet in which `plain` and `rich` are up, and whose webhook is known."""
    own = telling(up, channels(at))
    own("notify", "--send")
    return own


def changed(fleet: CommandLineFleet, name: str, **changes: Any) -> None:
    """Another record of a workspace, as a pass would leave it."""
    ledger = open_fleet(fleet.folder, Settings.from_env(fleet.env)).ledger
    known = ledger.read()
    record = known.records[name]
    assert isinstance(record, Record)
    ledger.write(Writes({name: replace(record, updated_at=_now(), **changes)}), on=known)


def events(at: Receiver) -> list[tuple[str, str]]:
    """What was told of which workspace."""
    return [(call.document["event"], (call.document["workspace"] or {}).get("name", "")) for call in at.calls]


def limited(fleet: CommandLineFleet, limit: str) -> None:
    """The fleet with one more limit on main."""
    settings = (fleet.folder / "helium.yaml").read_text()
    fleet.land("helium.yaml", settings.replace("\nlimits:\n", f"\nlimits:\n  {limit}\n"))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def test_who_turns_telling_on_hears_nothing_of_what_is_long_known(told: CommandLineFleet, at: Receiver) -> None:
    """The ledger has it now, and so it is never told."""
    assert [] == at.calls
    assert "nothing is to be told now" in told("notify").output


def test_a_failure_is_shown_then_told_once(told: CommandLineFleet, at: Receiver) -> None:
    """With its reason and its page, and without a word of what only connection strings have."""
    changed(told, "plain", phase=Phase.FAILED, error="there is no room in us-east1")
    shown = told("notify")
    assert "plain failed  (hook)" in shown.output
    assert ["failed"] == [each["event"] for each in told.json("notify")["waiting"]]
    assert [] == at.calls
    sent = told.json("notify", "--send")
    assert ["failed"] == [each["event"] for each in sent["sent"]]
    assert "0 messages sent" in told("notify", "--send").output
    assert [("failed", "plain")] == events(at)
    assert at.calls[0].signed
    assert "no room in us-east1" in at.calls[0].document["workspace"]["reason"]
    assert f"{URL}/workspace/plain" == at.calls[0].document["links"][0]["url"]


def test_a_warning_comes_once_for_each_deadline(told: CommandLineFleet, at: Receiver) -> None:
    """Extended, it is warned of the new one."""
    soon = _now() + timedelta(minutes=50)
    changed(told, "plain", added_at=_now() - timedelta(days=8), deadline=soon, lifetime=None)
    told("notify", "--send")
    told("notify", "--send")
    warned = [call for call in at.calls if call.document["event"] == "ends-soon"]
    assert 1 == len(warned)
    assert "helium extend plain 7d" in warned[0].document["text"]
    told("extend", "plain", "3h")
    told("notify", "--send")
    told("notify", "--send")
    warned = [call for call in at.calls if call.document["event"] == "ends-soon"]
    assert 2 == len({call.headers["X-Helium-Delivery"] for call in warned}) == len(warned)


def test_a_pass_tells_what_it_did_and_expire_what_it_sees(told: CommandLineFleet, at: Receiver) -> None:
    """By a process of its own, which they wait for."""
    told("new", "third")
    told("reconcile")
    assert ("ready", "third") in events(at)
    told("delete", "third")
    told("reconcile")
    assert ("ended", "third") in events(at)
    changed(told, "rich", held=Held(_now(), "too many"))
    told("expire")
    assert [("ready", "third"), ("ended", "third"), ("held", "rich")] == events(at)


def test_what_only_looks_tells_nobody(told: CommandLineFleet, at: Receiver) -> None:
    """Plans, dry runs, checks of a branch: whatever settings the branch brings."""
    changed(told, "plain", phase=Phase.FAILED, error="no room")
    told("plan")
    told("reconcile", "--dry-run")
    told("expire", "--dry-run")
    told("list")
    told("why", "plain")
    told.git("checkout", "--quiet", "-b", "theirs")
    other = (told.folder / "helium.yaml").read_text().replace("hook:", "theirs:")
    told.land("helium.yaml", other)
    head = told.git("rev-parse", "HEAD")
    told("validate")
    told.run("ci", "check", "--head", head)
    told.run("plan", "--ref", "theirs")
    assert [] == at.calls
    # Whoever is on another branch tells people by main's settings.
    assert ["hook"] == [each["channel"] for each in told.json("notify", "--send")["sent"]]


def test_a_channel_that_takes_nothing_is_shown_and_stops_nobody(told: CommandLineFleet, at: Receiver) -> None:
    """By the pass that could not tell, by `doctor`, and by `list`."""
    at.behave = "500"
    told("new", "third")
    passed = told("reconcile")
    assert "hook: it answers 500" in passed.output
    row = next(each for each in json.loads(told.run("doctor", "--json").stdout) if each["what"] == "notify")
    assert (False, "helium notify --test hook") == (row["ok"], row["command"])
    assert "it answers 500; 1 wait" in row["sentence"]
    said = "not everybody is told: hook takes no messages since"
    assert all(said in " ".join(told(each).output.split()) for each in ("list", "notify"))
    assert ["hook takes no"] == [each[:13] for each in told.json("notify")["silent"]]


def test_who_has_no_secret_leaves_the_message_to_others(told: CommandLineFleet, at: Receiver) -> None:
    """And says so; the channel is no worse for that."""
    changed(told, "plain", phase=Phase.FAILED, error="no room")
    without = replace(told, env={name: text for name, text in told.env.items() if name != "HELIUM_NOTIFY_HOOK"})
    assert ["hook: HELIUM_NOTIFY_HOOK is not set here"] == without.json("notify", "--send")["troubles"]
    row = next(each for each in json.loads(without.run("doctor", "--json").stdout) if each["what"] == "notify")
    assert (True, False) == (row["ok"], row["known"])
    told("notify", "--send")
    assert [("failed", "plain")] == events(at)


def test_a_test_goes_through_each_channel_and_says_what_came_of_it(up: CommandLineFleet, at: Receiver) -> None:
    """One by its name, or all; nothing of it is remembered."""
    bad = ", bad: {kind: webhook, url: 'http://127.0.0.1:9/x', secret: HELIUM_NOTIFY_HOOK}"
    own = telling(up, channels(at, bad))
    assert "it has the message" in own("notify", "--test", "hook").output
    rows = own.json("notify", "--test", code=ExitCode.INTERNAL)
    assert [("hook", True), ("bad", False)] == [(each["channel"], each["ok"]) for each in rows]
    assert [("test", ""), ("test", "")] == events(at)
    assert (
        "ann@example.com asked for it" in at.calls[0].document["text"] or "asked for it" in at.calls[0].document["text"]
    )
    assert "It has hook, bad." in own("notify", "--test", "none", code=ExitCode.USAGE).output
    own("notify", "--test", "hook", "--send", code=ExitCode.USAGE)


def test_without_settings_nobody_is_told_and_a_job_need_not_know(up: CommandLineFleet) -> None:
    """A person who asks is told how to write them; a test of no channel is a mistake."""
    assert "docs/how-to/notify.md" in up("notify").output
    assert {"waiting": [], "silent": []} == up.json("notify")
    assert "docs/how-to/notify.md" in up("notify", "--test", code=ExitCode.USAGE).output
    assert {"sent": [], "troubles": [], "next_at": None} == up.json("notify", "--send")


def test_a_clock_that_is_wrong_tells_nothing(told: CommandLineFleet, at: Receiver) -> None:
    """A warning by it would be wrong as well."""
    from helium.core.fleet_record import LastPass

    ledger = open_fleet(told.folder, Settings.from_env(told.env)).ledger
    known = ledger.read()
    assert known.fleet_record is not None
    ahead = LastPass(_now() + timedelta(days=2), "c", 1.0)
    ledger.write(Writes(fleet_record=replace(known.fleet_record, last_pass=ahead)), on=known)
    changed(told, "plain", phase=Phase.FAILED, error="no room")
    assert "nobody is told anything now" in told("notify", "--send").output
    assert [] == at.calls


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{kind: webhook, url: 'https://h/x'}", "a channel of kind webhook needs secret"),
        ("{kind: mail, secret: HELIUM_NOTIFY_X}", "a channel of kind mail needs from"),
        ("{kind: apprise, secret: HELIUM_NOTIFY_X}", "a channel of kind apprise needs schemas"),
        ("{kind: host, url: 'https://h/x'}", "a channel of kind host has no url"),
        ("{kind: host, events: [digest]}", "a digest is about many workspaces"),
        ("{kind: webhook, url: 'https://h/x', secret: HELIUM_PASSPHRASE}", "HELIUM_NOTIFY_"),
        (
            "{kind: webhook, url: 'https://u:hunter2pass@h/x', secret: HELIUM_NOTIFY_X}",
            "looks like a secret in plain text",
        ),
        ("{kind: mail, from: a@example.com, secret: HELIUM_NOTIFY_X, to: [everybody]}", "owner, or an e-mail address"),
        ("{kind: pigeon}", "webhook"),
        ("[]", "mapping"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_at_their_line(said: str, why: str, fleet: CommandLineFleet) -> None:
    """Before they come to main."""
    settings = (fleet.folder / "helium.yaml").read_text()
    (fleet.folder / "helium.yaml").write_text(f"{settings}notify: {{channels: {{a: {said}}}}}\n")
    refused = fleet("validate", code=ExitCode.INVALID).output
    assert why in " ".join(refused.split())
    assert "hunter2pass" not in refused


def test_the_example_of_the_page_is_valid(fleet: CommandLineFleet) -> None:
    """Each block of YAML in the how-to."""
    page = (Path(__file__).resolve().parents[2] / "docs/how-to/notify.md").read_text()
    blocks = [each.partition("```")[0] for each in page.split("```yaml\n")[1:]]
    assert 2 == len(blocks)
    settings = (fleet.folder / "helium.yaml").read_text()
    for block in blocks:
        (fleet.folder / "helium.yaml").write_text(settings + block)
        fleet("validate")


def test_what_opens_a_channel_is_no_option(told: CommandLineFleet, at: Receiver) -> None:
    """Somebody calls a secret as an option would be called."""
    changed(told, "plain", phase=Phase.FAILED, error="no room")
    told("notify", env={"HELIUM_NOTIFY_SEND": "1", "HELIUM_NOTIFY_TESTED": "hook", "HELIUM_NOTIFY_JSON": "1"})
    assert [] == at.calls


def test_json_is_one_document(told: CommandLineFleet) -> None:
    """For the process that reads it."""
    assert {"sent", "troubles", "next_at"} == json.loads(told("notify", "--send", "--json").stdout).keys()


def test_who_gets_a_workspace_is_told_by_whom(told: CommandLineFleet, at: Receiver) -> None:
    """Once, before any pass, and with who did it, however often the file was changed since."""
    told("give", "plain", "bob@example.com")
    told("extend", "plain", "1d")
    for _ in range(2):
        told("notify", "--send")
    told("reconcile")
    (given,) = [call.document for call in at.calls if call.document["event"] == "given"]
    assert ("bob@example.com", "plain belongs to bob@example.com now") == (
        given["workspace"]["owner"],
        given["title"],
    )
    who = told.git("config", "user.email").strip()
    assert f"<{who}> gave it to bob@example.com" in given["text"]
    assert given["workspace"]["former_owner"]


def test_what_is_removed_can_be_taken_back_while_it_waits(told: CommandLineFleet, at: Receiver) -> None:
    """A pass notes the removal, and its owner is told until when; put back, and removed again, once more."""
    limited(told, "grace: 2h")
    rows = [each for each in json.loads(told.run("doctor", "--json").stdout) if each["what"] == "grace"]
    assert [(True, "what is to go waits 2h, and then for the next pass; passes come every 1h")] == [
        (each["ok"], each["sentence"]) for each in rows
    ]
    told("delete", "plain")
    told("notify", "--send")
    assert [] == events(at)
    for _ in range(2):
        told("reconcile")
    assert [("grace", "plain")] == events(at)
    assert "helium restore plain" in at.calls[0].document["text"]
    assert at.calls[0].document["workspace"]["undo_until"]
    told("restore", "plain")
    told("reconcile")
    assert [("grace", "plain")] == events(at)


def test_what_a_quota_keeps_out_is_told_to_who_asked(told: CommandLineFleet, at: Receiver) -> None:
    """It came to main by a push; no record is there to say so. Once there is room, it is ready."""
    limited(told, "fleet: 2")
    told.land("workspaces/third.yaml", "owner: ada@example.com\n")
    for _ in range(2):
        told("reconcile", code=ExitCode.REFUSED)
    assert [("held", "third")] == events(at)
    text = at.calls[0].document["text"]
    assert "The fleet has 2 of 2 workspaces (limits.fleet in helium.yaml)" in text
    assert "helium delete NAME" in text
    told("delete", "plain")
    told("reconcile")
    assert ("ready", "third") in events(at)


def test_doctor_says_how_long_a_grace_is_and_whether_anybody_hears_of_it(up: CommandLineFleet, at: Receiver) -> None:
    """Passes that come seldom make it longer; with pull requests, there is less of it."""
    own = telling(up, "write: pull-request\n" + channels(at, hook=", events: [ready]"))
    assert [] == [each for each in json.loads(own.run("doctor", "--json").stdout) if each["what"] == "grace"]
    limited(own, "grace: 30m")
    rows = [each for each in json.loads(own.run("doctor", "--json").stdout) if each["what"] == "grace"]
    assert [True, False] == [each["ok"] for each in rows]
    assert "it can be taken back for about 1h" in rows[0]["sentence"]
    assert "has to be merged by then" in rows[0]["sentence"]
    assert "no channel of notify tells of `grace`" in rows[1]["sentence"]


def test_all_of_somebody_who_left_is_one_mail_to_each(up: CommandLineFleet, at: Receiver) -> None:
    """Who gets them, and who had them; whoever gave them away knows."""
    with mail_server() as (inbox, url):
        settings = ", mail: {kind: mail, from: helium@example.com, secret: HELIUM_NOTIFY_MAIL}"
        own = telling(up, channels(at, settings, hook=", events: [ended]"))
        own = replace(own, env={**own.env, "HELIUM_NOTIFY_MAIL": url})
        own("notify", "--send")
        (former,) = {row["owner"] for row in own.json("list")["workspaces"]}
        own("give", "bob@example.com", "--all-of", former)
        assert ["given"] * (1 + (former not in own.git("config", "user.email"))) == [
            each["event"] for each in own.json("notify")["waiting"]
        ]
        for _ in range(2):
            own("notify", "--send")
        mails = {mail["To"]: mail for mail in inbox.mails}
        assert len(mails) == len(inbox.mails)
        assert "2 workspaces belong to bob@example.com now" == mails["bob@example.com"]["Subject"]
        text = mails["bob@example.com"].get_content()
        assert all(name in text for name in ("plain", "rich", f"it was of {former}"))
