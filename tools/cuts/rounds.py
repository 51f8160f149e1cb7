"""Cuts in what a pass does while others are at work."""

from __future__ import annotations

from tools.cuts.cut import Cut

ROUNDS = "tests/reconcile/test_rounds.py::"
LOOP = "helium/reconcile/loop.py"

CUTS = (
    Cut(
        "at-work-is-left-out",
        "helium/reconcile/diff/__init__.py",
        " - observed.at_work)\n",
        ")\n",
        f"{ROUNDS}test_nothing_is_noted_of_a_name_at_work",
    ),
    Cut(
        "seen-stays-behind-what-is-at-work",
        "helium/reconcile/round_notes.py",
        "            seen=known.seen if stays else observed.commit,\n",
        "            seen=observed.commit,\n",
        f"{ROUNDS}test_a_name_that_changes_hands_while_it_is_at_work_is_never_an_edit",
    ),
    Cut(
        "asked-for-by-name",
        "helium/reconcile/decide.py",
        "    looked = with_unlisted(ports.engine, observed, plan=plan)\n",
        "    looked = observed\n",
        f"{ROUNDS}test_a_listing_older_than_the_ledger_loses_nothing",
    ),
    Cut(
        "listed-again-before-a-destroy",
        "helium/reconcile/decide.py",
        "    if known is not None and _rests_on_a_listing(plan):\n",
        "    if False:\n",
        f"{ROUNDS}test_the_state_is_listed_again_before_anything_is_destroyed",
    ),
    Cut(
        "put-back-waits",
        "helium/reconcile/rounds.py",
        "now < known.until\n",
        "False\n",
        f"{ROUNDS}test_a_foreign_lock_is_no_hot_loop",
    ),
    Cut(
        "a-waiter-gets-its-turn",
        LOOP,
        "        if known is not None and before_us(",
        "        if False and before_us(",
        f"{ROUNDS}test_whoever_waits_with_a_plan_of_his_own_gets_his_turn",
    ),
    Cut(
        "ends-with-its-settings",
        LOOP,
        "        self.pace.drains = why_it_drains(self.term.first.observed, decided.observed)\n",
        "",
        f"{ROUNDS}test_a_pass_ends_when_it_may_take_nothing_more",
    ),
    Cut(
        "one-lease-a-pass",
        LOOP,
        "        if self.term.begun and not self.term.writer.lease_is_ours(known):\n",
        "        if False:\n",
        f"{ROUNDS}test_a_pass_ends_when_it_may_take_nothing_more",
    ),
    Cut(
        "rounds-are-apart",
        "helium/reconcile/rounds.py",
        "        self.next_at = began + max(SHORTEST, FACTOR * (now - began))\n",
        "        self.next_at = began\n",
        f"{ROUNDS}test_two_rounds_are_apart_however_much_happens",
    ),
    Cut(
        "takes-work-for-so-long",
        "helium/reconcile/rounds.py",
        "        return now >= self.take_until and not self.to_end\n",
        "        return False\n",
        f"{ROUNDS}test_a_pass_ends_when_it_may_take_nothing_more",
    ),
    Cut(
        "one-plan-one-round",
        "helium/reconcile/pass_options.py",
        "        return self.once or self.dry or self.sharded or chosen\n",
        "        return self.dry or self.sharded or chosen\n",
        f"{ROUNDS}test_a_pass_with_a_plan_of_its_own_asks_for_its_turn",
    ),
    Cut(
        "rounds-note-the-pass",
        "helium/reconcile/term.py",
        "        if self.begun and self.last.trusted:\n",
        "        if False:\n",
        f"{ROUNDS}test_a_create_is_begun_beside_a_slow_one",
    ),
    Cut(
        "limit-counts-what-is-at-work",
        "helium/reconcile/guard/limits.py",
        "    count = len({*names, *begun, *given.observed.recent_deletes})\n",
        "    count = len({*names, *given.observed.recent_deletes})\n",
        "tests/reconcile/test_guard.py::test_few_deletes_counts_earlier_passes_and_what_has_begun",
    ),
    Cut(
        "retries-leave-a-slot",
        "helium/reconcile/work_queue.py",
        "            if retries < 1:\n",
        "            if False:\n",
        f"{ROUNDS}test_what_hangs_again_and_again_leaves_a_slot",
    ),
    Cut(
        "requests-stay-with-what-is-read-again",
        "helium/reconcile/round_notes.py",
        "frozenset[str]() if stays else ",
        "",
        f"{ROUNDS}test_a_requested_removal_is_still_a_request_when_it_was_at_work",
    ),
)
