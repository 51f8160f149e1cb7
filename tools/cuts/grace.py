"""Lines without which a grace would end too early, never end, or hold what a person has allowed."""

from __future__ import annotations

from tools.cuts.cut import Cut

TESTS = "tests/reconcile/test_grace.py::"
CORE = "helium/core/grace.py"

CUTS = (
    Cut(
        "grace-begins-once",
        CORE,
        "        since = begins if record.due is None or begins_again else min(record.due, now)\n",
        "        since = now\n",
        f"{TESTS}test_a_removal_waits_and_then_goes",
    ),
    Cut(
        "grace-is-of-one-removal",
        CORE,
        "        since = begins if record.due is None or begins_again else min(record.due, now)\n",
        "        since = begins if record.due is None else min(record.due, now)\n",
        f"{TESTS}test_put_back_and_removed_again_before_a_pass_looks_it_waits_anew",
    ),
    Cut(
        "grace-after-an-extension",
        CORE,
        "    return any(_is_other(record, blob) for blob in (removal.blob, *between))\n",
        "    return False\n",
        f"{TESTS}test_extended_in_its_grace_and_then_removed_it_waits_as_long",
    ),
    Cut(
        "grace-ends-with-the-file",
        CORE,
        "    if stays:\n        since = None\n",
        "    if stays:\n        since = record.due\n",
        f"{TESTS}test_put_back_it_stays_and_a_later_removal_waits_as_long",
    ),
    Cut(
        "grace-of-a-clock-ahead",
        CORE,
        "        since = begins if record.due is None or begins_again else min(record.due, now)\n",
        "        since = begins if record.due is None or begins_again else record.due\n",
        f"{TESTS}test_a_clock_that_was_ahead_holds_nothing_for_days",
    ),
    Cut(
        "grace-of-a-later-end",
        CORE,
        "    again = again or (record.due is not None and record.due < end)\n",
        "",
        f"{TESTS}test_extended_in_its_grace_it_waits_after_the_new_end",
    ),
    Cut(
        "grace-by-a-believed-clock",
        "helium/reconcile/guard/guard_input.py",
        "        now = self.believed_time\n",
        "        now = self.plan.now\n",
        f"{TESTS}test_a_clock_that_jumps_ahead_ends_no_grace",
    ),
    Cut(
        "grace-of-a-clock-in-doubt",
        CORE,
        "    return replace(new, due=_UNKNOWN) if doubtful and new.due is not None and new.due == believed else new\n",
        "    return new\n",
        f"{TESTS}test_what_a_clock_in_doubt_saw_waits_as_long_from_the_first_look_that_is_believed",
    ),
    Cut(
        "grace-of-one-deadline",
        CORE,
        "    again = record.removed is not None or record.name in observed.changed_back\n",
        "    again = record.removed is not None\n",
        f"{TESTS}test_moved_into_the_past_and_away_and_back_it_waits_again",
    ),
    Cut(
        "grace-after-an-edit-that-was-taken-back",
        CORE,
        "    return any(_is_other(record, blob) for blob in (removal.blob, *between))\n",
        "    return any(_is_other(record, blob) for blob in (removal.blob,))\n",
        f"{TESTS}test_moved_into_the_past_and_away_and_back_and_removed_it_waits_again",
    ),
    Cut(
        "last-look-at-what-came-and-went",
        "helium/reconcile/apply.py",
        "    if change.blob is None and head != planned_at and change.name in repo.touched(head, since=planned_at):\n",
        "    if False:\n",
        f"{TESTS}test_put_back_and_removed_again_while_a_pass_is_at_work_it_waits_anew",
    ),
    Cut(
        "grace-holds-no-release",
        "helium/reconcile/guard/grace.py",
        "        if name in released:\n",
        "        if False:\n",
        f"{TESTS}test_an_admin_ends_the_wait",
    ),
    Cut(
        "grace-holds-nothing-begun",
        CORE,
        "    if not grace or record.phase in (Phase.DELETING, Phase.GONE) or record.released:\n",
        "    if not grace or record.released:\n",
        f"{TESTS}test_what_has_begun_does_not_wait",
    ),
    Cut(
        "grace-keeps-the-file",
        "helium/reconcile/expired_files.py",
        "    if going is not None and grace_ends(going, fleet=observed.fleet, now=now) is not None:\n",
        "    if False:\n",
        f"{TESTS}test_the_file_stays_until_the_grace_is_over",
    ),
    Cut(
        "grace-has-its-place",
        "helium/edits/quota.py",
        "(record.held or record.protected or _waits(",
        "(record.held or record.protected or False and _waits(",
        "tests/edits/test_quota.py::test_what_waits_still_has_its_place",
    ),
)
