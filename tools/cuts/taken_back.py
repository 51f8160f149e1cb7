"""Lines without which what was taken back is destroyed after all, or somebody else gets what it was."""

from __future__ import annotations

from tools.cuts.cut import DELETING, Cut

INCARNATIONS = "helium/core/incarnations.py"
TRAIL = "helium/adapters/git_repo/lineages.py"
GOES_ON = f"{DELETING}test_taken_back.py::test_what_comes_back_to_the_letter_goes_on"
ANOTHERS = f"{DELETING}test_taken_back.py::test_what_somebody_else_put_there_gets_nothing_of_it"
CONTRACT = "tests/adapters/git_repo/test_contract.py::"

CUTS = (
    Cut(
        "taken-back-to-the-letter",
        INCARNATIONS,
        "    if not seen.isdisjoint(lineage.blobs):\n        return True\n",
        "",
        GOES_ON,
    ),
    Cut(
        "taken-back-after-a-pass",
        INCARNATIONS,
        "    return addition is not None and addition.lineage is not None and is_of(record, addition.lineage)\n",
        "    return False\n",
        GOES_ON,
    ),
    Cut(
        "taken-back-from-the-record",
        INCARNATIONS,
        "        return not is_of(record, addition.lineage)\n",
        "        return addition.blob != (addition.blob_before or record.seen_blob)\n",
        ANOTHERS,
    ),
    Cut(
        "own-file-while-it-was-there",
        INCARNATIONS,
        "    return record.removed is None and (lineage.added_at is None or",
        "    return (lineage.added_at is None or",
        ANOTHERS,
    ),
    Cut(
        "lineage-ends-at-another-text",
        TRAIL,
        "            self.ended = self.unclear or set(self.back.values()) != set(older.values())\n",
        "            self.ended = self.unclear\n",
        f"{CONTRACT}test_a_file_comes_from_what_was_taken_back_to_the_letter",
    ),
    Cut(
        "lineage-of-one-file",
        TRAIL,
        "            self.unclear = not len(self.back) == len(older) == 1\n",
        "            self.unclear = False\n",
        f"{CONTRACT}test_of_two_files_for_one_name_nobody_says_which_came_back",
    ),
    Cut(
        "lineage-by-a-slow-clock",
        "helium/core/additions.py",
        "    if lineage is None or lineage.added_at is None or not lineage.after_another:\n",
        "    if True:\n",
        ANOTHERS,
    ),
    Cut(
        "anothers-file-with-an-error",
        "helium/reconcile/record_observation.py",
        "    if is_new_incarnation(record, file, addition=addition):\n",
        "    if isinstance(file, Spec) and is_new_incarnation(record, file, addition=addition):\n",
        ANOTHERS,
    ),
    Cut(
        "lineage-of-the-whole-walk",
        "helium/api/added.py",
        "            if newer.keys().isdisjoint(records):\n",
        "            if True:\n",
        "tests/api/test_held.py::test_put_back_and_extended_at_once_it_stays_the_same",
    ),
)
