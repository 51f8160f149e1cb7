"""What `tools.safeguards` takes out: the line, what stands there instead, and the test that must then fail."""

from __future__ import annotations

from tools.cuts import (
    cluster,
    corrupt,
    decisions,
    drift,
    ends,
    grace,
    hosts,
    jobs,
    orders,
    places,
    quota,
    reviews,
    rounds,
    routine,
    shards,
    sign_in,
    steps,
    taken_back,
    working_hours,
    world,
)
from tools.cuts.cut import GUARD, WRONG_CLUSTER, Cut

__all__ = ["CUTS", "SAFEGUARDS", "Cut"]

SAFEGUARDS = {
    "complete_observation": f"{GUARD}test_complete_observation_holds_destroys_alone",
    "own_state": f"{GUARD}test_own_state_holds_everything",
    "no_stack_lost": f"{GUARD}test_no_stack_lost_holds_everything_when_two_are_missing",
    "history": f"{GUARD}test_history_holds_everything_off_the_accepted_line",
    "trusted_clock": f"{GUARD}test_trusted_clock_holds_what_expired",
    "not_paused": f"{GUARD}test_not_paused_holds_everything",
    "valid_spec": f"{GUARD}test_valid_spec_holds_a_name_whose_file_is_there",
    "proven_ownership": f"{GUARD}test_proven_ownership_holds_what_is_not_proven_ours",
    "unprotected": f"{GUARD}test_unprotected_holds_what_was_protected_when_last_applied",
    "known_backend": f"{GUARD}test_known_backend_holds_while_the_file_is_there",
    "same_cluster": f"{WRONG_CLUSTER}test_same_cluster_holds_what_another_cluster_would_not_know",
    "recorded_deadline": f"{GUARD}test_recorded_deadline_holds_a_deadline_that_came_nearer_by_itself",
    "agreed_deadline": f"{GUARD}test_agreed_deadline_holds_what_its_stack_says_lives_on",
    "few_deletes": f"{GUARD}test_few_deletes_holds_all_of_too_many",
    "some_spec_left": f"{GUARD}test_some_spec_left_holds_an_emptied_folder",
    "reviewed_removal": f"{GUARD}test_reviewed_removal_holds_a_removal_that_was_not_shown",
    "grace_is_over": "tests/reconcile/test_grace.py::test_a_removal_waits_and_then_goes",
    "within_quota": "tests/reconcile/test_quota.py::test_within_quota_holds_what_is_one_too_many",
    "expected_plan": f"{GUARD}test_expected_plan_holds_everything_on_another_plan",
}
"""The test of each safeguard of the guard, by its function's name."""

CUTS: tuple[Cut, ...] = (
    *steps.CUTS,
    *taken_back.CUTS,
    *decisions.CUTS,
    *ends.CUTS,
    *corrupt.CUTS,
    *rounds.CUTS,
    *shards.CUTS,
    *sign_in.CUTS,
    *world.CUTS,
    *cluster.CUTS,
    *drift.CUTS,
    *orders.CUTS,
    *reviews.CUTS,
    *hosts.CUTS,
    *routine.CUTS,
    *jobs.CUTS,
    *quota.CUTS,
    *grace.CUTS,
    *places.CUTS,
    *working_hours.CUTS,
)
