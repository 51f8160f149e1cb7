"""What a stack made, beside what lives: Helm's manifests and single objects by the cluster, all else by Pulumi.

Pulumi's refresh sees nothing inside of a Helm release, and of an object in a cluster it cannot tell what somebody
changed from what the cluster itself writes. So both are asked of the API server, as a dry run of what they were made
with. Everything else is asked of its provider by a refresh that only previews: it takes no lock and writes no state.

Whoever may write a Secret in a workspace's namespace can write Helm's records. So only objects that Pulumi's state
knows are looked at, and they are put back with the rights that the release itself has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from helium.adapters.engine.cluster_checks import refuse_wrong_cluster
from helium.adapters.engine.cluster_half import Findings, Release, objects_in, releases_in
from helium.adapters.engine.clusters import Access
from helium.adapters.engine.events import SECRET_SIGNATURE
from helium.adapters.engine.export import State, ownership_of, provider_of
from helium.adapters.engine.jobs import Jobs
from helium.adapters.engine.protocol import Job, Reply, RunJob
from helium.adapters.engine.resolve_pending import targets
from helium.adapters.engine.resource_ids import name_of
from helium.adapters.engine.stack_drift import NO_DRIFT, Owned, StackDrift
from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError
from helium.adapters.kubernetes.helm_records import DEPLOYED, HelmRecord, manifest_of, records_of
from helium.adapters.kubernetes.live_objects import LiveObject, MadeObject, looked, made_object
from helium.core.digest import Json
from helium.core.drift import DriftedField, DriftLook, RepairWay, differences, without_ignored
from helium.core.stack import StackId
from helium.core.workspace import ACCOUNT, namespaced

AT_ONCE = 8
PREVIEWS = ("--preview-only", "--json", "--run-program=false")
"""How a refresh asks providers and changes nothing: Pulumi takes no lock for it, and writes no state."""
_HELMS = {"app.kubernetes.io/managed-by": "Helm"}
Resource = Mapping[str, Json]
Exported = Callable[..., State]
"""Reads the state of a stack, with flags for Pulumi's export."""


@dataclass(frozen=True, slots=True)
class DriftFinder:
    """Looks for drift in the stacks of one engine. `exported` reads a stack's state; `run` runs Pulumi."""

    access: Access
    exported: Exported
    run: RunJob

    def found(self, stack: StackId, ignored: Sequence[str]) -> StackDrift:
        """What of a stack differs. `EngineError` where nobody can look, `WrongClusterError` for another cluster."""
        # What an object was made with may have a secret in it. It is compared, and never said.
        state = self.exported(stack, "--show-secrets")
        ownership = ownership_of(state)
        refuse_wrong_cluster(stack, ownership, access=self.access)
        return _StackLook(state, self.access.api(ownership), self.run, tuple(ignored)).find()

    def put_back(self, stack: StackId, ignored: Sequence[str]) -> DriftLook:
        """Apply what can be applied by itself. Returns what is left, by another look. `EngineError`."""
        drift = self.found(stack, ignored)
        return self.found(stack, ignored).look if drift.apply() else drift.look

    def added(self, findings: Findings, stack: StackId, *, ignored: Sequence[str]) -> Findings:
        """The findings, and what differs: Helm must act on such releases, and Pulumi has to read the rest again."""
        drift = self.found(stack, ignored)
        gone = findings.gone | drift.others
        return Findings(gone, (findings.marks | drift.releases) - gone)


