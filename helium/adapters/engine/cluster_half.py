"""What of a stack stands in its cluster, and what became of it: a look before Pulumi acts.

Pulumi's refresh looks at a Helm release as a whole, by Helm's own record. So it takes a release whose Helm was killed
for what it was to be, sees nothing that somebody deleted inside it, and cannot destroy one whose record is gone. This
looks at the records and objects themselves. It ends what is stuck, names what is gone, and marks what Helm must do
again.

It refuses to take a record away from a Helm that may be at work: another person's `helm` has as long as the release's
own time limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from helium.adapters.engine.export import State
from helium.adapters.engine.resource_ids import RELEASE, WITHOUT_OBJECT
from helium.adapters.kubernetes.cluster_api import NOT_FOUND, ClusterApi, ClusterError, Meta, ObjectRef
from helium.adapters.kubernetes.helm_records import DEPLOYED, HelmRecord, records_of
from helium.core.digest import Json
from helium.core.stack import gone_for_ever
from helium.errors import EngineError

INTERRUPTED = "helium: Helm must act again, although nothing differs"
"""Pulumi updates a resource that has an init error, and the update takes the error away."""
HELMS_OWN = timedelta(seconds=300)
"""How long Helm works on a release that sets no limit."""
_AT_ONCE = 8
Resource = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Release:
    """A Helm release of a stack. `held`: the state has it, not only a pending create; `at_work`: an operation on it was
    begun and not ended. `objects`: what it consisted of when Helm ended well last.
    """

    urn: str
    name: str
    namespace: str
    limit: timedelta
    held: bool
    at_work: bool
    objects: tuple[ObjectRef, ...]


@dataclass(frozen=True, slots=True)
class ReleaseLook:
    """A release, its records, and which of its objects are missing."""

    release: Release
    records: tuple[HelmRecord, ...]
    missing: tuple[ObjectRef, ...]
    now: datetime

    @property
    def stuck(self) -> tuple[HelmRecord, ...]:
        """Records of a Helm that was killed: ours, by the state's own word, or one whose time is over."""
        own = self.release.at_work
        return tuple(each for each in self.records if each.unfinished and (own or self._is_over(each)))

    @property
    def others_at_work(self) -> HelmRecord | None:
        """The record of a Helm that may still be at work, and is not ours."""
        return next((each for each in self.records if each.unfinished and each not in self.stuck), None)

    @property
    def is_gone(self) -> bool:
        """Whether nothing is left that Helm could go on from."""
        return all(each in self.stuck for each in self.records)

    @property
    def must_act(self) -> bool:
        """Whether Helm has to act on it again, whatever its values say."""
        settled = [each for each in self.records if each not in self.stuck]
        well = bool(settled) and settled[-1].status == DEPLOYED and not self.missing
        reason = self.release.at_work or bool(self.stuck) or not well
        return bool(settled) and self.others_at_work is None and reason

    def _is_over(self, record: HelmRecord) -> bool:
        return self.now - record.since > self.release.limit


@dataclass(frozen=True, slots=True)
class Findings:
    """URNs: `gone` is what the state holds and the cluster does not, and on the releases in `marks` Helm must act.

    `lost` is what stands in a cluster that a person gave up.
    """

    gone: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.gone or self.marks or self.lost)


NOTHING = Findings()


@dataclass(frozen=True, slots=True)
class ClusterHalf:
    """What the look found: by release, the URNs of single objects that are gone, and what is being deleted just now."""

    api: ClusterApi
    looks: tuple[ReleaseLook, ...] = ()
    gone_objects: frozenset[str] = frozenset()
    ending: tuple[ObjectRef, ...] = ()

    def findings(self, *, ends: bool, renew: bool) -> Findings:
        """What the state has to be told. `ends`: a destroy follows; `renew`: Helm is to act on each release."""
        held = [each for each in self.looks if each.release.held]
        gone = {each.release.urn for each in held if each.is_gone}
        marks = {each.release.urn for each in held if each.must_act or renew} - gone
        return Findings(self.gone_objects | gone, frozenset() if ends else frozenset(marks))

    @property
    def held_up(self) -> str:
        """Why an update has to wait; empty if it need not."""
        for ref in self.ending:
            return (
                f"somebody has deleted {ref}, and the cluster has not finished with it; Helium makes it again once it "
                "is gone. If it stays, something in it has a finalizer that nobody removes"
            )
        for look in self.looks:
            if record := look.others_at_work:
                until = record.since + look.release.limit
                return (
                    f"somebody's Helm is at work on the release {look.release.name} in the namespace "
                    f"{look.release.namespace} ({record.status} since {record.since:%H:%M:%S} UTC); Helium waits, and "
                    f"takes it for dead after {until:%H:%M:%S} UTC"
                )
        return ""

    def end_stuck(self, *, marked: bool) -> None:
        """Delete the records of killed Helms. `marked`: of the releases that only a mark in the state tells of."""
        for look in self.looks:
            alone = not look.release.at_work and not look.is_gone
            for record in look.stuck if alone == marked else ():
                self.api.delete(record.ref, seen=record.seen)

    def end_leftovers(self) -> None:
        """Delete what a release has left that Helm no longer knows: only what still says that it belongs to it."""
        for look in self.looks:
            for ref in look.release.objects if not look.records else ():
                meta = _seen(self.api, ref)
                if meta and _is_of(meta, look.release):
                    self.api.delete(ref, seen=meta)


