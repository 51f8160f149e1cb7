"""What `tools.brakes` takes out: the line, what stands there instead, and the test that must then fail."""

from __future__ import annotations

from dataclasses import dataclass

_GUARD = "tests/reconcile/test_guard.py::"
_LOOP = "tests/reconcile/test_loop.py::"
_HERE = "tests/deleting/"
APPLY, LOOP, LOAD, FILES = (f"helium/reconcile/{name}.py" for name in ("apply", "loop", "load/__init__", "load/files"))
ENGINE, LOCKS, CLOSE = "helium/adapters/engine/engine.py", "helium/reconcile/locks.py", "helium/reconcile/close.py"


@dataclass(frozen=True, slots=True)
class Cut:
    """`line` of `path` becomes `without`; then `test` fails."""

    name: str
    path: str
    line: str
    without: str
    test: str


BRAKES = {
    "whole": f"{_GUARD}test_whole_holds_destroys_alone",
    "ours": f"{_GUARD}test_ours_holds_everything",
    "nothing_lost": f"{_GUARD}test_nothing_lost_holds_everything_when_two_are_missing",
    "history": f"{_GUARD}test_history_holds_everything_off_the_accepted_line",
    "clock": f"{_GUARD}test_clock_holds_what_expired",
    "not_paused": f"{_GUARD}test_not_paused_holds_everything",
    "readable": f"{_GUARD}test_readable_holds_a_name_whose_file_is_there",
    "facts_known": f"{_GUARD}test_facts_known_holds_what_is_not_proven_ours",
    "unprotected": f"{_GUARD}test_unprotected_holds_what_was_protected_when_last_applied",
    "backend_known": f"{_GUARD}test_backend_known_holds_while_the_file_is_there",
    "deadline_recorded": f"{_GUARD}test_deadline_recorded_holds_a_deadline_that_came_nearer_by_itself",
    "few_deletes": f"{_GUARD}test_few_deletes_holds_all_of_too_many",
    "some_spec_left": f"{_GUARD}test_some_spec_left_holds_an_emptied_folder",
    "as_expected": f"{_GUARD}test_as_expected_holds_a_removal_that_was_not_shown",
}
"""The test of each brake of the guard, by its function's name."""

