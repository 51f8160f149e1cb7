"""Judges one pull request: is all of it routine, by main as it is now, or who must look and why?

Nothing that comes with it is checked out or run. Who asks is what the host says of the account that opened it, or what
the ledger says of a pull request of Helium's own account. It refuses to judge what it cannot read: that raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from helium.adapters.git_repo import merging
from helium.app.open_fleet import OpenFleet
from helium.app.proposal import Weighed, weighed
from helium.app.run import clock
from helium.core.fleet import Fleet
from helium.core.plan import Code, Keep
from helium.core.proposal import ABOUT_EVERYTHING
from helium.core.pull_request import PullRequest
from helium.core.routine import FileSide, PersonNeeded, TouchedSpec, merger, people_needed
from helium.core.shares import RoutineShare, used_by
from helium.core.spec import Entry, Spec

Askers = Mapping[str, str]
"""The mail of who asks for a change, by the workspace's name."""
_HOLDS_ALL = ABOUT_EVERYTHING | {Code.UNTRUSTED_CLOCK}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineVerdict:
    """What was found of one head, beside main at `main`, whose settings are `fleet`.

    `needed`: who must look and why. `wrong`: what a pass would refuse, which its author mends.
    """

    pull_request: PullRequest
    main: str
    fleet: Fleet
    touched: tuple[TouchedSpec, ...] = ()
    needed: tuple[PersonNeeded, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def routine(self) -> bool:
        """Whether no person has to look."""
        return bool(self.touched) and not (self.needed or self.wrong)


def judge(
    fleet: OpenFleet, pull: PullRequest, *, askers: Askers | None = None, shares: Sequence[RoutineShare] = ()
) -> RoutineVerdict:
    """Judge exactly the head that the host named. `askers`: for a pull request of Helium's own account.

    `SourceError` where it cannot be fetched, has conflicts, or has moved on.
    """
    with merging.pull_request(fleet.clone, pull.number, head=pull.head_commit):
        return judged_beside(fleet, pull, seen=weighed(fleet, pull.head_commit), askers=askers, shares=shares)


def judged_beside(
    fleet: OpenFleet, pull: PullRequest, *, seen: Weighed, askers: Askers | None, shares: Sequence[RoutineShare]
) -> RoutineVerdict:
    """The same, of what was planned already."""
    settings = seen.main.observed.fleet
    mail = settings.mail_of(pull.author)
    if askers is None and not mail:
        why = "people in helium.yaml on main does not name that account"
        needed = PersonNeeded(pull.author, merger(settings), why)
        return RoutineVerdict(pull_request=pull, main=seen.merge.main, fleet=settings, needed=(needed,))
    facts = _Facts(fleet, seen, settings)
    touched = tuple(facts.touched(askers, otherwise=mail if askers is None else ""))
    used = used_by(shares, now=clock(), besides=pull.number)
    return RoutineVerdict(
        pull_request=pull,
        main=seen.merge.main,
        fleet=settings,
        touched=touched,
        needed=(*people_needed(touched, fleet=settings, used=used), *facts.beside(touched)),
        wrong=tuple(facts.wrong(touched)),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the objects and the plans say of one merge."""

    fleet: OpenFleet
    seen: Weighed
    settings: Fleet
    texts: dict[str, bytes] = field(default_factory=dict)

    def touched(self, askers: Askers | None, *, otherwise: str) -> Iterator[TouchedSpec]:
        """What main would have otherwise, and what the branch itself changed: the two differ if main moved on."""
        merge, clone = self.seen.merge, self.fleet.clone
        effect = {_path(pair): pair for pair in merging.between(clone, merge.main, commit=merge.commit)}
        own = {_path(pair): pair for pair in merging.between(clone, merge.base, commit=merge.head)}
        pairs = {**own, **effect}
        ids = {side.blob for pair in pairs.values() for side in pair if side is not None}
        self.texts.update(self.fleet.repo.blobs(sorted(ids)))
        away = merging.taken_away(clone, merge.head, main=merge.main)
        for path, (before, after) in sorted(pairs.items()):
            name, stays = Entry(path, "").name, before is not None and after is not None
            yield TouchedSpec(
                path=path,
                asker=(askers or {}).get(name, otherwise) or "nobody",
                before=self._side(before),
                after=self._side(after),
                # What goes and comes again on the way is a new, empty one, where the host rebases.
                sooner=stays and (path in away or self._ends_sooner(name)),
                recorded=name in self.seen.before.observed.records,
            )

    def _side(self, entry: Entry | None) -> FileSide | None:
        if entry is None:
            return None
        if entry.blob not in self.texts:
            return FileSide(entry.mode, None)
        read = self.fleet.specs.read((entry,), {entry.blob: self.texts[entry.blob]}, fleet=self.settings)
        spec = read.get(entry.name)
        return FileSide(entry.mode, spec if isinstance(spec, Spec) else None)

    def _ends_sooner(self, name: str) -> bool:
        """Whether the deadline comes nearer, or that cannot be known."""
        looks = (self.seen.before, self.seen.after)
        before, after = (change.deadline if look and (change := look.plan.of(name)) else None for look in looks)
        return before is None or after is None or after < before

    def beside(self, touched: Sequence[TouchedSpec]) -> Iterator[PersonNeeded]:
        """What the merge does to workspaces whose files it does not touch."""
        names = {each.name for each in touched}
        asker = touched[0].asker if touched else "nobody"
        for each in self.seen.proposal.changes:
            if each.change.name not in names:
                why = f"{each.change.name} would change as well"
                yield PersonNeeded(asker, merger(self.settings, besides=asker), why)

    def wrong(self, touched: Sequence[TouchedSpec]) -> Iterator[str]:
        """What a pass would refuse or hold of it, now."""
        proposed, names = self.seen.proposal, {each.name for each in touched}
        yield from (str(issue) for issue in proposed.issues)
        refusals = self.seen.after.plan.refusals if self.seen.after else proposed.refusals
        for refusal in refusals:
            if refusal in proposed.refusals or refusal.code in _HOLDS_ALL or names & {*refusal.names}:
                yield refusal.sentence
        for each in proposed.changes:
            if isinstance(each.change, Keep) and each.change.held is not None and each.change.code is not Code.GRACE:
                yield f"{each.change.name}: {each.change.why or each.change.reason}"


def _path(pair: tuple[Entry | None, Entry | None]) -> str:
    return next(side.path for side in pair if side is not None)