@dataclass(frozen=True, slots=True)
class _StackLook:
    """A look at one stack. `api`: of its cluster, if a real one is known. `ignored`: places that are not looked at."""

    state: State
    api: ClusterApi | None
    run: RunJob
    ignored: tuple[str, ...]

    def find(self) -> StackDrift:
        """All that differs, and what could not be looked at. `EngineError` where Pulumi itself cannot look."""
        if not self.state.is_resolved:
            return _unseen("a run was cut short, and the next pass has to find out first what it left")
        found = NO_DRIFT if self.api is None else self._in_cluster(self.api)
        asked = [each["urn"] for each in self.state.certain if self._is_asked_of_its_provider(each)]
        found += self._by_provider(asked) if asked else NO_DRIFT
        look = found.look.without(self.ignored)
        kept = {*look.differences}
        objects = tuple(each for each in found.objects if kept.intersection(each.live.differences))
        return replace(found, look=look, objects=objects, stack=self.state.stack, api=self.api)

    def _is_asked_of_its_provider(self, resource: Resource) -> bool:
        kind = resource["type"]
        counts = resource.get("custom") and not resource.get("external") and not kind.startswith("pulumi:")
        return bool(counts) and (self.api is None or not kind.startswith("kubernetes:"))

    def _in_cluster(self, api: ClusterApi) -> StackDrift:
        held = {each["urn"]: each for each in self.state.certain}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="drift") as pool:
            releases = [each for each in releases_in(self.state) if each.held]
            parts = pool.map(lambda each: self._release(api, each, resource=held[each.urn]), releases)
            # First, since among them may be the rights with which the objects of a release are put back.
            found = [self._single(held), *parts]
            objects = [each for part in found for each in part.objects]
            drifts = pool.map(lambda each: _looked(api, each), objects)
            rest = [replace(part, objects=()) for part in found]
            return sum((*rest, *drifts), NO_DRIFT)

    def _single(self, held: Mapping[str, Resource]) -> StackDrift:
        """The single objects of the stack, to be looked at."""
        wanted = (
            {**held[urn]["inputs"], "apiVersion": ref.version, "kind": ref.kind} for urn, ref in objects_in(self.state)
        )
        return StackDrift(objects=tuple(Owned(LiveObject(self._made(_plain(each), ""))) for each in wanted))

    def _release(self, api: ClusterApi, release: Release, *, resource: Resource) -> StackDrift:
        """The objects of a release, to be looked at."""
        where = f"Release/{release.name}"
        try:
            records = records_of(api, release.namespace, release=release.name)
            if not records:
                look = DriftLook((DriftedField(where, repair=RepairWay.UPDATE),))
                return StackDrift(look, others=frozenset({release.urn}))
            if records[-1].unfinished:
                return _unseen(f"{where} is not deployed, but {records[-1].status}")
            if records[-1].status != DEPLOYED:
                # Helm has to act before anybody can say what is to be there.
                return StackDrift(DriftLook((DriftedField(where, what="is not deployed", repair=RepairWay.UPDATE),)))
            return self._objects(api, release, resource=resource, record=records[-1])
        except ClusterError as error:
            return _unseen(f"{where}: {error}")

    def _objects(self, api: ClusterApi, release: Release, *, resource: Resource, record: HelmRecord) -> StackDrift:
        acts_as = _account_of(resource, self.state, namespace=release.namespace)
        made = [self._made(_as_helm_sets(each, release), release.namespace) for each in manifest_of(api, record)]
        known, there = {*release.objects}, {each.ref for each in made}
        if there and not known:
            return _unseen(f"Release/{release.name}: the state does not say what it consists of; an update notes that")
        strange = [
            f"{each} is in Helm's record {record.ref.name}, and Pulumi does not know it" for each in there - known
        ]
        strange += [f"{each} is not in Helm's record {record.ref.name}" for each in known - there]
        home, mine = release.namespace, [each for each in made if each.ref in known]
        objects = (Owned(LiveObject(each), release.urn, home, acts_as) for each in mine)
        return StackDrift(DriftLook(unseen=tuple(strange)), tuple(objects))

    def _made(self, wanted: Resource, namespace: str) -> MadeObject:
        made = made_object(wanted, namespace=namespace)
        return replace(made, wanted=without_ignored(made.wanted, self.ignored, where=made.where))

    def _by_provider(self, urns: Sequence[str]) -> StackDrift:
        stack = self.state.stack
        args = ("refresh", *PREVIEWS, *targets(urns), "--stack", str(stack))
        steps = json.loads(self.run(Job(stack, args)).stdout)["steps"]
        found = [(step["urn"], each) for step in steps if step["urn"] in urns for each in _changes(step)]
        look = DriftLook(tuple(each for _, each in found)).without(self.ignored)
        kept = {*look.differences}
        return StackDrift(look, others=frozenset(urn for urn, each in found if each in kept))