CUTS = (
    Cut(
        "protect",
        ENGINE,
        "IGNORE_PROTECT if allow_replace else {}",
        "IGNORE_PROTECT",
        f"{_HERE}test_proof.py::test_what_would_replace_data_is_refused_until_a_person_names_it",
    ),
    Cut(
        "replacing-is-taking",
        LOOP,
        "        plan = diff(facts, now).replacing(named)\n",
        "        plan = diff(facts, now)\n",
        f"{_HERE}test_replacing.py",
    ),
    Cut(
        "last-look-of-a-destroy",
        APPLY,
        "    why = _last_look(change, site)\n",
        '    why = ""\n',
        f"{_LOOP}test_the_last_look_drops_a_destroy_when_the_world_moved",
    ),
    Cut(
        "last-look-of-a-replacement",
        APPLY,
        '_last_look(change, site) if change.replaces else ""',
        '""',
        f"{_HERE}test_replacing.py::test_a_replacement_has_a_last_look",
    ),
    Cut(
        "replacement-of-a-removed-file",
        "helium/reconcile/guard/name.py",
        "    if not isinstance(change, Destroy) and not blobs:\n",
        "    if False:\n",
        f"{_GUARD}test_moved_drops_a_replacement_whose_file_went",
    ),
    Cut(
        "lease-at-the-last-look",
        APPLY,
        "    if not site.book.holds(register):\n        return NO_LEASE\n",
        "",
        f"{_LOOP}test_the_last_look_drops_a_destroy_when_the_world_moved",
    ),
    Cut(
        "pause-before-each-change",
        APPLY,
        "    why = paused(False, register, now=site.clock())\n",
        '    why = ""\n',
        f"{_LOOP}test_a_pause_is_read_again_before_each_change",
    ),
    Cut(
        "phase-pushed-first",
        LOOP,
        '        return site.book.flush("Begin a pass")\n',
        "        return frozenset()\n",
        f"{_LOOP}test_the_phase_is_in_the_ledger_before_the_engine_starts",
    ),
    Cut(
        "not-on-a-changed-record",
        LOOP,
        "[change for change in work if change.name not in lost]",
        "[*work]",
        f"{_LOOP}test_a_record_that_somebody_else_changed_is_left_to_the_next_pass",
    ),
    Cut(
        "passphrase-first",
        LOOP,
        "            self.ports.engine.check_marker()\n",
        "            pass\n",
        f"{_LOOP}test_a_wrong_passphrase_applies_nothing",
    ),
    Cut(
        "no-ledger-beside-a-marker",
        LOOP,
        "        if self._estranged(plan):\n            return Result(plan)\n",
        "",
        f"{_HERE}test_steps.py::test_a_pass_that_refuses_the_state_begins_no_ledger",
    ),
    Cut(
        "nothing-from-refused-history",
        LOOP,
        "        if not strays(facts):\n",
        "        if True:\n",
        f"{_HERE}test_lives.py::test_what_a_refused_history_showed_is_not_written_down",
    ),
    Cut(
        "rewritten-history-tells-no-birth",
        FILES,
        "        if since is None:\n            births =",
        "        if False:\n            births =",
        f"{_HERE}test_lives.py::test_a_rebased_main_begins_no_life_anew",
    ),
    Cut(
        "read-again-before-it-goes",
        FILES,
        "            and record.deadline > self.now\n",
        "",
        f"{_HERE}test_steps.py::test_what_expired_goes_though_its_file_stays",
    ),
    Cut(
        "revert-is-no-new-life",
        "helium/core/life.py",
        "or blob != record.seen_blob",
        "or True",
        "tests/reconcile/test_diff.py::test_the_same_blob_back_is_a_revert",
    ),
    Cut(
        "another-blob-is-another-life",
        "helium/core/life.py",
        "    return birth.blob != (birth.blob_before or record.seen_blob)\n",
        "    return False\n",
        f"{_HERE}test_lives.py::test_another_blob_is_another_life",
    ),
    Cut(
        "deleting-is-never-reverted",
        "helium/core/life.py",
        "record.phase in (Phase.DELETING, Phase.GONE) or ",
        "",
        f"{_HERE}test_lives.py::test_made_again_while_a_destroy_fails_is_another_life",
    ),
    Cut(
        "mark-of-the-same-life",
        "helium/core/life.py",
        "(mark.name, mark.backend, mark.born) ==",
        "(record.name, record.backend, record.born) ==",
        f"{_GUARD}test_facts_known_holds_what_is_not_proven_ours",
    ),
    Cut(
        "deadline-ahead-when-recorded",
        "helium/core/life.py",
        "if deadline > now and deadline != record.deadline",
        "if deadline != record.deadline",
        f"{_HERE}test_deadlines.py::test_a_change_merged_after_its_own_date_counts_as_a_removal",
    ),
    Cut(
        "lifetime-of-its-day",
        "helium/core/life.py",
        "return parse_lifetime(record.lifetime) if record.lifetime else default",
        "return default",
        f"{_HERE}test_deadlines.py::test_a_shorter_default_ends_nobodys_life",
    ),
    Cut(
        "count-over-passes",
        LOAD,
        "recent_deletes(ports.ledger, now) if plan.destroys else frozenset()",
        "frozenset()",
        f"{_HERE}test_deadlines.py::test_the_count_of_a_day_goes_over_passes",
    ),
    Cut(
        "proof-export-empty",
        APPLY,
        "    if not engine.empty(change.stack):\n",
        "    if False:\n",
        f"{_LOOP}test_a_destroy_that_leaves_something_is_a_failure",
    ),
    Cut(
        "proof-emptied-pushed",
        APPLY,
        '    if change.name in site.book.flush(f"Note that {change.name} is empty"):\n',
        "    if False:\n",
        f"{_HERE}test_steps.py::test_that_it_is_empty_is_pushed_before_its_name_goes",
    ),
    Cut(
        "proof-never-forced",
        ENGINE,
        '("stack", "rm", str(stack), "--yes")',
        '("stack", "rm", str(stack), "--yes", "--force")',
        "tests/adapters/engine/test_contract.py::test_a_stack_that_holds_something_is_not_removed",
    ),
    Cut(
        "proof-later-listing",
        CLOSE,
        "listing.marker and change.stack not in listed and",
        "listing.marker and",
        f"{_HERE}test_steps.py::test_a_record_leaves_only_when_a_later_listing_lacks_its_stack",
    ),
    Cut(
        "proof-settled-first",
        ENGINE,
        "        state = self._settled(stack, drop_strangers=True)\n",
        "        state = self._export(stack)\n",
        "tests/adapters/engine/test_settle.py::test_killed_in_a_create_it_is_destroyed",
    ),
    Cut(
        "failed-create-remembered",
        "helium/adapters/engine/calls.py",
        "            self._remember(job.stack, reply)\n",
        "",
        "tests/adapters/engine/test_settle.py::test_a_provider_that_dies_converges",
    ),
    Cut(
        "state-folder-must-be-there",
        "helium/adapters/engine/observe.py",
        "    if not folder.is_dir():\n",
        "    if False:\n",
        f"{_HERE}test_state.py::test_a_state_url_with_a_typing_mistake_is_an_error",
    ),
    Cut(
        "lock-only-of-its-host",
        LOCKS,
        "busy.host == record.host and ",
        "",
        f"{_HERE}test_locks.py::test_any_other_lock_is_somebodys",
    ),
    Cut(
        "lock-only-when-old",
        LOCKS,
        "now > busy.since + timeout + LOCK_GRACE",
        "True",
        f"{_HERE}test_locks.py::test_any_other_lock_is_somebodys",
    ),
    Cut(
        "lock-only-of-work",
        LOCKS,
        "record.phase not in AT_WORK or ",
        "",
        f"{_HERE}test_locks.py::test_a_lock_on_what_was_at_rest_is_somebodys",
    ),
    Cut(
        "lease-before-each-change",
        APPLY,
        "    if not site.book.holds(register):\n        return _put_back",
        "    if False:\n        return _put_back",
        "tests/reconcile/test_lease.py",
    ),
    Cut(
        "last-look-after-what-takes-long",
        APPLY,
        "    site.ports.engine.settle(change.stack, ends=isinstance(change, Destroy))\n",
        "",
        "tests/reconcile/test_lease.py::test_the_last_look_comes_after_all_that_takes_long",
    ),
    Cut(
        "sleeper-ended-first",
        "helium/adapters/engine/calls.py",
        "            end(lock)\n",
        "            pass\n",
        "tests/adapters/engine/test_process.py::test_who_sleeps_with_a_lock_is_ended_when_it_is_broken",
    ),
    Cut(
        "lock-only-with-the-lease",
        APPLY,
        "if not dead or not site.book.holds(site.ports.ledger.register()):",
        "if not dead:",
        f"{_HERE}test_locks.py::test_a_pass_without_the_lease_breaks_no_lock",
    ),
    Cut(
        "lock-of-another-machine",
        "helium/adapters/engine/locks.py",
        "    if lock.host != socket.gethostname():\n        return False\n",
        "",
        "tests/adapters/engine/test_process.py::test_a_lock_of_another_machine_is_respected",
    ),
    Cut(
        "log-only-grows",
        "helium/adapters/ledger/tree.py",
        'whole + b"".join(lines)',
        'b"".join(lines)',
        "tests/adapters/ledger/test_branch.py::test_old_lines_are_never_rewritten",
    ),
    Cut(
        "redactor",
        "helium/adapters/engine/redact.py",
        "            text = text.replace(form, SHOWN)\n",
        "            pass\n",
        "tests/adapters/engine/test_redact.py",
    ),
    Cut(
        "sandbox-of-the-day",
        FILES,
        "(*self.snapshot.gaps, *_elsewhere(self.fleet, self.snapshot))",
        "self.snapshot.gaps",
        f"{_HERE}test_ways.py::test_the_sandbox_is_no_place_to_destroy_what_lives_elsewhere",
    ),
    Cut(
        "log-as-it-was-left",
        FILES,
        "(*self.snapshot.gaps, *_elsewhere(self.fleet, self.snapshot))",
        "tuple(_elsewhere(self.fleet, self.snapshot))",
        f"{_HERE}test_state.py::test_a_rewritten_log_stops_everything_until_a_person_accepts_it",
    ),
    Cut(
        "workspaces-is-a-folder",
        "helium/adapters/git_repo/read.py",
        "    if WORKSPACES in tree and tree[WORKSPACES].filemode != FOLDER:\n",
        "    if False:\n",
        f"{_HERE}test_state.py::test_workspaces_that_is_no_folder_is_a_named_fault",
    ),
    Cut(
        "folder-holds-its-name",
        "helium/core/spec.py",
        "        return next((folder for folder in folders if folder.endswith(ENDINGS)), last)\n",
        "        return last\n",
        f"{_HERE}test_ways.py::test_a_folder_that_is_called_like_a_specs_file_holds_its_name",
    ),
    Cut(
        "strangers-are-not-ours",
        "helium/adapters/engine/settle.py",
        "        strangers = _strangers(state, suspects)\n",
        "        strangers: tuple[Suspect, ...] = ()\n",
        f"{_HERE}test_ways.py::test_the_bucket_of_a_fleet_with_a_longer_name_is_not_ours",
    ),
    Cut(
        "backend-never-changes",
        "helium/reconcile/diff/later.py",
        "    if spec.backend != record.backend:\n",
        "    if False:\n",
        f"{_HERE}test_again.py::test_another_backend_for_a_living_name_is_refused",
    ),
    Cut(
        "newer-record-stays",
        "helium/adapters/ledger/merge.py",
        "    if _of_newer(known) or (",
        "    if (",
        "tests/adapters/ledger/test_branch.py::test_a_record_of_a_newer_format_that_cannot_be_read_is_left_alone",
    ),
    Cut(
        "newer-record-is-not-rebuilt",
        "helium/cli/ledger.py",
        "    refuse_newer(snapshot.records)\n",
        "",
        f"{_HERE}test_state.py::test_a_rebuild_leaves_what_a_newer_helium_wrote",
    ),
    Cut(
        "credential-of-today",
        "helium/adapters/engine/clusters.py",
        'return {"KUBECONFIG": str(self.path)} if self.path else {}',
        "return {}",
        f"{_HERE}test_credential.py::test_a_destroy_needs_nothing_of_the_day_of_creation",
    ),
    Cut(
        "texts-in-texts",
        "helium/adapters/engine/redact.py",
        "SHALLOW, DEEP = 2, 4\n",
        "SHALLOW, DEEP = 0, 2\n",
        f"{_HERE}test_secrets.py::test_a_helm_error_with_the_values_in_it_tells_no_secret",
    ),
    Cut(
        "unforeseen-without-its-text",
        APPLY,
        'f"a fault in Helium: {unforeseen(error)}"',
        'f"{type(error).__name__}: {error}"',
        f"{_HERE}test_secrets.py::test_what_nobody_foresaw_is_told_without_its_text",
    ),
)
