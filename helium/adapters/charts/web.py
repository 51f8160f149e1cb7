"""One request to a server of charts: with limits, with credentials for that server alone, and never to another host.

Refuses a redirect to a host that the reference does not list, credentials over a connection that anybody can read, and
more bytes or time than a chart needs. Says of each failure what a person can do.
"""

from __future__ import annotations

import base64
import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from helium.adapters.charts.package import too_large
from helium.core.chart import CREDENTIALS, ChartError, ChartReference

_EACH = 20.0
"""Seconds without a byte."""
_WHOLE = 120.0
"""Seconds for one answer."""
_MOST = 5
"""Redirects."""
_LOCAL = ("127.0.0.1", "localhost", "::1")
_CHUNK = 1 << 16
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said in the end. `url`: where."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Web:
    """The connection to the servers of one reference. `environ` has the proxies, and what `credentials` names."""

    reference: ChartReference
    environ: Mapping[str, str] = field(repr=False)

    def get(self, url: str, *, most: int, accept: str = "*/*", login: str = "", issuer: bool = False) -> Answer:
        """What is at a URL, wherever its server may send us on to; `ChartError` when nobody answers.

        `login`: the header that says who asks. It goes to the reference's own host alone, or to the listed `issuer` of
        its tokens.
        """
        for _ in range(_MOST + 1):
            self._permit(url)
            headers = {"Accept": accept, "User-Agent": "helium"}
            if login and (issuer or urlsplit(url).netloc.lower() == self._own()):
                headers["Authorization"] = self._private(login, url)
            answer = self._asked(urllib.request.Request(url, headers=headers), most)
            where = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not where:
                return answer
            # Whoever issues tokens has no business in sending the credentials on.
            url, issuer = urljoin(url, where), False
        raise ChartError(self.reference, f"its server sends us on more than {_MOST} times; check its address")

    def login(self) -> str:
        """The header that says who asks, by `USER:PASSWORD` or a token; empty without credentials."""
        name = self.reference.credentials
        if not name:
            return ""
        if not (text := self.environ.get(name)):
            raise ChartError(self.reference, f"its credentials are in {name}, which is not set; set it for the pass")
        return f"Basic {base64.b64encode(text.encode()).decode()}" if ":" in text else f"Bearer {text}"

    def found(self, answer: Answer, *, what: str) -> bytes:
        """The body of a good answer; `ChartError` with what to do for any other. `what`: what was asked for."""
        if answer.status == 200:
            return answer.body
        host, name = urlsplit(answer.url).netloc, self.reference.credentials
        if answer.status in {401, 403} and not name:
            why = f"set credentialsName: in helium.yaml to an environment variable like {CREDENTIALS}ACME"
            raise ChartError(self.reference, f"{host} wants to know who asks ({answer.status}); {why}")
        if answer.status == 401:
            raise ChartError(self.reference, f"{host} does not accept what {name} holds (401); renew it")
        if answer.status == 403:
            raise ChartError(self.reference, f"{host} does not let {name} read {what} (403); ask for that right")
        if answer.status == 404:
            raise ChartError(self.reference, f"{host} has no {what} (404); check the address in helium.yaml")
        why = f"{host} answered {answer.status} when asked for {what}"
        raise ChartError(self.reference, f"{why}; it may be away for a moment, and the next pass tries again")

    def _permit(self, url: str) -> None:
        host, own = urlsplit(url).netloc.lower(), self._own()
        if host != own and host not in self.reference.hosts:
            raise ChartError(
                self.reference,
                f"{own} sends us on to {host}; if packages may come from there, list it under hosts: in helium.yaml",
            )
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ChartError(self.reference, f"{url} is not an https:// address; correct it")

    def _own(self) -> str:
        """The host that the reference names."""
        return urlsplit(self.reference.repo or self.reference.chart).netloc.lower()

    def _private(self, login: str, url: str) -> str:
        if urlsplit(url).scheme != "https" and not is_local(urlsplit(url).netloc):
            raise ChartError(self.reference, "anybody on the way could read its credentials; use an https:// address")
        return login

    def _asked(self, request: urllib.request.Request, most: int) -> Answer:
        host = urlsplit(request.full_url).netloc
        try:
            with self._opener(request.type).open(request, timeout=_EACH) as response:
                headers = {key.lower(): value for key, value in response.headers.items()}
                return Answer(request.full_url, response.status, headers, self._body(response, most))
        except urllib.error.URLError as error:
            why = str(error.reason)
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
        raise ChartError(
            self.reference,
            f"{host} cannot be reached: {why}; the next pass tries again, and a chart in the fleet needs no server",
        )

    def _body(self, response: http.client.HTTPResponse, most: int) -> bytes:
        until, parts, size = time.monotonic() + _WHOLE, list[bytes](), 0
        while chunk := response.read1(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > most:
                raise ChartError(self.reference, too_large())
            if time.monotonic() > until:
                raise ChartError(
                    self.reference, f"its server took longer than {_WHOLE:.0f} s; the next pass tries again"
                )
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(parts)

    def _opener(self, scheme: str) -> urllib.request.OpenerDirector:
        """Without what follows redirects, reads files, or makes errors of answers."""
        opener = urllib.request.OpenerDirector()
        opener.add_handler(urllib.request.ProxyHandler({scheme: proxy} if (proxy := self._proxy(scheme)) else {}))
        opener.add_handler(urllib.request.HTTPHandler())
        if scheme == "https" or self._proxy(scheme):
            # Reading the machine's certificates takes a while, and plain HTTP needs none.
            trusted = ssl.create_default_context(cafile=self.environ.get("SSL_CERT_FILE"))
            opener.add_handler(urllib.request.HTTPSHandler(context=trusted))
        return opener

    def _proxy(self, scheme: str) -> str:
        return self.environ.get(f"{scheme}_proxy") or self.environ.get(f"{scheme.upper()}_PROXY") or ""


def is_local(host: str) -> bool:
    """Whether a host is this machine, where a registry needs no TLS."""
    return urlsplit(f"//{host}").hostname in _LOCAL
