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
    Cut(
        "quota-one-last-place",
        "helium/edits/__init__.py",
        "        quota.require_place(place, view, fleet=fleet, context=context)\n",
        "",
        "tests/api/test_quota.py::test_many_at_once_get_no_more_than_there_are",
    ),
    Cut(
        "quota-one-last-place-in-pull-requests",
        "helium/app/shared_pull_requests.py",
        "        if _requests_beside(noted, planned.id) <= _requests_beside(on, planned.id):\n",
        "        if True:\n",
        "tests/app/test_quota_of_requests.py::test_of_many_at_once_only_as_many_as_there_are_get_one",
    ),
)
