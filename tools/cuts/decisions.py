"""Lines that decide: what is observed, which incarnation it is, whose lock it is."""

from __future__ import annotations

from tools.cuts.cut import DELETING, GUARD, Cut

LOAD = "helium/reconcile/load/__init__.py"
FILES = "helium/reconcile/load/specs.py"
LOCKS = "helium/reconcile/stack_locks.py"
ADDITIONS = "helium/core/additions.py"

CUTS = (
    Cut(
        "given-up-is-not-finished",
        "helium/reconcile/guard/workspace.py",
        "    if record.emptied is not None:\n",
        "    if False:\n",
        f"{DELETING}test_ways.py::test_a_stack_that_was_given_up_and_is_back_is_kept",
    ),
    Cut(
        "replacement-of-a-removed-file",
        "helium/reconcile/guard/workspace.py",
        "    if not isinstance(change, Destroy) and not blobs:\n",
        "    if False:\n",
        f"{GUARD}test_changed_meanwhile_drops_a_replacement_whose_file_went",
    ),
    Cut(
        "rewritten-history-tells-no-addition",
        ADDITIONS,
        "    if since is None:\n",
        "    if False:\n",
        f"{DELETING}test_incarnations.py::test_a_rebased_main_begins_no_new_incarnation",
    ),
    Cut(
        "hidden-is-not-removed",
        "helium/reconcile/guard/workspace.py",
        "    for path in _hiding(given.observed):\n",
        "    for path in ():\n",
        f"{GUARD}test_valid_spec_holds_removals_while_something_stands_where_a_folder_was",
    ),
    Cut(
        "fleet-keeps-its-name",
        FILES,
        "                *_renamed(self.fleet, self.snapshot),\n",
        "",
        f"{DELETING}test_renamed.py::test_another_name_makes_nothing_twice",
    ),
    Cut(
        "absence-after-the-record",
        ADDITIONS,
        "    return addition.blob_before == before or",
        "    return addition.blob_before is not None or",
        f"{DELETING}test_incarnations.py::test_a_rebased_main_begins_no_new_incarnation_of_a_name_that_had_two",
    ),
    Cut(
        "added-after-the-record",
        ADDITIONS,
        "    return replace(addition, added_at=record.added_at + timedelta(seconds=1))\n",
        "    return addition\n",
        f"{DELETING}test_incarnations.py::test_created_again_by_a_committer_whose_clock_is_slow_is_another_incarnation",
    ),
    Cut(
        "protected-by-its-ownership",
        "helium/reconcile/guard/workspace.py",
        " or (ownership is not None and ownership.protected):",
        ":",
        f"{GUARD}test_unprotected_holds_what_its_own_stack_calls_protected",
    ),
    Cut(
        "put-back-to-what-was-noted",
        "helium/reconcile/loop.py",
        "        writer, observed = self._noted(",
        "        writer, _ = self._noted(",
        f"{DELETING}test_incarnations.py::test_what_was_protected_while_its_stack_was_busy_is_kept",
    ),
    Cut(
        "default-lifetime-in-the-ownership",
        "helium/reconcile/repair.py",
        "        lifetime=_lifetime(ownership),\n",
        "",
        f"{DELETING}test_deadlines.py::test_a_shorter_default_ends_nobodys_lifetime_after_a_rebuild",
    ),
    Cut(
        "read-again-before-it-goes",
        FILES,
        "            and record.deadline > self.now\n",
        "",
        f"{DELETING}test_steps.py::test_what_expired_goes_though_its_file_stays",
    ),
    Cut(
        "revert-is-no-new-incarnation",
        "helium/core/incarnations.py",
        "file.blob != record.seen_blob and not _is_kept",
        "not _is_kept",
        "tests/reconcile/test_diff.py::test_the_same_blob_back_is_a_revert",
    ),
    Cut(
        "another-blob-is-a-new-incarnation",
        "helium/core/incarnations.py",
        "    return addition.blob != (addition.blob_before or record.seen_blob)\n",
        "    return False\n",
        f"{DELETING}test_incarnations.py::test_another_blob_of_another_owner_is_another_incarnation",
    ),
    Cut(
        "deleting-is-never-reverted",
        "helium/core/incarnations.py",
        "        deleting = record.phase in (Phase.DELETING, Phase.GONE)\n",
        "        deleting = False\n",
        f"{DELETING}test_incarnations.py::test_created_again_while_a_destroy_fails_is_another_incarnation",
    ),
    Cut(
        "ownership-of-the-same-incarnation",
        "helium/core/incarnations.py",
        "(ownership.name, ownership.backend, ownership.added_at) ==",
        "(record.name, record.backend, record.added_at) ==",
        f"{GUARD}test_proven_ownership_holds_what_is_not_proven_ours",
    ),
    Cut(
        "deadline-ahead-when-recorded",
        "helium/core/transitions.py",
        "if deadline > now and deadline != record.deadline",
        "if deadline != record.deadline",
        f"{DELETING}test_deadlines.py::test_a_change_merged_after_its_own_date_counts_as_a_removal",
    ),
    Cut(
        "default-lifetime-is-recorded",
        "helium/core/transitions.py",
        "return parse_lifetime(record.lifetime) if record.lifetime else default",
        "return default",
        f"{DELETING}test_deadlines.py::test_a_shorter_default_ends_nobodys_lifetime",
    ),
    Cut(
        "count-over-passes",
        LOAD,
        "recent_deletes(ports.ledger, now) if plan.destroys else frozenset()",
        "frozenset()",
        f"{DELETING}test_deadlines.py::test_the_count_of_a_day_goes_over_passes",
    ),
    Cut(
        "lock-only-of-its-host",
        LOCKS,
        "busy.host == record.host and ",
        "",
        f"{DELETING}test_locks.py::test_any_other_lock_is_somebodys",
    ),
    Cut(
        "lock-only-when-old",
        LOCKS,
        "now > busy.since + timeout + LOCK_GRACE",
        "True",
        f"{DELETING}test_locks.py::test_any_other_lock_is_somebodys",
    ),
    Cut(
        "lock-only-of-work",
        LOCKS,
        "record.phase not in AT_WORK or ",
        "",
        f"{DELETING}test_locks.py::test_a_lock_on_what_was_at_rest_is_somebodys",
    ),
    Cut(
        "sandbox-as-recorded",
        FILES,
        "                *_elsewhere(self.fleet, self.snapshot),\n",
        "",
        f"{DELETING}test_ways.py::test_the_sandbox_is_no_place_to_destroy_what_lives_elsewhere",
    ),
    Cut(
        "log-as-it-was-left",
        FILES,
        "                *self.snapshot.gaps,\n",
        "",
        f"{DELETING}test_state.py::test_a_rewritten_log_stops_everything_until_a_person_accepts_it",
    ),
    Cut(
        "folder-holds-its-name",
        "helium/core/spec.py",
        "        return next((folder for folder in folders if folder.endswith(ENDINGS)), last)\n",
        "        return last\n",
        f"{DELETING}test_ways.py::test_a_folder_that_is_called_like_a_specs_file_holds_its_name",
    ),
    Cut(
        "backend-never-changes",
        "helium/reconcile/diff/with_record.py",
        "    if spec.backend != record.backend:\n",
        "    if False:\n",
        f"{DELETING}test_again.py::test_another_backend_for_a_living_name_is_refused",
    ),
)
