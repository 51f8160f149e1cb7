"""One cluster's API, as JSON over HTTPS, by a context of a kubeconfig.

It serves every kind, since it asks the cluster how a kind is addressed. It reads metadata alone, but where a caller
needs a whole object. It refuses to delete anything but the very object that was looked at. Whatever cannot be read is a
`ClusterError`, and never "not there".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helium.adapters.kubernetes.unreachable import Unreachable, explained
from helium.core.digest import Json

if TYPE_CHECKING:
    from httpx2 import Client, Response

SECONDS = 10.0
"""Of one answer: a look must not wait for minutes, as an operation of Pulumi's may."""
PAGE = "500"
APPLIES = "application/apply-patch+yaml"
"""JSON is YAML."""
MERGES = "application/merge-patch+json"
ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
LISTS = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
NOT_AUTHENTICATED, NOT_FOUND, CONFLICT, INVALID = 401, 404, 409, 422
FIELD_MANAGER = "helium"
"""Who the API says has set a field, of those that Helium applies itself."""


Meta = Mapping[str, Any]
"""An object's `metadata`, as the API gives it."""


class ClusterError(Exception):
    """The cluster did not answer, or refused; the text is a sentence. `code`: of HTTP, 0 without an answer.

    `fields`: what the API holds against an object, by its paths. `why`: what was in the way of an answer.
    """

    def __init__(
        self, sentence: str, *, code: int = 0, fields: tuple[str, ...] = (), why: Unreachable = Unreachable.OTHER
    ) -> None:
        super().__init__(sentence)
        self.code, self.fields, self.why = code, fields, why


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """The name of one object, in whatever cluster. `version`: `v1`, `apps/v1`; no namespace: it lives in none."""

    version: str
    kind: str
    name: str
    namespace: str = ""

    @property
    def root(self) -> str:
        """Where the API has everything of its version."""
        return f"/apis/{self.version}" if "/" in self.version else f"/api/{self.version}"

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass
class ClusterApi:
    """The cluster of one context. Threads may call at once. `acts_as`: whose rights it has, if not its own."""

    kubeconfig: Path
    context: str
    acts_as: str = ""
    seconds: float = SECONDS
    _kinds: dict[str, Mapping[str, Mapping[str, Json]]] = field(default_factory=dict)

    def version(self) -> str:
        """What the cluster says it is, as `v1.35.4`."""
        return str(self._json(self._call("GET", "/version")).get("gitVersion", ""))

    def meta(self, ref: ObjectRef) -> Meta | None:
        """The object's metadata; `None` where the API says that it is not there.

        A kind that the cluster does not serve is an error: where nobody can look, nothing is proven.
        """
        answer = self._call("GET", self._path_of(ref), accept=ACCEPT)
        return None if answer.status_code == NOT_FOUND else self._json(answer)["metadata"]

    def body(self, ref: ObjectRef) -> Mapping[str, Json] | None:
        """The whole object, a Secret's content too; `None` where the API says that it is not there."""
        answer = self._call("GET", self._path_of(ref))
        return None if answer.status_code == NOT_FOUND else self._json(answer)

    def apply(self, ref: ObjectRef, wanted: Mapping[str, Json], *, dry: bool) -> Mapping[str, Json]:
        """The object as it is once these fields are applied, whoever has set them. `dry`: nothing is written.

        Where a rest of what somebody did is in the way (a port under the name of another), lists are set whole.
        """
        query = {"fieldManager": FIELD_MANAGER, **({"dryRun": "All"} if dry else {})}
        patch = partial(self._call, "PATCH", self._path_of(ref), body=wanted)
        answer = patch(query={**query, "force": "true"}, sends=APPLIES)
        if answer.status_code != INVALID:
            return self._json(answer)
        return self._json(patch(query=query, sends=MERGES))

    def is_namespaced(self, ref: ObjectRef) -> bool:
        """Whether things of its kind live in a namespace."""
        return bool(self._resource(ref)["namespaced"])

    def list(self, ref: ObjectRef, *, labels: str = "") -> Iterator[Meta]:
        """The metadata of all objects of this version and kind in this namespace; `labels`: a selector."""
        found = self._pages(ref, {"labelSelector": labels} if labels else {}, accept=LISTS)
        return (each["metadata"] for each in found)

    def bodies(self, ref: ObjectRef, *, fields: str = "") -> Iterator[Mapping[str, Json]]:
        """Whole objects, of kinds that hold no secret; `fields`: a selector, as `type=Warning`."""
        return self._pages(ref, {"fieldSelector": fields} if fields else {}, accept="application/json")

    def review(self, path: str, body: Json) -> Mapping[str, Any]:
        """What the API answers to a question that it keeps nothing of: who asks, and what they may."""
        return self._json(self._call("POST", path, body=body))

    def _pages(self, ref: ObjectRef, query: Mapping[str, str], *, accept: str) -> Iterator[Mapping[str, Json]]:
        query = {"limit": PAGE, **query}
        while True:
            page = self._json(self._call("GET", self._path_of(ref, one=False), query=query, accept=accept))
            yield from page.get("items") or ()
            more = (page.get("metadata") or {}).get("continue")
            if not more:
                return
            query["continue"] = more

    def delete(self, ref: ObjectRef, *, seen: Meta) -> bool:
        """Delete the object as it was `seen`; False if it is another one by now, or changed. Gone is deleted."""
        if_still = {"uid": seen["uid"], "resourceVersion": seen["resourceVersion"]}
        answer = self._call("DELETE", self._path_of(ref), body={"preconditions": if_still})
        if answer.status_code in (NOT_FOUND, CONFLICT):
            return answer.status_code == NOT_FOUND
        self._json(answer)
        return True

    def _path_of(self, ref: ObjectRef, *, one: bool = True) -> str:
        resource = self._resource(ref)
        within = f"/namespaces/{ref.namespace}" if ref.namespace and resource["namespaced"] else ""
        return f"{ref.root}{within}/{resource['name']}" + (f"/{ref.name}" if one else "")

    def _resource(self, ref: ObjectRef) -> Mapping[str, Json]:
        if ref.version not in self._kinds:
            answer = self._call("GET", ref.root)
            served = () if answer.status_code == NOT_FOUND else self._json(answer).get("resources") or ()
            self._kinds[ref.version] = {each["kind"]: each for each in served if "/" not in each["name"]}
        found = self._kinds[ref.version].get(ref.kind)
        if found is None:
            raise ClusterError(f"the cluster {self.context} serves no {ref.kind} of {ref.version}", code=NOT_FOUND)
        return found

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json = None,
        accept: str = "application/json",
        sends: str = "application/json",
    ) -> Response:
        from httpx2 import HTTPError
        from lightkube.core.exceptions import ConfigError

        from helium.adapters.kubernetes.exec_credentials import ExecCredentialError

        try:
            return self._client.request(
                method,
                path,
                params=dict(query or {}),
                content=None if body is None else json.dumps(body).encode(),
                headers={"Accept": accept, "Content-Type": sends, **self._impersonates},
            )
        except ExecCredentialError as error:
            sentence = f"the cluster {self.context} cannot be asked: {error}"
            raise ClusterError(sentence, why=Unreachable.CREDENTIAL_PROGRAM) from None
        except (HTTPError, ConfigError, OSError) as error:
            why, words = explained(error)
            raise ClusterError(f"the cluster {self.context} does not answer: {words}", why=why) from None

    @property
    def _impersonates(self) -> dict[str, str]:
        return {"Impersonate-User": self.acts_as} if self.acts_as else {}

    def _json(self, answer: Response) -> Mapping[str, Any]:
        try:
            document = answer.json()
        except ValueError:
            document = None
        if answer.status_code < 400 and isinstance(document, dict):
            return document
        said: Mapping[str, Any] = document if isinstance(document, dict) else {}
        why = said.get("message") or answer.reason_phrase or "an answer that is not JSON"
        causes = (said.get("details") or {}).get("causes") or ()
        fields = tuple(each["field"] for each in causes if each.get("field"))
        kind = Unreachable.NOT_ACCEPTED if answer.status_code == NOT_AUTHENTICATED else Unreachable.OTHER
        new = ": it does not accept this credential, which may have expired" if kind is not Unreachable.OTHER else ""
        sentence = f"the cluster {self.context} refused: {why}{new}"
        raise ClusterError(sentence, code=answer.status_code, fields=fields, why=kind)

    @cached_property
    def _client(self) -> Client:
        from httpx2 import Timeout
        from lightkube.config.client_adapter import Client, ConnectionParams, ExecAuth
        from lightkube.config.kubeconfig import KubeConfig
        from lightkube.core.exceptions import ConfigError

        from helium.adapters.kubernetes.exec_credentials import ExecCredential

        try:
            config = KubeConfig.from_file(self.kubeconfig).get(context_name=self.context)
            assert config is not None
            client = Client(config, ConnectionParams(timeout=Timeout(self.seconds)))
            if isinstance(client.auth, ExecAuth) and config.user and config.user.exec:
                # lightkube's own does not know `v1`, waits for ever, and repeats what the program said.
                client.auth = ExecCredential(config.user.exec)
            return client
        except (ConfigError, OSError) as error:
            raise ClusterError(f"the cluster {self.context} cannot be reached: {explained(error)[1]}") from None
