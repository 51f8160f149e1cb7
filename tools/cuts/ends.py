"""Lines by which a workspace ends once, and only when somebody ended it."""

from __future__ import annotations

from tools.cuts.cut import Cut

APPLY = "helium/reconcile/apply.py"
INCARNATIONS = "helium/core/incarnations.py"
TRANSITIONS = "helium/core/transitions.py"
RESTORING = "helium/edits/restoring.py"
HELD = "tests/api/test_held.py::"
ENDS = "tests/reconcile/test_ends.py::"
REQUESTS = "helium/core/removal_requests.py"
REQUESTED = "tests/cli/test_requested.py::"
MOVES = "tests/core/test_transitions.py::"
PENDING = "tests/adapters/engine/test_resolve_pending.py::"

CUTS = (
    Cut(
        "file-of-what-the-log-knows-stays",
        "helium/app/expire.py",
        "frozenset(names) - {line.name for line in lines}",
        "frozenset(names)",
        "tests/cli/test_expired_before.py::test_a_file_of_what_the_log_knows_stays",
    ),
    Cut(
        "end-with-its-proof",
        APPLY,
        "        lines = () if record.emptied else (_line(change, outcome, context=context),)\n",
        "        lines = ()\n",
        f"{ENDS}test_an_end_has_one_line_though_the_pass_died_right_after_it",
    ),
    Cut(
        "destroyed-is-not-put-back",
        APPLY,
        "    except StackBusyError as busy:\n        # Not `busy`",
        "    except ZeroDivisionError as busy:\n        # Not `busy`",
        f"{ENDS}test_a_lock_at_the_removal_of_the_stack_puts_nothing_back",
    ),
    Cut(
        "notes-need-the-lease",
        "helium/reconcile/term.py",
        "        return free or self.writer.has_lease\n",
        "        return True\n",
        f"{ENDS}test_a_look_without_the_lease_drops_nothing_of_what_is_being_created",
    ),
    Cut(
        "deadline-moved-by-a-wrong-clock",
        "helium/reconcile/guard/credibility.py",
        "BY_THE_CLOCK = (Code.EXPIRED, Code.DEADLINE_MOVED)\n",
        "BY_THE_CLOCK = (Code.EXPIRED,)\n",
        "tests/reconcile/test_proofs.py::test_each_fact_is_needed_by_itself",
    ),
    Cut(
        "put-back-edited-goes-on",
        INCARNATIONS,
        "    return (record.protected or not asked) and ",
        "    return record.protected and ",
        f"{MOVES}test_what_its_owner_puts_back_edited_goes_on",
    ),
    Cut(
        "tidied-away-in-an-old-copy",
        "helium/reconcile/guard/workspace.py",
        "    if ownership is None or change.origin in REQUESTED_VIA:\n",
        "    if ownership is None or change.code is not Code.EXPIRED:\n",
        "tests/reconcile/test_guard.py::test_agreed_deadline_holds_what_an_old_copy_tidied_away",
    ),
    Cut(
        "leases-go-by-the-remotes-clock",
        "helium/reconcile/ledger_writer.py",
        "        return self._clock() - self.ahead\n",
        "        return self._clock()\n",
        "tests/reconcile/test_lease.py::test_a_clock_that_is_ahead_takes_no_lease_before_its_end",
    ),
    Cut(
        "notes-of-an-older-lease",
        "helium/adapters/ledger/merge.py",
        "    if writes.only_looked and _at_work_since(on.fleet_record, head.fleet_record):\n",
        "    if False:\n",
        f"{ENDS}test_a_lease_that_was_taken_since_the_look_stops_its_notes",
    ),
    Cut(
        "notes-of-a-renewed-lease",
        "helium/adapters/ledger/merge.py",
        "    return renewed or _counter(now) != _counter(before)\n",
        "    return _counter(now) != _counter(before)\n",
        f"{ENDS}test_a_lease_that_was_renewed_since_the_look_stops_its_notes",
    ),
    Cut(
        "remotes-time-of-the-same-moment",
        "helium/reconcile/load/__init__.py",
        "        remote_time -= clock() - now\n",
        "        pass\n",
        "tests/reconcile/test_lease.py::test_a_pass_that_sleeps_while_it_looks_takes_no_lease_of_a_living_one",
    ),
    Cut(
        "line-whose-push-was-in-doubt",
        "helium/adapters/ledger/tree.py",
        "line for line in lines if line not in whole)",
        "line for line in lines)",
        "tests/adapters/ledger/test_contract.py::test_what_a_push_in_doubt_wrote_is_told_once",
    ),
    Cut(
        "line-with-its-record",
        "helium/adapters/ledger/merge.py",
        "for line in writes.log if line.name not in dropped)",
        "for line in writes.log)",
        "tests/adapters/ledger/test_merge.py::test_a_line_goes_with_its_record",
    ),
    Cut(
        "line-with-its-known-record",
        "helium/reconcile/ledger_writer.py",
        "for line in self._lines if line.name not in changed)",
        "for line in self._lines)",
        "tests/reconcile/test_ledger_writer.py::test_the_line_of_an_end_goes_with_its_record",
    ),
    Cut(
        "put-back-and-edited",
        INCARNATIONS,
        "for blob in (file.blob, addition.blob if addition else None))",
        "for blob in (file.blob,))",
        f"{MOVES}test_what_was_put_back_goes_on",
    ),
    Cut(
        "put-back-as-it-went",
        INCARNATIONS,
        "any(blob in (record.seen_blob, went) for",
        "any(blob in (record.seen_blob,) for",
        f"{MOVES}test_what_was_put_back_goes_on",
    ),
    Cut(
        "own-edit-ends-nothing",
        INCARNATIONS,
        "    if not addition.after_request and _goes_on(record, file, addition=addition):\n",
        "    if False:\n",
        f"{MOVES}test_two_commits_of_a_rebase_are_an_edit_of_the_owner",
    ),
    Cut(
        "another-owner-begins-again",
        INCARNATIONS,
        'record.owner != "" and owner_of(file, record=None, addition=addition) == record.owner\n',
        "True\n",
        f"{MOVES}test_two_commits_of_a_rebase_are_an_edit_of_the_owner",
    ),
    Cut(
        "expiry-line-taken-out",
        TRANSITIONS,
        "    return later if spec.expiry is None and end.at <= now else end\n",
        "    return end\n",
        f"{MOVES}test_a_deadline_moves_into_the_past_only_by_a_date_that_somebody_wrote",
    ),
    Cut(
        "incarnation-is-part-of-ours",
        "helium/adapters/engine/resource_ids.py",
        "OURS = (FLEET, WORKSPACE, INCARNATION)\n",
        "OURS = (FLEET, WORKSPACE)\n",
        f"{PENDING}test_the_former_owners_bucket_never_reaches_the_next_one",
    ),
    Cut(
        "labels-of-the-engine",
        "helium/adapters/engine/program.py",
        "        opts = pulumi.ResourceOptions(transformations=[labelling(workspace)])\n",
        "        opts = pulumi.ResourceOptions()\n",
        f"{PENDING}test_everything_that_takes_labels_says_whose_it_is",
    ),
    Cut(
        "not-findable-is-not-gone",
        "helium/adapters/engine/resolve_pending.py",
        "        if unknown and not options.assume_absent:\n",
        "        if False:\n",
        f"{PENDING}test_what_cannot_be_looked_for_is_never_called_gone",
    ),
    Cut(
        "marker-with-its-proof",
        "helium/reconcile/marker.py",
        ' or writer.fleet_record.marker != "created":\n',
        ":\n",
        f"{ENDS}test_a_marker_without_its_proof_is_finished_before_the_first_stack",
    ),
    Cut(
        "restored-as-it-was",
        RESTORING,
        "    return newest_file(repo, name, fits=lambda entry: entry.blob == blob)\n",
        "    return newest_file(repo, name, fits=lambda _: True)\n",
        f"{HELD}test_only_the_very_file_comes_back",
    ),
    Cut(
        "restored-before-its-deadline",
        RESTORING,
        "        if deadline <= context.now and not waits:\n",
        "        if False:\n",
        f"{HELD}test_a_file_whose_deadline_passed_stays_away",
    ),
    Cut(
        "requests-are-in-the-ledger",
        REQUESTS,
        "        return request is not None and name in request.names and self._is_of(request, name)\n",
        "        return bool(id)\n",
        f"{REQUESTED}test_a_typed_trailer_frees_nobody_from_the_limit",
    ),
    Cut(
        "requests-name-their-names",
        REQUESTS,
        " and name in request.names",
        "",
        "tests/core/test_removal_requests.py::test_the_ledger_knows_which_names_somebody_asked_for",
    ),
    Cut(
        "requests-are-done-once",
        REQUESTS,
        "request.id not in landed and ",
        "",
        f"{REQUESTED}test_the_id_of_a_request_is_good_for_its_own_names_once",
    ),
    Cut(
        "requests-are-of-the-first-commit",
        "helium/adapters/git_repo/history.py",
        'request if first_with.get(request) == step.commit.id else ""\n',
        "request\n",
        "tests/adapters/git_repo/test_contract.py::test_a_request_is_that_of_the_first_commit_that_names_it",
    ),
    Cut(
        "requests-are-of-one-incarnation",
        REQUESTS,
        "        return not isinstance(record, Record) or record.added_at <= request.time + _SKEW\n",
        "        return True\n",
        "tests/core/test_removal_requests.py::test_a_request_is_about_who_had_the_name_then",
    ),
    Cut(
        "destroyed-is-not-extended",
        "helium/edits/__init__.py",
        "        permissions.require_not_destroyed(name, entry.blob, record=context.records.get(name))\n",
        "",
        f"{HELD}test_what_is_destroyed_is_not_extended",
    ),
)
