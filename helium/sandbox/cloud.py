"""What the pretend cloud does for each request: the rules applied to the store, one locked step a call.

It speaks of resources, not of Pulumi's messages, and raises `CloudError` where a real cloud would refuse.
"""

from __future__ import annotations

from dataclasses import dataclass

from helium.sandbox import limits, outputs, resource_types, secrets
from helium.sandbox.errors import CloudError, Kind
from helium.sandbox.model import Identity, Properties, Resource
from helium.sandbox.resource_types import Setting
from helium.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class CloudAnswer:
    """A resource as the caller sees it; secrets are marked, and in plain text where the caller knows them."""

    id: str
    inputs: Properties
    outputs: Properties


class Cloud:
    """The operations of one folder's cloud."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def preview(self, token: str, inputs: Properties, *, setting: Setting) -> CloudAnswer:
        """What `create` would return, where that is known before."""
        given = secrets.sealed(inputs, resource_types.secrets(token))
        one = resource_types.identity(token, given, setting=setting)
        if not resource_types.is_known(one):
            return CloudAnswer("", given, given)
        return CloudAnswer("", given, outputs.computed(one, given, project=setting.project))

    def create(self, token: str, inputs: Properties, *, setting: Setting) -> CloudAnswer:
        """Create a resource; CloudError if its name is taken or malformed, or what it lives in does not exist."""
        given = secrets.sealed(inputs, resource_types.secrets(token))
        one = resource_types.identity(token, given, setting=setting)
        for sentence in limits.objections(one, given):
            raise CloudError(Kind.INVALID, sentence)
        with self._store.locked():
            self._make_room(one, given)
            if self._find(one) and "IAM" not in one.kind:
                raise CloudError(Kind.EXISTS, _taken(one))
            return self._keep(one, given, token=token, project=setting.project)

    def read(self, one: Identity, known: Properties) -> CloudAnswer | None:
        """The resource as it is now, or nothing; `known` is what the caller holds, for secrets."""
        resource = self._find(one) or self._believed(one)
        if resource is None:
            return None
        salt = self._store.salt
        return CloudAnswer(
            resource.id,
            secrets.unseal(resource.inputs, known, salt=salt),
            secrets.unseal(resource.outputs, known, salt=salt),
        )

    def update(self, one: Identity, inputs: Properties, *, token: str) -> CloudAnswer:
        """Change a resource in place; CloudError if it is not there."""
        given = secrets.sealed(inputs, resource_types.secrets(token))
        for sentence in limits.objections(one, given):
            raise CloudError(Kind.INVALID, sentence)
        with self._store.locked():
            resource = self._find(one)
            if resource is None:
                raise CloudError(
                    Kind.ABSENT, f"{one} does not exist, so it cannot be updated; run pulumi refresh, then try again"
                )
            revision = 1 + outputs.revision_of(resource.outputs)
            project = str(resource.outputs.get("project", ""))
            return self._keep(one, given, token=token, project=project, revision=revision)

    def delete(self, one: Identity) -> None:
        """Remove a resource and what lives in it; nothing happens if it is not there."""
        with self._store.locked():
            resource = self._store.find(one)
            if resource is None:
                return
            if resource_types.is_holder(one):
                self._empty(resource)
            self._store.drop(one)

    def _find(self, one: Identity, *, but: Identity | None = None) -> Resource | None:
        """A resource that was created by request or by a release; `but`: not by this release."""
        if one.package != "kubernetes" or not one.within:
            return self._store.find(one)
        home = Identity(one.package, one.where, "", resource_types.NAMESPACE, one.within)
        makers = (each for each in self._store.within(home) if each.identity != but)
        created = (child for each in makers for child in outputs.children(each) if child.identity == one)
        return self._store.find(one) or next(created, None)

    def _believed(self, one: Identity) -> Resource | None:
        """What a release of a chart that the sandbox does not know may have brought."""
        if one.package != "kubernetes" or not one.within:
            return None
        home = Identity(one.package, one.where, "", resource_types.NAMESPACE, one.within)
        return next((found for each in self._store.within(home) if (found := outputs.shown_by(each, one))), None)

    def _make_room(self, one: Identity, inputs: Properties) -> None:
        """See that what the resource is to live in is there; a release may bring its namespace along."""
        home = resource_types.holder(one)
        if home is None or self._store.find(home):
            return
        if one.kind != resource_types.RELEASE or not secrets.plain(inputs.get("createNamespace")):
            raise CloudError(Kind.ABSENT, f"{one} cannot be created: {home} not found")
        token, meta = "kubernetes:core/v1:Namespace", {"metadata": {"name": home.name}}
        self._store.put(Resource(home, token, resource_types.id_of(home), meta, outputs.computed(home, {**meta})))

    def _keep(self, one: Identity, given: Properties, *, token: str, project: str, revision: int = 1) -> CloudAnswer:
        shown = outputs.computed(one, given, revision=revision, project=project)
        salt = self._store.salt
        kept = Resource(one, token, resource_types.id_of(one), secrets.seal(given, salt), secrets.seal(shown, salt))
        for child in outputs.children(kept):
            if self._find(child.identity, but=one):
                raise CloudError(Kind.EXISTS, f"{one} cannot be installed: {_taken(child.identity)}")
        self._store.put(kept)
        return CloudAnswer(kept.id, given, shown)

    def _empty(self, resource: Resource) -> None:
        """Remove what lives in a holder; CloudError for a full bucket that may not be emptied."""
        inside = self._store.within(resource.identity)
        full = any(each.identity.kind == resource_types.OBJECT for each in inside)
        if full and not resource.inputs.get("forceDestroy"):
            raise CloudError(
                Kind.PRECONDITION,
                f"bucket {resource.identity.name} still holds objects; set forceDestroy, or delete the objects first",
            )
        for each in inside:
            self._store.drop(each.identity)


def _taken(one: Identity) -> str:
    if one.kind == resource_types.RELEASE:
        return f"cannot re-use a name that is still in use: {one} already exists"
    return f"{one} already exists"
