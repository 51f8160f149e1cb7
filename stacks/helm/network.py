"""Network policies as data: nobody reaches a workspace, and it reaches nobody, but for these openings. Pure.

The addresses at which clouds hand out credentials (169.254.0.0/16, and AWS's for IPv6) are in none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .settings import NamespaceSettings

Spec = dict[str, Any]
INTERNET, PRIVATE, ANYWHERE = "internet", "private", "anywhere"
"""Words that are no namespace's name here: public addresses, those of one's own networks, and all."""
_LINK_LOCAL = "169.254.0.0/16"
_NODE_DNS = "169.254.20.10/32"
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
_PRIVATE_6 = "fc00::/7"
_METADATA_6 = "fd00:ec2::/32"
_PORT = 53


def policies(settings: NamespaceSettings) -> Mapping[str, Spec]:
    """By name: the one that closes everything, and an opening each for itself, for names, and for what is set."""
    inside: list[Spec] = [{"podSelector": {}}]
    found = {
        "default-deny": _spec(),
        "same-namespace": _spec(ingress=[{"from": inside}], egress=[{"to": inside}]),
        "dns": _spec(egress=[{"to": [_namespace("kube-system"), _block(_NODE_DNS)], "ports": _dns_ports()}]),
    }
    if settings.reached_from:
        found["from"] = _spec(ingress=[_opening("from", each) for each in settings.reached_from])
    if settings.reaches:
        found["to"] = _spec(egress=[_opening("to", each) for each in settings.reaches])
    return found


def _spec(*, ingress: list[Spec] | None = None, egress: list[Spec] | None = None) -> Spec:
    """For all pods; without openings it closes both ways."""
    ways = [way for way, rules in (("Ingress", ingress), ("Egress", egress)) if rules is not None]
    rules = {way: rules for way, rules in (("ingress", ingress), ("egress", egress)) if rules is not None}
    return {"podSelector": {}, "policyTypes": ways or ["Ingress", "Egress"], **rules}


def _opening(way: str, whom: str) -> Spec:
    if whom == ANYWHERE and way == "from":
        return {}
    return {way: _peers(whom)}


def _peers(whom: str) -> list[Spec]:
    """The addresses that a word means, else the namespace of that name."""
    public = [_block("0.0.0.0/0", but=(*_PRIVATE, _LINK_LOCAL)), _block("2000::/3")]
    private = [*map(_block, _PRIVATE), _block(_PRIVATE_6, but=(_METADATA_6,))]
    known = {INTERNET: public, PRIVATE: private, ANYWHERE: [*public, *private]}
    return known.get(whom) or [_namespace(whom)]


def _namespace(name: str) -> Spec:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _block(cidr: str, *, but: tuple[str, ...] = ()) -> Spec:
    return {"ipBlock": {"cidr": cidr, **({"except": list(but)} if but else {})}}


def _dns_ports() -> list[Spec]:
    return [{"protocol": protocol, "port": _PORT} for protocol in ("UDP", "TCP")]
