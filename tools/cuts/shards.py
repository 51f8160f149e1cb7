"""Lines about a pass that is split: whose lease it is, who claims a name, which plan is followed."""

from __future__ import annotations

from tools.cuts.cut import Cut

_SHARDS = "tests/reconcile/test_shards.py::"
_LEDGER = "tests/adapters/ledger/"
LEDGER_WRITER, SHARDS, FINISH = (f"helium/reconcile/{name}.py" for name in ("ledger_writer", "shards", "finish"))
MERGE, TREE, PLANS = (f"helium/adapters/ledger/{name}.py" for name in ("merge", "tree", "plans"))

CUTS = (
    Cut(
        "shard-under-its-lease",
        MERGE,
        "        _refuse_late(writes.under, head.fleet_record)\n",
        "        pass\n",
        f"{_LEDGER}test_contract.py::test_what_is_written_under_a_lease_that_is_no_more_is_not_written",
    ),
    Cut(
        "shard-joins-a-lease-that-stands",
        LEDGER_WRITER,
        "        if not self.has_lease:\n            lease =",
        "        if False:\n            lease =",
        f"{_SHARDS}test_a_plan_whose_lease_has_moved_on_is_left_alone",
    ),
    Cut(
        "each-term-is-another-lease",
        LEDGER_WRITER,
        "lease.term == (self._run.id, self._counter)",
        "lease.run == self._run.id",
        f"{_SHARDS}test_a_plan_whose_lease_has_moved_on_is_left_alone",
    ),
    Cut(
        "lease-of-shards-hangs-on-no-process",
        "helium/core/run.py",
        "        if not lease.pid:\n            return False\n",
        "",
        f"{_SHARDS}test_no_other_pass_takes_the_lease_of_shards",
    ),
    Cut(
        "claimed-before-it-is-begun",
        SHARDS,
        '        free -= context.writer.flush(f"Begin shard {shard}", claims=True)\n',
        "",
        f"{_SHARDS}test_two_starts_of_one_shard_at_once_share_no_name",
    ),
    Cut(
        "claimed-by-one",
        MERGE,
        " and not writes.claims)",
        ")",
        f"{_LEDGER}test_contract.py::test_of_two_that_claim_a_record_with_the_same_words_one_has_it",
    ),
    Cut(
        "each-claim-is-its-own-commit",
        TREE,
        'f"{text}\\nHelium-Token: {secrets.token_hex(8)}\\n" if writes.claims or writes.takes_lease else text',
        "text",
        f"{_LEDGER}test_contract.py::test_of_two_that_take_the_lease_with_the_same_words_one_has_it",
    ),
    Cut(
        "only-as-announced",
        SHARDS,
        "if record is not None and record == self.sharded.announced.get(change.name):",
        "if record is not None:",
        f"{_SHARDS}test_a_name_whose_record_was_changed_is_left_alone",
    ),
    Cut(
        "passphrase-on-each-machine",
        SHARDS,
        "        prove_ledger(self.ports.engine, context.writer.fleet_record)\n",
        "",
        f"{_SHARDS}test_a_shard_with_a_wrong_passphrase_begins_nothing",
    ),
    Cut(
        "plan-says-what-exists",
        "helium/reconcile/diff/with_record.py",
        "replace(Create.of(workspace, Code.RETRY, reason=_again(record)), exists=True)",
        "Create.of(workspace, Code.RETRY, reason=_again(record))",
        f"{_SHARDS}test_a_shard_knows_from_the_plan_which_stacks_exist",
    ),
    Cut(
        "made-with-the-plans-program",
        SHARDS,
        "recipe is None or recipe.program != change.program",
        "recipe is None",
        f"{_SHARDS}test_a_shard_with_another_program_begins_nothing",
    ),
    Cut(
        "plan-of-this-fleet",
        SHARDS,
        "        if fleet.name != sharded.fleet:\n",
        "        if False:\n",
        f"{_SHARDS}test_a_plan_of_another_fleet_is_refused",
    ),
    Cut(
        "plan-from-the-ledger-alone",
        PLANS,
        "if tip is None or not _leads_back(repository, tip, to=commit):",
        "if tip is None:",
        f"{_LEDGER}test_plans.py::test_a_plan_on_another_branch_is_none",
    ),
    Cut(
        "gone-by-a-listing-with-the-marker",
        FINISH,
        "proven = listing.marker and change.stack",
        "proven = change.stack",
        f"{_SHARDS}test_the_end_believes_only_a_listing_with_the_marker",
    ),
)
