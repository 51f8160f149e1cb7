"""Lines without which a removal that nobody was shown, or that nobody can ask about, would be carried out."""

from __future__ import annotations

from tools.cuts.cut import GUARD, Cut

PASSES = "tests/reconcile/test_reviewed_removals.py::"
AWAY = f"{PASSES}test_while_the_host_is_away_nothing_is_destroyed_and_nothing_written_down"

CUTS = (
    Cut(
        "removals-wait-for-the-host",
        "helium/reconcile/load/__init__.py",
        "        found = undecided(asked)\n",
        "        return observed\n",
        AWAY,
    ),
    Cut(
        "undecided-is-never-written-down",
        "helium/reconcile/record_observation.py",
        "        return record if removal is None or removal.origin == UNDECIDED else seen_removed(record, removal)\n",
        "        return record if removal is None else seen_removed(record, removal)\n",
        AWAY,
    ),
    Cut(
        "only-its-own-branch-shows-it",
        "helium/core/reviews.py",
        "    origin = REVIEWED if removal.name in merged.shows else UNREVIEWED\n",
        "    origin = REVIEWED\n",
        f"{PASSES}test_what_it_did_not_show_is_held_and_named",
    ),
    Cut(
        "a-release-names-them",
        "helium/reconcile/guard/guard_input.py",
        "        return next((names for names in each if names and self.allows(names)), ())\n",
        "        return next((names for names in each if names), ())\n",
        f"{GUARD}test_reviewed_removal_is_released_by_name_beside_others",
    ),
)
