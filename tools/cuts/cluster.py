"""Lines between a look at a workspace's cluster and what is deleted or forgotten because of it."""

from __future__ import annotations

from tools.cuts.cut import Cut

HALF = "helium/adapters/engine/cluster_half.py"
API = "helium/adapters/kubernetes/cluster_api.py"
LOST = "helium/adapters/engine/lost_cluster.py"
LOST_TESTS = "tests/adapters/engine/test_lost_cluster.py::"
TESTS = "tests/adapters/engine/test_cluster_half.py::"
TRIAL = "helium/conformance/real_cluster.py"
TRIAL_TEST = "tests/conformance/test_on_a_cluster.py::test_cleaning_up_deletes_what_the_trial_made_and_nothing_else"

CUTS = (
    Cut(
        "trial-cleans-by-its-label",
        TRIAL,
        'if (meta.get("labels") or {}).get(FLEET) == mark',
        "if mark",
        "tests/conformance/test_suite.py::test_only_what_says_that_it_is_the_trial_s_is_cleaned_up",
    ),
    Cut(
        "trial-cleans-what-it-planted",
        TRIAL,
        '        if seen and seen["uid"] == uid:\n',
        "        if seen:\n",
        TRIAL_TEST,
    ),
    Cut(
        "helm-of-somebody-else",
        HALF,
        "if each.unfinished and (own or self._is_over(each)))",
        "if each.unfinished)",
        f"{TESTS}test_what_the_records_say",
    ),
    Cut(
        "leftovers-say-whose-they-are",
        HALF,
        "                if meta and _is_of(meta, look.release):\n",
        "                if meta:\n",
        f"{TESTS}test_only_what_says_that_it_is_the_releases_goes",
    ),
    Cut(
        "leftovers-of-what-helm-forgot",
        HALF,
        "            for ref in look.release.objects if not look.records else ():\n",
        "            for ref in look.release.objects:\n",
        f"{TESTS}test_what_helm_still_knows_is_left_to_helm",
    ),
    Cut(
        "unserved-is-not-gone",
        HALF,
        "        return {}\n",
        "        return None\n",
        f"{TESTS}test_gone_is_what_the_cluster_says_is_not_there",
    ),
    Cut(
        "deleting-is-not-gone",
        HALF,
        "        for ref in self.ending:\n",
        "        for ref in ():\n",
        f"{TESTS}test_what_is_being_deleted_is_waited_for",
    ),
    Cut(
        "only-the-object-that-was-seen",
        API,
        'body={"preconditions": if_still})\n',
        "body={})\n",
        f"{TESTS}test_a_changed_object_is_another_one",
    ),
    Cut(
        "refused-is-not-gone",
        API,
        '        return None if answer.status_code == NOT_FOUND else self._json(answer)["metadata"]',
        '        return None if answer.status_code >= 400 else self._json(answer)["metadata"]',
        f"{TESTS}test_a_refusal_is_not_an_absence",
    ),
    Cut(
        "a-cluster-that-answers-is-there",
        LOST,
        "        _why(state, ownership, access=access)\n    return Findings(lost=urns)",
        "        pass\n    return Findings(lost=urns)",
        f"{LOST_TESTS}test_a_cluster_that_answers_is_there",
    ),
    Cut(
        "a-refusal-is-an-answer",
        LOST,
        "        if not error.code or error.code in _GATEWAYS:\n",
        "        if True:\n",
        f"{LOST_TESTS}test_a_cluster_that_answers_is_there",
    ),
    Cut(
        "only-the-lost-cluster",
        LOST,
        "provider_of(each) not in elsewhere\n",
        "provider_of(each) not in ()\n",
        f"{LOST_TESTS}test_what_stands_in_another_cluster_is_not_lost",
    ),
    Cut(
        "only-what-a-person-gave-up",
        "helium/adapters/engine/cluster_checks.py",
        "    if options.ends and options.lost:\n",
        "    if options.ends:\n",
        f"{LOST_TESTS}test_another_cluster_of_that_name_is_never_asked",
    ),
)