@contextmanager
def looked(state: State, api: ClusterApi | None, *, ends: bool, renew: bool) -> Iterator[tuple[Findings, str]]:
    """What the look found, and why an update has to wait; `EngineError` where the cluster cannot be read.

    Records of killed Helms are ended before the block, since whatever reads them takes them for the truth. Where the
    state does not say by itself that Helm has to act again, they are ended after it: by then it does.
    """
    if api is None or not (any(releases_in(state)) or any(objects_in(state))):
        yield NOTHING, ""
        return
    try:
        half = look(state, api, now=datetime.now(UTC), ends=ends)
        if ends:
            half.end_leftovers()
        else:
            half.end_stuck(marked=False)
        yield half.findings(ends=ends, renew=renew), "" if ends else half.held_up
        if not ends:
            half.end_stuck(marked=True)
    except ClusterError as error:
        way_out = f". {gone_for_ever(state.stack.name)}" if ends and not error.code else ""
        raise EngineError(str(state.stack), f"{error}; nothing was changed{way_out}") from None


def look(state: State, api: ClusterApi, *, now: datetime, ends: bool = False) -> ClusterHalf:
    """Look at what the state holds in that cluster. `ClusterError` where something cannot be read.

    `ends`: a destroy follows, so nobody needs to know which objects of a release are missing.
    """
    releases = tuple(releases_in(state))
    objects = dict(objects_in(state))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="cluster") as pool:
        records = pool.map(lambda each: records_of(api, each.namespace, release=each.name), releases)
        single = dict(zip(objects, pool.map(lambda ref: _seen(api, ref), objects.values()), strict=True))
        missing = [() if ends else tuple(_missing(each.objects, api, pool=pool)) for each in releases]
        looks = zip(releases, records, missing, strict=True)
        return ClusterHalf(
            api,
            tuple(ReleaseLook(release, known, lost, now) for release, known, lost in looks),
            frozenset(urn for urn, meta in single.items() if meta is None),
            tuple(objects[urn] for urn, meta in single.items() if meta and "deletionTimestamp" in meta),
        )


def releases_in(state: State) -> Iterator[Release]:
    """The Helm releases of a state, and those that a killed run may have created."""
    at_work = {each["resource"]["urn"] for each in state.pending}
    held = [each for each in state.certain if each["type"] == RELEASE]
    urns = {each["urn"] for each in held}
    created = [each for each in state.creating if each["type"] == RELEASE and each["urn"] not in urns]
    for resource in (*held, *created):
        inputs = resource.get("inputs") or {}
        name, namespace, limit = (inputs.get(key) for key in ("name", "namespace", "timeout"))
        if isinstance(name, str) and isinstance(namespace, str):
            yield Release(
                resource["urn"],
                name,
                namespace,
                timedelta(seconds=limit) if isinstance(limit, int) and limit else HELMS_OWN,
                held=resource["urn"] in urns,
                at_work=resource["urn"] in at_work,
                objects=tuple(_of_release(resource, namespace)),
            )


def marked(resource: Resource, marks: frozenset[str]) -> Resource:
    """The resource, so that Pulumi updates it whatever its inputs say, if it is one of these."""
    return {**resource, "initErrors": [INTERRUPTED]} if resource["urn"] in marks else resource


def _of_release(resource: Resource, namespace: str) -> Iterator[ObjectRef]:
    """By `resourceNames`: `Deployment.apps/apps/v1` → `web` of the release's own namespace, or `other/web`."""
    names = (resource.get("outputs") or {}).get("resourceNames") or {}
    for kind, each in names.items() if isinstance(names, Mapping) else ():
        group_kind, _, version = kind.partition("/")
        for name in each:
            within, slash, plain = name.partition("/")
            yield ObjectRef(
                version, group_kind.partition(".")[0], plain if slash else name, within if slash else namespace
            )


def objects_in(state: State) -> Iterator[tuple[str, ObjectRef]]:
    """Each single object that the stack itself made, by its URN."""
    for resource in state.certain:
        kind, inputs = resource["type"], resource.get("inputs") or {}
        if not kind.startswith("kubernetes:") or kind.startswith(WITHOUT_OBJECT) or resource.get("external"):
            continue
        meta, version, name = inputs.get("metadata"), inputs.get("apiVersion"), inputs.get("kind")
        if isinstance(meta, Mapping) and isinstance(version, str) and isinstance(name, str) and meta.get("name"):
            yield resource["urn"], ObjectRef(version, name, str(meta["name"]), str(meta.get("namespace") or ""))


def _missing(objects: Sequence[ObjectRef], api: ClusterApi, *, pool: ThreadPoolExecutor) -> Iterator[ObjectRef]:
    seen = pool.map(lambda ref: _seen(api, ref), objects)
    return (ref for ref, meta in zip(objects, seen, strict=True) if meta is None)


def _seen(api: ClusterApi, ref: ObjectRef) -> Meta | None:
    """The object's metadata, `None` if it is not there; empty where its kind is not served, so that nobody can tell."""
    try:
        return api.meta(ref)
    except ClusterError as error:
        if error.code != NOT_FOUND:
            raise
        return {}


def _is_of(meta: Meta, release: Release) -> bool:
    noted = meta.get("annotations") or {}
    own = noted.get("meta.helm.sh/release-name"), noted.get("meta.helm.sh/release-namespace")
    return (
        own == (release.name, release.namespace)
        and (meta.get("labels") or {}).get("app.kubernetes.io/managed-by") == "Helm"
    )
