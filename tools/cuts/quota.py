"""Lines without which a quota would hold what exists, or would be no quota."""

from __future__ import annotations

from tools.cuts.cut import Cut

GUARD = "helium/reconcile/guard/quota.py"
TESTS = "tests/reconcile/test_quota.py::"

CUTS = (
    Cut(
        "quota-holds-no-retry",
        GUARD,
        "    return record is not None and record.phase is not Phase.GONE\n",
        "    return False\n",
        f"{TESTS}test_within_quota_never_holds_what_is_there",
    ),
    Cut(
        "quota-counts-what-is-kept",
        GUARD,
        "        return record is not None and not ending\n",
        "        return False\n",
        f"{TESTS}test_a_place_is_free_as_soon_as_nothing_holds_its_removal",
    ),
)
