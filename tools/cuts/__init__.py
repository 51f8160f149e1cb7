"""What `tools.safeguards` takes out: the line, what stands there instead, and the test that must then fail."""

from __future__ import annotations

from tools.cuts import decisions, shards, steps, world
from tools.cuts.cut import ASTRAY, GUARD, Cut

__all__ = ["CUTS", "SAFEGUARDS", "Cut"]

SAFEGUARDS = {
    "whole": f"{GUARD}test_whole_holds_destroys_alone",
    "ours": f"{GUARD}test_ours_holds_everything",
    "nothing_lost": f"{GUARD}test_nothing_lost_holds_everything_when_two_are_missing",
    "history": f"{GUARD}test_history_holds_everything_off_the_accepted_line",
    "clock": f"{GUARD}test_clock_holds_what_expired",
    "not_paused": f"{GUARD}test_not_paused_holds_everything",
    "readable": f"{GUARD}test_readable_holds_a_name_whose_file_is_there",
    "facts_known": f"{GUARD}test_facts_known_holds_what_is_not_proven_ours",
    "unprotected": f"{GUARD}test_unprotected_holds_what_was_protected_when_last_applied",
    "backend_known": f"{GUARD}test_backend_known_holds_while_the_file_is_there",
    "same_cluster": f"{ASTRAY}test_same_cluster_holds_what_another_cluster_would_not_know",
    "deadline_recorded": f"{GUARD}test_deadline_recorded_holds_a_deadline_that_came_nearer_by_itself",
    "few_deletes": f"{GUARD}test_few_deletes_holds_all_of_too_many",
    "some_spec_left": f"{GUARD}test_some_spec_left_holds_an_emptied_folder",
    "as_expected": f"{GUARD}test_as_expected_holds_a_removal_that_was_not_shown",
}
"""The test of each safeguard of the guard, by its function's name."""

CUTS: tuple[Cut, ...] = (*steps.CUTS, *decisions.CUTS, *shards.CUTS, *world.CUTS)
