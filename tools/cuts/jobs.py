"""Lines without which a CI job, or whoever opens an issue, would get or destroy what is not theirs."""

from __future__ import annotations

from tools.cuts.cut import Cut

API = "tests/api/test_jobs.py::"
ISSUES = "tests/cli/test_issue_requests.py::"
PURE = "tests/core/test_job_access.py::"
SIGNED = "tests/adapters/oidc/test_job_tokens.py::"

CUTS = (
    Cut(
        "job-deletes-its-own",
        "helium/api/job_tokens.py",
        "    return found is not None and (found[2] or found[4]).startswith(grant.own)\n",
        "    return found is not None\n",
        f"{API}test_another_run_s_workspaces_are_others",
    ),
    Cut(
        "job-does-nothing-else",
        "helium/api/job_tokens.py",
        "        if not _may(connection, grant):\n",
        "        if False:\n",
        f"{API}test_a_job_may_do_nothing_else",
    ),
    Cut(
        "job-token-once",
        "helium/api/job_tokens.py",
        "        if key in self._used:\n",
        "        if False:\n",
        f"{API}test_each_token_is_good_for_one_exchange",
    ),
    Cut(
        "job-token-of-this-process",
        "helium/api/job_tokens.py",
        "        if claims.issued_at < self._began + LEEWAY:\n",
        "        if False:\n",
        f"{API}test_what_may_have_been_exchanged_before_a_restart_must_wait",
    ),
    Cut(
        "job-grant-is-signed",
        "helium/api/signed_text.py",
        "    return data if hmac.compare_digest(signature, _signature(data, key, purpose=purpose)) else None\n",
        "    return data\n",
        f"{API}test_what_this_helium_did_not_sign_opens_nothing",
    ),
    Cut(
        "job-quota",
        "helium/edits/job_creation.py",
        "    if len(others) >= grant.rule.at_once:\n",
        "    if False:\n",
        f"{API}test_the_quota_holds_for_many_at_once",
    ),
    Cut(
        "job-repository-by-number",
        "helium/core/job_access.py",
        "            self.repository == claims.repository_id\n",
        "            True\n",
        f"{PURE}test_what_no_rule_allows_is_refused_with_the_setting",
    ),
    Cut(
        "job-public-keys-only",
        "helium/adapters/oidc/token_check.py",
        "    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:\n",
        "    if False:\n",
        f"{SIGNED}test_a_token_that_a_stranger_signed_is_refused",
    ),
    Cut(
        "job-token-for-us-alone",
        "helium/adapters/oidc/job_tokens.py",
        '        if said.get("aud") not in (settings.audience, [settings.audience]):\n',
        "        if False:\n",
        f"{SIGNED}test_what_does_not_say_all_is_refused",
    ),
    Cut(
        "issue-author-by-main",
        "helium/app/issue_request.py",
        "        if not self._mail(issue):\n",
        "        if False:\n",
        f"{ISSUES}test_nothing_is_written_for_somebody_whom_nobody_knows",
    ),
    Cut(
        "issue-branch-is-our-own",
        "helium/adapters/hosts/pull_request_writer.py",
        '        if len(messages) != 1 or f"Helium-Request: {request.id}" not in messages[0]:\n',
        "        if False:\n",
        f"{ISSUES}test_a_branch_of_somebody_else_is_left_alone",
    ),
)
