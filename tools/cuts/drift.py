"""Lines without which a repair of drift would do more than put back what was made."""

from __future__ import annotations

from tools.cuts.cut import Cut

REPAIR = "helium/reconcile/drift_repair.py"
CORE = "helium/core/drift.py"
LOOK = "helium/adapters/engine/drift.py"
BACK = "helium/adapters/engine/stack_drift.py"
PASSES = "tests/reconcile/test_drift_passes.py::"
CLUSTER = "tests/adapters/engine/test_drift.py::"

CUTS = (
    Cut(
        "repair-keeps-the-program",
        REPAIR,
        "    if not same_program:\n",
        "    if False:\n",
        f"{PASSES}test_another_program_is_never_brought_along",
    ),
    Cut(
        "unseen-repairs-nothing",
        CORE,
        " and drift.repairs and not drift.unseen\n",
        " and drift.repairs\n",
        f"{PASSES}test_what_nobody_could_look_at_leads_to_nothing",
    ),
    Cut(
        "unseen-takes-nothing-back",
        CORE,
        "    if before and unseen and not found:\n",
        "    if False:\n",
        "tests/core/test_drift.py::test_what_could_not_be_seen_takes_nothing_back",
    ),
    Cut(
        "records-name-what-pulumi-knows",
        LOOK,
        "release.namespace, [each for each in made if each.ref in known]\n",
        "release.namespace, made\n",
        f"{CLUSTER}test_a_record_does_not_say_what_is_looked_at",
    ),
    Cut(
        "only-plain-objects-with-the-passes-rights",
        BACK,
        "    return ref.version in PLAIN and ref.namespace == owned.home and api.is_namespaced(ref)\n",
        "    return True\n",
        f"{CLUSTER}test_with_the_rights_of_the_pass_only_plain_objects_are_put_back",
    ),
    Cut(
        "releases-are-put-back-as-themselves",
        BACK,
        "replace(self.api, acts_as=each.acts_as)",
        "self.api",
        f"{CLUSTER}test_releases_are_put_back_with_their_own_rights",
    ),
    Cut(
        "nothing-into-a-namespace-that-goes",
        BACK,
        " if not any(each.ends for each in self.objects) else ()",
        "",
        f"{CLUSTER}test_nothing_is_put_into_a_namespace_that_is_gone",
    ),
)
