"""Lines without which a workspace would end before the end that people see."""

from __future__ import annotations

from tools.cuts.cut import Cut

LIFETIMES = "helium/core/lifetimes.py"
TRANSITIONS = "helium/core/transitions.py"
HOURS = "tests/reconcile/test_working_hours.py::"

CUTS = (
    Cut(
        "end-in-working-hours",
        LIFETIMES,
        "        return End(self.hours.first_at(written, until=latest) or written, written)\n",
        "        return End(written, written)\n",
        f"{HOURS}test_an_end_at_night_comes_in_the_morning",
    ),
    Cut(
        "settings-bring-no-end-nearer",
        TRANSITIONS,
        "    if noted.written == end.written:\n",
        "    if False:\n",
        f"{HOURS}test_settings_end_nothing",
    ),
    Cut(
        "moved-end-is-noted-with-what-is-written",
        TRANSITIONS,
        "    return replace(record, deadline=end.at, written=end.moved_from)\n",
        "    return replace(record, deadline=end.at)\n",
        f"{HOURS}test_hours_that_come_and_go_end_nothing",
    ),
    Cut(
        "hours-that-came-since-the-record",
        TRANSITIONS,
        "    return End(max(today.at, record.deadline), written)\n",
        "    return End(record.deadline, written)\n",
        f"{HOURS}test_hours_that_come_save_a_file_with_errors_as_well",
    ),
    Cut(
        "grace-from-the-end-that-is-seen",
        "helium/core/grace.py",
        "    deadline = recorded_end(record, lifetimes).at\n",
        "    deadline = record.deadline\n",
        f"{HOURS}test_a_grace_begins_with_the_end_that_people_see",
    ),
    Cut(
        "end-without-a-file-is-noted",
        "helium/reconcile/record_observation.py",
        "    if (file is None or isinstance(file, InvalidSpec)) and record.phase is not Phase.DELETING:\n",
        "    if False:\n",
        f"{HOURS}test_settings_end_nothing_whose_file_says_nothing",
    ),
    Cut(
        "moved-end-after-a-rebuild",
        "helium/reconcile/repair.py",
        "        written=ownership.written,\n",
        "",
        f"{HOURS}test_a_ledger_that_was_rebuilt_knows_what_was_moved",
    ),
)
