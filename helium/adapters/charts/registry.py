"""A registry of OCI artifacts, of which a chart is one: tags, manifests, and layers by their digests. Only reads.

A tag is a version with `_` for `+`. The digest that counts is that of the layer with the package: the manifest's own
covers annotations as well, and is another for the same chart pushed twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from helium.adapters.charts.package import LARGEST, UnknownVersionError, wrong_digest
from helium.adapters.charts.web import Answer, Web, is_local
from helium.core.chart import OCI, ChartError, ChartReference

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_SMALL = 4 << 20
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_PAGES = 50


@dataclass(slots=True)
class Registry:
    """The registry of one reference. What let us in once is used for all that follows."""

    reference: ChartReference
    web: Web
    _login: str = field(default="", init=False)

    def versions(self) -> tuple[str, ...]:
        """The versions that it has tags for, over all pages."""
        url, found = f"{self._base()}/tags/list?n=1000", list[str]()
        for _ in range(_PAGES):
            answer = self._get(url, most=_SMALL)
            said = self._json(self._found(answer, what="such chart"))
            found += [str(tag).replace("_", "+") for tag in said.get("tags") or ()]
            following = re.match(r'\s*<([^>]+)>\s*;\s*rel="?next"?', answer.headers.get("link", ""))
            if not following:
                break
            url = urljoin(url, following[1])
        return tuple(found)

    def package(self, version: str) -> bytes:
        """The layer behind a version; not asked for when the manifest says that it is another than the pinned."""
        tag = version.replace("+", "_")
        answer = self._get(f"{self._base()}/manifests/{tag}", most=_SMALL, accept=_MANIFEST)
        if answer.status == 404:
            raise UnknownVersionError(version)
        manifest = self._json(self._found(answer, what=f"version {version} of it"))
        layers = [each for each in manifest.get("layers") or () if isinstance(each, dict)]
        digest = next((str(each.get("digest")) for each in layers if each.get("mediaType") == _LAYER), "")
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise ChartError(
                self.reference, "what its registry has under this version is not a chart; check the address"
            )
        if version == self.reference.version and self.reference.digest not in {"", digest}:
            raise ChartError(self.reference, wrong_digest(digest, self.reference))
        answer = self._get(f"{self._base()}/blobs/{digest}", most=LARGEST)
        return self._found(answer, what=f"layer {digest}")

    def _base(self) -> str:
        host, _, path = self.reference.chart.removeprefix(OCI).partition("/")
        return f"{'http' if is_local(host) else 'https'}://{host}/v2/{path}"

    def _get(self, url: str, *, most: int, accept: str = "*/*") -> Answer:
        answer = self.web.get(url, most=most, accept=accept, login=self._login)
        if answer.status == 401 and not self._login:
            self._login = self._granted(answer.headers.get("www-authenticate", ""))
            answer = self.web.get(url, most=most, accept=accept, login=self._login) if self._login else answer
        return answer

    def _granted(self, challenge: str) -> str:
        """What a registry accepts: a token of its own issuer's, else the credentials themselves."""
        kind, _, rest = challenge.partition(" ")
        said = dict(_PARAMETER.findall(rest))
        realm = said.pop("realm", "")
        own = self.web.login()
        if kind.lower() != "bearer" or own.startswith("Bearer ") or not urlsplit(realm).netloc:
            return own
        asked = {key: said[key] for key in ("service", "scope") if key in said}
        answer = self.web.get(f"{realm}?{urlencode(asked)}", most=_SMALL, login=own, issuer=True)
        given = self._json(self._found(answer, what="token"))
        return f"Bearer {given.get('token') or given.get('access_token') or ''}"

    def _found(self, answer: Answer, *, what: str) -> bytes:
        return self.web.found(answer, what=what)

    def _json(self, body: bytes) -> Mapping[str, Any]:
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise ChartError(self.reference, "its server does not speak the protocol of registries; check the address")
        return said
