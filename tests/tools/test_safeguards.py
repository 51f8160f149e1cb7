"""The cuts fit the code: whoever changes a line that guards a deletion changes its cut along with it.

Whether each cut is noticed takes an hour to see, and `python -m tools.safeguards` shows it.
"""

from __future__ import annotations

from collections import Counter

import pytest

from helium.reconcile.guard import SAFEGUARDS
from tools.cuts import Cut
from tools.safeguards import ROOT, every, safeguards

CUTS = every()


@pytest.mark.parametrize("cut", CUTS, ids=[cut.name for cut in CUTS])
def test_a_cut_fits_the_code_and_names_a_test(cut: Cut) -> None:
    """Its line is there once, so it cuts what it means to; and its test is there to notice it."""
    file, _, test = cut.test.partition("::")

    assert 1 == (ROOT / cut.path).read_text(encoding="utf-8").count(cut.line)
    assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8") or not test
    assert cut.line != cut.without


def test_each_cut_has_a_name_of_its_own() -> None:
    """Accidents and commands name them."""
    assert [] == [name for name, count in Counter(cut.name for cut in CUTS).items() if count > 1]


def test_every_safeguard_is_cut() -> None:
    """A safeguard that no test needs could be lost without anybody noticing."""
    assert [safeguard.__name__ for safeguard in SAFEGUARDS] == [cut.name for cut in safeguards()]