def previewed(jobs: Jobs, job: Job) -> Reply:
    """Run a refresh that only previews. It says in its JSON why it failed. `EngineError`."""
    reply = jobs.attempt(job)
    if reply.code and reply.stdout.startswith("{"):
        said = json.loads(reply.stdout).get("diagnostics") or ()
        failed = (each["message"] for each in said if each["severity"] == "error")
        errors = tuple(each.rpartition("Preview failed: ")[2] for each in failed)
        reply = replace(reply, seen=replace(reply.seen, diagnostics=errors))
    return jobs.require_success(job.stack, reply)


def _looked(api: ClusterApi, owned: Owned) -> StackDrift:
    try:
        live = looked(api, owned.live.made)
    except ClusterError as error:
        return _unseen(f"{owned.live.made.where}: {error}")
    if not live.differences:
        return NO_DRIFT
    found = replace(owned, live=live)
    if found.ends:
        live = replace(live, differences=tuple(replace(each, repair=RepairWay.UPDATE) for each in live.differences))
    return StackDrift(DriftLook(live.differences), (replace(owned, live=live),))


def _unseen(why: str) -> StackDrift:
    return StackDrift(DriftLook(unseen=(why,)))


def _as_helm_sets(wanted: Resource, release: Release) -> Resource:
    """With what Helm writes on everything that it installs."""
    meta = wanted.get("metadata") or {}
    notes = {"meta.helm.sh/release-name": release.name, "meta.helm.sh/release-namespace": release.namespace}
    labels, annotations = {**(meta.get("labels") or {}), **_HELMS}, {**(meta.get("annotations") or {}), **notes}
    return {**wanted, "metadata": {**meta, "labels": labels, "annotations": annotations}}


def _account_of(resource: Resource, state: State, *, namespace: str) -> str:
    """Whose rights a release has: the account of its namespace, if its provider acts as that one; else nobody's."""
    known = next((each for each in state.resources if each["urn"] == provider_of(resource)), {})
    context = str((known.get("inputs") or {}).get("context") or "")
    cluster = context.partition("/")[0]
    acts = context == namespaced(cluster, state.stack.name) and namespace == state.stack.name
    return f"system:serviceaccount:{namespace}:{ACCOUNT}" if acts else ""


def _plain(value: Json) -> Json:
    """The inputs of a resource as they were sent: secrets in plain text, and nothing of the provider's own."""
    if isinstance(value, Mapping):
        if SECRET_SIGNATURE in value:
            return json.loads(value.get("plaintext") or "null")
        return {key: _plain(inner) for key, inner in value.items() if not key.startswith("__")}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _changes(step: Mapping[str, Json]) -> Iterator[DriftedField]:
    """What a refresh says of one resource, by the inputs that it was made with."""
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    where = f"{old.get('type', '').rpartition(':')[2]}/{name_of(old)}"
    if step["op"] == "delete":
        yield DriftedField(where, repair=RepairWay.UPDATE)
        return
    wanted = _plain(old.get("inputs") or {})
    there = _within(_plain(new.get("inputs") or {}), wanted)
    for field, what in differences(wanted, there):
        yield DriftedField(where, field, what, RepairWay.UPDATE)


def _within(there: Json, wanted: Json) -> Json:
    """Of what lives only what was made: a provider adds what it filled in."""
    if isinstance(there, Mapping) and isinstance(wanted, Mapping):
        return {key: _within(inner, wanted[key]) for key, inner in there.items() if key in wanted}
    return there
