"""`signIn:` of `helium.yaml`: what would let in whom nobody means is named, with its place."""

from __future__ import annotations

import pytest

from helium.adapters.specs import YamlSpecs
from helium.errors import SpecError
from tests.backend_rules import GCP

BASE = b"fleet: acme\nbackends:\n  gcp-namespace: {domain: example.com}\nsignIn:\n  clientId: pages\n"


@pytest.mark.parametrize(
    ("more", "place", "says"),
    [
        ("issuer: https://accounts.google.com", "/signIn/issuer", "anybody may have an account there"),
        ("issuer: https://i.example.com\n  audience: pages", "/signIn/audience", "an ID token would open the API too"),
        (
            "issuer: https://i.example.com\n  audience: cli\n  commandLine: {clientId: cli}",
            "/signIn/commandLine/clientId",
            "an ID token would open the API too",
        ),
        ("issuer: https://i.example.com\n  scopes: [email]", "/signIn/scopes", "without openid"),
    ],
)
def test_what_lets_in_too_many_is_named(more: str, place: str, says: str) -> None:
    """Each alone."""
    specs = YamlSpecs({"gcp-namespace": GCP})
    with pytest.raises(SpecError) as found:
        specs.fleet(BASE + f"  url: https://helium.example.com\n  {more}\n".encode())

    (issue,) = found.value.issues
    assert place == issue.pointer
    assert says in issue.sentence
