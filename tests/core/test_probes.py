from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helium.core.fleet import Fleet
from helium.core.health import ProbeAnswer, WorkspaceHealth
from helium.core.probes import Probe, probe_of, problems
from tests.builders import NOW, record

BALANCER = {"address": {"service": "app"}, "web": {"ingress": "app"}, "key": {"secret": "app"}}
OUTPUTS = {"address": "203.0.113.7", "web": "evil.example", "url": "https://a.example.com:8443/up", "odd": "a b"}


def fleet(url: str, *, sandbox: tuple[str, ...] = (), kind: str = "helm", **more: Any) -> Fleet:
    """A fleet with one instance. `more`: what its probe says besides."""
    outputs = {"outputs": BALANCER} if kind == "helm" else {}
    probe = {"url": url, **more}
    entry = {"backend": kind, "host": "${workspace.name}.dev.example.com", "ready": {"probe": probe}, **outputs}
    return Fleet("acme", sandbox=sandbox, backends={"shop": entry})


KNOWN = record(backend="shop", outputs=OUTPUTS, placement={"host": "${workspace.name}.old.example.com"})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://${workspace.host}/healthz", "https://a.old.example.com/healthz"),
        ("http://${workspace.name}.${workspace.fleet}.example/", "http://a.acme.example/"),
        ("http://${outputs.address}:8080/", "http://203.0.113.7:8080/"),
        ("http://${outputs.web}/", ""),
        ("http://${outputs.key}/", ""),
        ("http://${outputs.nothing}/", ""),
        ("http://${workspace.owner}/", ""),
        ("http://${workspace.description}/", ""),
        ("http://${fields.message}/", ""),
        ("https://me:pw@a.example/", ""),
        ("ftp://a.example/", ""),
        ("file:///etc/passwd", ""),
        ("https:///x", ""),
    ],
)
def test_only_what_no_spec_can_say_is_in_the_address(url: str, expected: str) -> None:
    """The name, facts that never change, a load balancer's address; an Ingress's host may come from a spec."""
    assert Probe(expected) == probe_of(KNOWN, fleet(url))


def test_a_program_has_outputs_of_its_own() -> None:
    """Whoever writes it decides; what is no address is not known."""
    assert Probe("https://a.example.com:8443/up") == probe_of(KNOWN, fleet("${outputs.url}", kind="ours"))
    assert Probe("") == probe_of(KNOWN, fleet("${outputs.odd}", kind="ours"))
    assert Probe("") == probe_of(replace(KNOWN, outputs={}), fleet("${outputs.url}", kind="ours"))


def test_status_and_machine_are_as_the_settings_say() -> None:
    """This machine is meant where the fleet has a sandbox on it, or where the probe says so."""
    url = "http://a.example/"

    assert Probe(url, 204, loopback=True) == probe_of(KNOWN, fleet(url, status=204, loopback=True))
    assert Probe(url, loopback=True) == probe_of(KNOWN, fleet(url, sandbox=("gcp",)))


def test_most_backends_have_none() -> None:
    """Nor is anybody asked in the sandbox, in which nothing runs."""
    assert None is probe_of(KNOWN, Fleet("acme", backends={"shop": {}}))
    assert None is probe_of(KNOWN, Fleet("acme", backends={"shop": {"ready": {}}}))
    assert None is probe_of(KNOWN, Fleet("acme"))
    assert None is probe_of(KNOWN, fleet("http://a.example/", sandbox=("gcp", "kubernetes")))


@pytest.mark.parametrize(
    ("url", "kind", "says"),
    [
        ("https://${workspace.host}/", "helm", ""),
        ("https://${outputs.address}/", "helm", ""),
        ("https://${outputs.url}/", "ours", ""),
        ("https://${outputs.web}/", "helm", "${outputs.web} stands for nothing; there are: ${outputs.address}"),
        ("https://${fields.message}/", "helm", "${fields.message} stands for nothing; there are: none here"),
        ("https://${workspace.owner}/", "helm", "${workspace.owner} stands for nothing"),
        ("https://${workspace.deadline}/", "helm", "${workspace.deadline} changes without an update"),
    ],
)
def test_what_may_not_be_in_it_is_an_error_of_the_settings(url: str, kind: str, says: str) -> None:
    """So that nobody waits for an address that is never known."""
    entry = fleet(url, kind=kind).backends["shop"]
    found = list(problems(entry, kind=kind))

    assert [("ready", "probe", "url")] * bool(says) == [at for at, _ in found]
    assert all(sentence.startswith(says) for _, sentence in found)


def test_a_host_that_is_not_set_stands_for_nothing() -> None:
    """Nor does a backend without outputs have any, if it could not have its own."""
    entry = {"ready": {"probe": {"url": "https://${workspace.host}/${outputs.x}"}}}

    assert 2 == len(list(problems(entry, kind="helm")))
    assert [] == list(problems({}, kind="helm"))


def test_an_answer_counts_as_much_as_pods() -> None:
    """Beside those that are ready, and where there are none; what lacks pods need not be asked."""
    bad, good = (
        ProbeAnswer("https://a", "answered 503, and not 200", ok=False),
        ProbeAnswer("https://a", "answered 200", ok=True),
    )
    up = WorkspaceHealth(NOW, {"Running": 1}, 1, 1)

    assert ("https://a answered 503, and not 200", False) == (
        replace(up, answer=bad).problem,
        replace(up, answer=bad).is_well,
    )
    assert "1 pod: 1 Running; 1 of 1 ready; https://a answered 200" == replace(up, answer=good).summary
    assert ("https://a answered 200", True) == (
        WorkspaceHealth(NOW, answer=good).summary,
        replace(up, answer=good).is_well,
    )
    away = WorkspaceHealth(NOW, trouble="it is away", answer=good)
    assert ("could not look: it is away; https://a answered 200", "") == (away.summary, away.problem)
