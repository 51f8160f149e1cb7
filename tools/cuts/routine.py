"""Lines without which something would be merged, or a deadline moved, that somebody else should have looked at."""

from __future__ import annotations

from tools.cuts.cut import Cut

JUDGED = "tests/cli/test_routine_judged.py::"
PURE = "tests/core/test_routine.py::"
RULES, FACTS, MERGE = "helium/core/routine.py", "helium/app/routine.py", "helium/app/routine_merge.py"
TURN, EXTEND = "helium/app/advance.py", "helium/app/extend_comments.py"

CUTS = (
    Cut(
        "routine-only-specs",
        RULES,
        "    if not _SPEC.fullmatch(each.path):\n",
        "    if False:\n",
        f"{PURE}test_only_workspaces_files_are_routine",
    ),
    Cut(
        "routine-only-plain-files",
        RULES,
        "    elif any(side.mode != _PLAIN for side in sides):\n",
        "    elif False:\n",
        f"{PURE}test_only_plain_files_are_routine",
    ),
    Cut(
        "routine-only-what-can-be-read",
        RULES,
        "    elif not sides or any(side.spec is None for side in sides):\n",
        "    elif not sides:\n",
        f"{PURE}test_what_cannot_be_read_needs_a_person",
    ),
    Cut(
        "routine-owner-by-main",
        RULES,
        "    elif before.owner.lower() != asker.lower():\n",
        "    elif False:\n",
        f"{PURE}test_whose_it_is_the_file_on_main_says",
    ),
    Cut(
        "routine-new-is-the-askers",
        RULES,
        "    elif after.owner.lower() != each.asker.lower():\n",
        "    elif False:\n",
        f"{PURE}test_a_new_one_belongs_to_whoever_asks",
    ),
    Cut(
        "routine-known-names-are-not-new",
        RULES,
        "    if each.recorded:\n",
        "    if False:\n",
        f"{PURE}test_a_new_one_belongs_to_whoever_asks",
    ),
    Cut(
        "routine-held-fields",
        RULES,
        "        if getattr(before, field) != getattr(after, field):\n",
        "        if False:\n",
        f"{PURE}test_some_fields_are_never_changed_as_routine",
    ),
    Cut(
        "routine-taken-away-on-the-way",
        FACTS,
        "                sooner=stays and (path in away or self._ends_sooner(name)),\n",
        "                sooner=stays and self._ends_sooner(name),\n",
        "tests/cli/test_routine_second_thoughts.py::test_what_goes_and_comes_again_on_the_way_counts_as_a_removal",
    ),
    Cut(
        "routine-moves",
        RULES,
        "    found |= {*_moves(touched, fleet=fleet), *_too_many(touched, fleet=fleet, used=used)}\n",
        "    found |= {*_too_many(touched, fleet=fleet, used=used)}\n",
        f"{PURE}test_a_file_that_moves_needs_a_person",
    ),
    Cut(
        "routine-bounds",
        RULES,
        "        if here > most:\n",
        "        if False:\n",
        f"{PURE}test_there_are_bounds_for_one_pull_request",
    ),
    Cut(
        "routine-bounds-of-a-day",
        RULES,
        "            if getattr(own, key) and together > most:\n",
        "            if False:\n",
        f"{PURE}test_there_are_bounds_for_one_person_and_day",
    ),
    Cut(
        "routine-protected-stays",
        RULES,
        "        if before.protected:\n",
        "        if False:\n",
        f"{PURE}test_a_protected_workspace_does_not_go_as_routine",
    ),
    Cut(
        "routine-known-accounts",
        FACTS,
        "    if askers is None and not mail:\n",
        "    if False:\n",
        f"{JUDGED}test_who_is_not_known_asks_an_admin",
    ),
    Cut(
        "routine-main-as-it-is",
        FACTS,
        "        pairs = {**own, **effect}\n",
        "        pairs = {**effect, **own}\n",
        f"{JUDGED}test_what_main_has_is_what_counts",
    ),
    Cut(
        "routine-what-a-pass-would-refuse",
        FACTS,
        "        return bool(self.touched) and not (self.needed or self.wrong)\n",
        "        return bool(self.touched) and not self.needed\n",
        f"{JUDGED}test_what_a_pass_would_refuse_is_not_merged",
    ),
    Cut(
        "routine-main-that-moved",
        MERGE,
        "    if fleet.repo.head() != verdict.main:\n",
        "    if False:\n",
        f"{JUDGED}test_main_that_moved_since_the_judgement_is_judged_again",
    ),
    Cut(
        "routine-what-was-judged",
        MERGE,
        "    if same != (now.head_commit, now.base, now.author, now.state):\n",
        "    if False:\n",
        f"{JUDGED}test_a_pull_request_that_changed_since_is_judged_again",
    ),
    Cut(
        "routine-the-last-place",
        MERGE,
        "    used = used_by(before(shares, id), now=now, besides=pull.number)\n",
        "    used = used_by((), now=now, besides=pull.number)\n",
        f"{JUDGED}test_of_two_judges_at_once_one_gets_the_last_place",
    ),
    Cut(
        "routine-in-doubt-keeps-its-share",
        MERGE,
        "    if not settled.commit and not in_doubt:\n",
        "    if not settled.commit:\n",
        f"{JUDGED}test_what_may_be_merged_keeps_its_place",
    ),
    Cut(
        "routine-accounts-that-were-let-go",
        TURN,
        "    if host.permission(pull.author) < Permission.READ:\n",
        "    if False:\n",
        f"{JUDGED}test_who_may_not_read_any_more_is_nobody",
    ),
    Cut(
        "routine-pushed-by-its-author",
        TURN,
        "    if pusher.lower() != pull.author.lower():\n",
        "    if False:\n",
        f"{JUDGED}test_what_somebody_else_pushed_is_not_its_author_s",
    ),
    Cut(
        "routine-own-account-is-nobody",
        TURN,
        "        if askers is None and pull.author == host.account():\n",
        "        if False:\n",
        f"{JUDGED}test_helium_s_own_counts_for_whoever_the_ledger_binds",
    ),
    Cut(
        "extend-once",
        EXTEND,
        "        if _claimed(fleet, mine, now=now):\n",
        "        if True:\n",
        f"{JUDGED}test_a_comment_is_obeyed_once_by_two_jobs",
    ),
    Cut(
        "extend-new-comments-alone",
        "helium/core/extend_command.py",
        "    if comment.comment.edited:\n",
        "    if False:\n",
        "tests/core/test_extend_command.py::test_an_edited_comment_counts_for_nothing",
    ),
    Cut(
        "extend-owner-by-the-file",
        "helium/edits/extending.py",
        "        if not requester.admin and (not spec.owner or spec.owner.lower() != requester.owner.lower()):\n",
        "        if False:\n",
        "tests/edits/test_edits.py::test_more_time_is_for_the_owner_by_the_file_alone",
    ),
)
