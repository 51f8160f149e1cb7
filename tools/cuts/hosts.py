"""Lines without which a host would merge, or would be said to have merged, what nobody judged."""

from __future__ import annotations

from tools.cuts.cut import Cut

GITEA, GITHUB = "helium/adapters/hosts/gitea.py", "helium/adapters/hosts/github.py"

CUTS = (
    Cut(
        "merged-head-is-what-was-merged",
        GITEA,
        "        if not found.merged:\n",
        "        if True:\n",
        "tests/adapters/hosts/test_gitea.py::test_the_head_of_a_merged_one_is_what_was_merged",
    ),
    Cut(
        "gitea-merges-the-judged-head",
        GITEA,
        '"head_commit_id": head, ',
        "",
        "tests/adapters/hosts/test_gitea.py::test_a_merge_is_asked_for_at_the_judged_head",
    ),
    Cut(
        "github-merges-the-judged-head",
        GITHUB,
        '{"sha": head, "merge_method"',
        '{"merge_method"',
        "tests/adapters/hosts/test_github.py::test_a_repository_says_how_it_merges",
    ),
    Cut(
        "another-merged-head-is-not-ours",
        "helium/adapters/hosts/one_merge.py",
        "        if now.head_commit != head:\n",
        "        if False:\n",
        "tests/adapters/hosts/test_gitea.py::test_a_merge_of_another_head_is_never_ours",
    ),
)
