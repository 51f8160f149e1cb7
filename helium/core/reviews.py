"""What pull requests showed before they were merged, held against what their merges took away.

Pure. A pull request shows what its own branch changes. What else its merge takes away, nobody was shown: a conflict was
resolved so, or it was too big to be planned. This guards against accidents. Whoever may push to main may also push a
removal without a pull request, which counts as one that nobody requested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from helium.core.record import CorruptRecord, Record
from helium.core.spec import DIRECT, REVIEWED, UNDECIDED, UNREVIEWED, Removal


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPullRequest:
    """One that was merged. `commits`: those of main that it became. `shows`: the names of the files that its branch
    removes, and nothing where it was too big to be planned.

    `by` opened it and `approved_by` let it in, by their mails where the fleet knows them, else by their accounts.
    `asked_by`: for whom Helium opened it, by name.
    """

    number: int
    url: str
    by: str
    approved_by: str
    commits: frozenset[str]
    shows: frozenset[str]
    asked_by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FollowedPullRequest:
    """A merged one whose comment goes on. `touches`: the names of the files that its branch changed."""

    number: int
    touches: frozenset[str]


def to_ask_for(removals: Mapping[str, Removal], records: Mapping[str, Record | CorruptRecord]) -> Mapping[str, Removal]:
    """The removals of living workspaces that nobody requested from Helium, and that no pass has written down."""
    return {name: removal for name, removal in removals.items() if _is_new(removal, records.get(name))}


def _is_new(removal: Removal, record: Record | CorruptRecord | None) -> bool:
    if removal.origin != DIRECT or not isinstance(record, Record) or record.emptied is not None:
        return False
    return record.removed is None or record.removed.commit != removal.commit


def with_reviews(removals: Mapping[str, Removal], merged: Sequence[MergedPullRequest]) -> dict[str, Removal]:
    """The same, with who asked and who approved where a merged pull request took the file away, and as shown or not."""
    by_commit = {commit: each for each in merged for commit in each.commits}
    return {name: _reviewed(removal, by_commit.get(removal.commit)) for name, removal in removals.items()}


def _reviewed(removal: Removal, merged: MergedPullRequest | None) -> Removal:
    if merged is None:
        return removal
    origin = REVIEWED if removal.name in merged.shows else UNREVIEWED
    by = merged.asked_by.get(removal.name) or merged.by
    return replace(removal, origin=origin, url=merged.url, by=by, approved_by=merged.approved_by)


def undecided(removals: Mapping[str, Removal]) -> dict[str, Removal]:
    """The same, while their host does not answer."""
    return {name: replace(removal, origin=UNDECIDED) for name, removal in removals.items()}
