"""Lines about the order of steps: the last look, the lease, what is written before and after."""

from __future__ import annotations

from tools.cuts.cut import DELETING, PASS, WRONG_CLUSTER, Cut

APPLY = "helium/reconcile/apply.py"
LOOP = "helium/reconcile/loop.py"
TERM = "helium/reconcile/term.py"
FINISH = "helium/reconcile/finish.py"
RESOLVE = "    resolved = _resolved(change, context)\n"
LAST_LOOK = (
    "    if why := _last_look(change, context):\n"
    "        return put_back(change, context, code=Code.CHANGED_MEANWHILE, why=why)\n"
)

CUTS = (
    Cut(
        "record-of-its-own-addition",
        "helium/reconcile/announce.py",
        "record and not record.emptied and same_incarnation(record, change.workspace.ownership)",
        "record and not record.emptied",
        f"{PASS}test_another_incarnation_of_what_was_never_created_begins_with_its_own_addition",
    ),
    Cut(
        "replacing-counts-as-a-destroy",
        "helium/reconcile/decide.py",
        "    return diff(observed, now).replacing(may_replace)\n",
        "    return diff(observed, now)\n",
        f"{DELETING}test_replacing.py",
    ),
    Cut(
        "wrong-cluster-is-put-back",
        APPLY,
        "    if isinstance(error, WrongClusterError):\n",
        "    if False:\n",
        f"{WRONG_CLUSTER}test_what_the_engine_finds_in_another_cluster_is_left_as_it_was",
    ),
    Cut(
        "last-look-of-a-destroy",
        APPLY,
        "    if why := _last_look(change, context):\n",
        '    if why := "":\n',
        f"{PASS}test_the_last_look_drops_a_destroy_when_the_world_moved",
    ),
    Cut(
        "last-look-of-a-replacement",
        APPLY,
        "    if (change.replaces or context.looks_last) and (why := _last_look(change, context)):\n",
        '    if why := "":\n',
        f"{DELETING}test_replacing.py::test_a_replacement_has_a_last_look",
    ),
    Cut(
        "no-removal-is-announced-early",
        "helium/reconcile/work_queue.py",
        "if not isinstance(change, Destroy) and not change.replaces)",
        "if True)",
        "tests/reconcile/test_push_pace.py::test_what_deletes_and_what_failed_before_are_never_announced_early",
    ),
    Cut(
        "lease-at-the-last-look",
        APPLY,
        "    if not context.writer.may_begin(fleet_record):\n        return NO_LEASE\n",
        "",
        f"{PASS}test_the_last_look_drops_a_destroy_when_the_world_moved",
    ),
    Cut(
        "pause-before-each-change",
        APPLY,
        "    if why := paused(False, fleet_record, now=context.clock()):\n",
        '    if why := "":\n',
        f"{PASS}test_a_pause_is_read_again_before_each_change",
    ),
    Cut(
        "phase-pushed-first",
        TERM,
        'self.writer.flush("Begin a pass" if first else "Begin more")\n',
        "frozenset[str]()\n",
        f"{PASS}test_the_phase_is_in_the_ledger_before_the_engine_starts",
    ),
    Cut(
        "not-on-a-changed-record",
        TERM,
        "[change for change in work if change.name not in not_ours]",
        "[*work]",
        f"{PASS}test_a_record_that_somebody_else_changed_is_left_to_the_next_pass",
    ),
    Cut(
        "passphrase-first",
        TERM,
        "            prove_ledger(self.ports.engine, self.writer.fleet_record)\n",
        "            pass\n",
        f"{PASS}test_a_wrong_passphrase_applies_nothing",
    ),
    Cut(
        "no-ledger-beside-a-marker",
        LOOP,
        "        if plan.state_is_doubtful:\n",
        "        if False:\n",
        f"{DELETING}test_steps.py::test_a_pass_that_refuses_the_state_begins_no_ledger",
    ),
    Cut(
        "nothing-from-refused-history",
        "helium/reconcile/round_notes.py",
        "    if history_was_rewritten(observed):\n",
        "    if False:\n",
        f"{DELETING}test_incarnations.py::test_what_a_refused_history_showed_is_not_written_down",
    ),
    Cut(
        "proof-export-empty",
        APPLY,
        "    if not engine.empty(change.stack):\n",
        "    if False:\n",
        f"{PASS}test_a_destroy_that_leaves_something_is_a_failure",
    ),
    Cut(
        "proof-emptied-pushed",
        APPLY,
        "    if context.writer.flush_in_turn(note, name=change.name, pause=context.pause):\n",
        "    if False:\n",
        f"{DELETING}test_steps.py::test_that_it_is_empty_is_pushed_before_its_name_goes",
    ),
    Cut(
        "proof-later-listing",
        FINISH,
        "listing.marker and change.stack not in listed and",
        "listing.marker and",
        f"{DELETING}test_steps.py::test_a_record_leaves_only_when_a_later_listing_lacks_its_stack",
    ),
    Cut(
        "lease-before-each-change",
        APPLY,
        "    if not context.writer.may_begin(fleet_record):\n        return put_back",
        "    if False:\n        return put_back",
        "tests/reconcile/test_lease.py",
    ),
    Cut(
        "lease-for-as-long-as-it-takes",
        "helium/reconcile/ledger_writer.py",
        " and lease.until - self.lease_time >= needed\n",
        "\n",
        "tests/reconcile/test_lease.py::test_a_lease_that_has_run_out_lets_nothing_begin",
    ),
    Cut(
        "last-look-comes-last",
        APPLY,
        f"{RESOLVE}{LAST_LOOK}",
        f"{LAST_LOOK}{RESOLVE}",
        "tests/reconcile/test_lease.py::test_the_last_look_comes_after_all_that_takes_long",
    ),
    Cut(
        "lock-only-with-the-lease",
        APPLY,
        "if not dead or not context.writer.lease_is_ours(context.ports.ledger.fleet_record()):",
        "if not dead:",
        f"{DELETING}test_locks.py::test_a_pass_without_the_lease_breaks_no_lock",
    ),
    Cut(
        "unforeseen-without-its-text",
        APPLY,
        'f"a bug in Helium: {unforeseen(error)}"',
        'f"{type(error).__name__}: {error}"',
        f"{DELETING}test_secrets.py::test_what_nobody_foresaw_is_reported_without_its_text",
    ),
)
