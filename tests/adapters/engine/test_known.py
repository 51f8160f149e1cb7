"""What a cluster is known by, and whether its name still points to it: told by today's kubeconfig alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.engine import EngineSettings
from helium.adapters.engine.clusters import Access, access
from helium.core.workspace import Ownership

Settings = Callable[..., EngineSettings]
CA = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
INLINE = base64.b64encode(CA).decode()
SEAL = "6d20772b5fd7"
THEN = f"https://192.0.2.1#{SEAL}"
DAY = datetime(2026, 11, 24, tzinfo=UTC)


def ownership(cluster: str = THEN, placement: str = "ci") -> Ownership:
    """Of a stack that was made in a cluster of that name, known by that."""
    return Ownership(
        "acme", "a", "small", "ann@example.com", "blob", DAY, DAY, placement={"cluster": placement}, cluster=cluster
    )


@pytest.fixture
def reached(settings: Settings, tmp_path: Path) -> Callable[..., Access]:
    """The access to a cluster `ci` that is described so in its kubeconfig."""

    def reach(cluster: dict[str, Any], **given: Any) -> Access:
        document = {
            "current-context": "home",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "home", "context": {"cluster": "c", "user": "u"}}],
        }
        (tmp_path / "ci.yaml").write_text(json.dumps(document))
        (tmp_path / "ca.crt").write_bytes(CA)
        fresh = settings(clusters={"ci": {"kubeconfig": str(tmp_path / "ci.yaml")}}, **given)
        fresh.work.mkdir()
        return access(fresh)

    return reach


@pytest.mark.parametrize(
    ("cluster", "known"),
    [
        ({"server": "https://192.0.2.1", "certificate-authority-data": INLINE}, THEN),
        ({"server": "https://192.0.2.1/", "certificate-authority": "ca.crt"}, THEN),
        ({"server": "https://me:word@192.0.2.1", "certificate-authority-data": INLINE}, THEN),
        ({"server": "https://192.0.2.1:6443/k8s/c-1"}, "https://192.0.2.1:6443/k8s/c-1#"),
        ({"server": "https://192.0.2.1", "certificate-authority": "none.crt"}, ""),
        ({"server": "https://192.0.2.1", "certificate-authority-data": "A"}, ""),
        ({"server": "https://192.0.2.1:port"}, ""),
        ({"certificate-authority-data": INLINE}, ""),
    ],
)
def test_a_cluster_is_known_by_its_address_and_certificate(
    reached: Callable[..., Access], cluster: dict[str, Any], known: str
) -> None:
    """In one form, wherever the certificate is kept, and without what opens it; what cannot be read is not guessed."""
    assert known == reached(cluster).known_by(ownership())


@pytest.mark.parametrize(
    ("server", "authority"),
    [("https://192.0.2.2", INLINE), ("https://192.0.2.1", base64.b64encode(b"another").decode())],
)
def test_another_address_or_certificate_may_be_another_cluster(
    reached: Callable[..., Access], server: str, authority: str
) -> None:
    """Either is enough to touch nothing; the sentence names both clusters and what a person can do."""
    why = reached({"server": server, "certificate-authority-data": authority}).wrong_cluster(ownership())

    assert why.startswith(f"it was created in the cluster ci at {THEN}, but today ci points to {server}#")
    assert why.endswith(f"confirm that in helium.yaml: vouched: {{ci: [{THEN}]}}")


def test_the_same_cluster_is_not_another(reached: Callable[..., Access]) -> None:
    """A new credential for the same address and certificate opens the same cluster."""
    assert (
        reached({"server": "https://192.0.2.1", "certificate-authority-data": INLINE}).wrong_cluster(ownership()) == ""
    )


def test_an_ownership_that_does_not_say_holds_nothing(reached: Callable[..., Access]) -> None:
    """Of what an older Helium made nobody knows where it was; it goes on, and the next `up` notes it."""
    assert reached({"server": "https://192.0.2.2"}).wrong_cluster(ownership(cluster="")) == ""


def test_a_person_vouches_for_a_cluster_by_name_and_by_what_it_was(reached: Callable[..., Access]) -> None:
    """For exactly that one: neither another name nor another address is let through with it."""
    got = reached({"server": "https://192.0.2.2"}, vouched={"ci": (THEN,)})

    assert got.wrong_cluster(ownership()) == ""
    assert "created in the cluster ci at https://192.0.2.9#" in got.wrong_cluster(ownership("https://192.0.2.9#"))
    assert "points to an unknown place" in got.wrong_cluster(ownership(placement="other"))


def test_nobody_vouches_for_what_is_not_known(reached: Callable[..., Access]) -> None:
    """Where it cannot be told where the name points today, it is kept, whatever a person says of the past."""
    assert reached({}, vouched={"ci": (THEN,)}).wrong_cluster(ownership()) != ""
    assert Access().wrong_cluster(ownership()) != ""
