"""Lines that keep a stack whose state cannot be read, and give it up only when a person says so."""

from __future__ import annotations

from tools.cuts.cut import DELETING, Cut

CORRUPT = f"{DELETING}test_corrupt_stack.py::"
SCAN = "tests/adapters/engine/test_folder_scan.py::"
BUCKET = "tests/adapters/engine/test_bucket.py::"

CUTS = (
    Cut(
        "corrupt-stack-is-kept",
        "helium/reconcile/diff/__init__.py",
        'if why := next((why for stack in facts.stacks if (why := _corrupt(facts, stack))), ""):',
        'if why := "":',
        f"{CORRUPT}test_a_corrupt_stack_in_step_is_kept",
    ),
    Cut(
        "corrupt-stack-spoils-its-name-only",
        "helium/reconcile/load/open_stacks.py",
        "        if not error.stack:\n",
        "        if True:\n",
        f"{CORRUPT}test_a_stack_that_cannot_be_opened_spoils_its_own_name",
    ),
    Cut(
        "engine-that-cannot-start-is-no-corrupt-stack",
        "helium/reconcile/load/open_stacks.py",
        "        if not error.stack:\n            raise\n",
        "",
        "tests/reconcile/test_load.py::test_an_engine_that_cannot_start_ends_the_pass",
    ),
    Cut(
        "given-up-only-if-unreadable",
        "helium/adapters/engine/removal.py",
        "        return ()\n",
        "        pass\n",
        f"{CORRUPT}test_a_corrupt_stack_is_given_up_by_a_person",
    ),
    Cut(
        "backup-goes-with-its-state",
        "helium/adapters/engine/state_files.py",
        "            _backup(path).rename(_backup(moved[-1]))\n",
        "            pass\n",
        f"{CORRUPT}test_a_corrupt_stack_is_given_up_by_a_person",
    ),
    Cut(
        "written-over-a-stack",
        "helium/adapters/engine/state_files.py",
        '    if document["checkpoint"].get("latest") is None and _holds_something(backup()):\n',
        "    if False:\n",
        f"{SCAN}test_a_stack_without_a_deployment_is_empty_only_if_it_never_held_anything",
    ),
    Cut(
        "written-over-a-stack-in-a-bucket",
        "helium/adapters/engine/listing.py",
        "    return any(each.corrupt for each in scanned if each.id == stack)\n",
        "    return False\n",
        f"{BUCKET}test_a_stack_without_a_deployment_in_a_bucket_is_empty_only_if_it_never_held_anything",
    ),
    Cut(
        "history-where-nobody-can-look",
        "helium/adapters/engine/engine.py",
        "        return not (self._newest(stack) if held is None else held)\n",
        "        return not held\n",
        f"{BUCKET}test_a_stack_without_a_deployment_in_a_bucket_is_empty_only_if_it_never_held_anything",
    ),
    Cut(
        "only-the-proven-is-forgotten",
        "helium/reconcile/leftovers.py",
        "    if record.emptied is None:\n",
        "    if False:\n",
        "tests/reconcile/test_leftovers.py::test_nothing_is_forgotten_of_what_was_never_proven_empty",
    ),
    Cut(
        "what-exists-is-not-forgotten",
        "helium/adapters/engine/removal.py",
        "        return\n",
        "        pass\n",
        "tests/adapters/engine/test_removal.py::test_a_stack_that_exists_is_not_forgotten",
    ),
    Cut(
        "backups-of-half-a-stack-stay",
        "helium/adapters/engine/removal.py",
        'Job(stack, ("stack", "rm", str(stack), "--yes")))',
        'Job(stack, ("stack", "rm", str(stack), "--yes", "--remove-backups")))',
        "tests/adapters/engine/test_removal.py::test_backups_of_half_a_stack_stay",
    ),
    Cut(
        "torn-attributes-go",
        "helium/adapters/engine/folder_scan.py",
        "        Path(path).unlink()\n",
        "        pass\n",
        f"{CORRUPT}test_a_torn_file_of_attributes_hides_no_stack",
    ),
)
