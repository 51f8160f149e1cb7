"""Lines without which somebody would act as another person, or go on with what they may no longer do."""

from __future__ import annotations

from tools.cuts.cut import Cut

SIGNED = "tests/adapters/oidc/test_sign_ins.py::"
PAGES = "tests/pages/test_sign_in_by_issuer.py::"
PROXY, FORMS = "tests/api/test_proxy.py::", "tests/pages/test_sessions.py::"

CUTS = (
    Cut(
        "id-token-for-us",
        "helium/adapters/oidc/people.py",
        '    if said.get("aud") not in (settings.client_id, [settings.client_id]):\n',
        "    if False:\n",
        f"{SIGNED}test_an_id_token_that_is_not_for_us_signs_nobody_in",
    ),
    Cut(
        "access-token-for-us",
        "helium/adapters/oidc/people.py",
        "if audience != settings.audience and not (isinstance(audience, list) and settings.audience in audience):\n",
        "if False:\n",
        f"{SIGNED}test_another_token_opens_nothing",
    ),
    Cut(
        "token-of-our-issuer",
        "helium/adapters/oidc/people.py",
        '    if said.get("iss") != settings.issuer:\n',
        "    if False:\n",
        f"{SIGNED}test_another_token_opens_nothing",
    ),
    Cut(
        "token-no-id-token",
        "helium/adapters/oidc/people.py",
        "    if any(name in said for name in _OF_ID_TOKENS):\n",
        "    if False:\n",
        f"{SIGNED}test_another_token_opens_nothing",
    ),
    Cut(
        "sign-in-nonce",
        "helium/adapters/oidc/people.py",
        "if nonce is not None and not (isinstance(given, str) and compare_digest(given.encode(), nonce.encode())):\n",
        "if False:\n",
        f"{SIGNED}test_an_id_token_that_is_not_for_us_signs_nobody_in",
    ),
    Cut(
        "sign-in-one-issuer",
        "helium/adapters/oidc/sign_ins.py",
        "        if (named or wants_name) and named != settings.issuer:\n",
        "        if False:\n",
        f"{SIGNED}test_an_answer_of_another_issuer_is_refused",
    ),
    Cut(
        "sign-in-verifier",
        "helium/adapters/oidc/sign_ins.py",
        "            code_verifier=start.verifier,\n",
        '            code_verifier="",\n',
        f"{SIGNED}test_somebody_signs_in",
    ),
    Cut(
        "sign-in-verifier-of-the-command-line",
        "helium/adapters/logins/issuer.py",
        '            "code_verifier": begun.verifier,\n',
        '            "code_verifier": "",\n',
        "tests/cli/test_issuer_login.py::test_a_browser_signs_in",
    ),
    Cut(
        "sign-in-state",
        "helium/api/pages/sign_in_starts.py",
        " or not hmac.compare_digest(start.state, state)",
        "",
        f"{PAGES}test_an_answer_that_this_browser_did_not_ask_for_is_refused",
    ),
    Cut(
        "sign-in-once",
        "helium/api/pages/sign_in_starts.py",
        "        return None if await asyncio.to_thread(self._ended.has, state) else start\n",
        "        return start\n",
        f"{PAGES}test_several_processes_share_sessions_and_sign_outs",
    ),
    Cut(
        "sign-out-ends-the-cookie",
        "helium/api/pages/sessions.py",
        "        return None if await asyncio.to_thread(ended) else session\n",
        "        return session\n",
        f"{PAGES}test_several_processes_share_sessions_and_sign_outs",
    ),
    Cut(
        "renewal-of-the-same-person",
        "helium/adapters/oidc/sign_ins.py",
        "        if not new.person.is_same(old.person):\n",
        "        if False:\n",
        f"{SIGNED}test_a_renewal_is_of_the_same_person",
    ),
    Cut(
        "roles-are-read-again",
        "helium/api/pages/person_sessions.py",
        "        return person.is_old(self._parts.clock(), after=after)\n",
        "        return False\n",
        f"{PAGES}test_a_role_that_shrinks_is_gone_in_time",
    ),
    Cut(
        "access-token-is-new",
        "helium/adapters/oidc/people.py",
        '    if now - instant(said, "iat") > longest + LEEWAY:\n',
        "    if False:\n",
        f"{SIGNED}test_another_token_opens_nothing",
    ),
    Cut(
        "mail-that-counts",
        "helium/core/sign_in.py",
        '    return mail.lower() if said is True or said == "true" or settings.mail_trusted else ""\n',
        "    return mail.lower()\n",
        f"{PAGES}test_a_person_whose_mail_does_not_count_reads",
    ),
    Cut(
        "proxy-secret",
        "helium/api/auth.py",
        " or not hmac.compare_digest(sent, known)",
        "",
        f"{PROXY}test_both_the_peer_and_the_secret_count",
    ),
    Cut(
        "proxy-network",
        "helium/api/auth.py",
        " or not self._is_proxied(connection)",
        "",
        f"{PROXY}test_both_the_peer_and_the_secret_count",
    ),
    Cut(
        "proxy-makes-no-admin",
        "helium/api/auth.py",
        'Caller(Token(mail, mail, Scope.WRITE, ""), mail, proxied=True)',
        'Caller(Token(mail, mail, Scope.ADMIN, ""), mail, proxied=True)',
        f"{PROXY}test_it_makes_nobody_an_admin",
    ),
    Cut(
        "proxied-api-from-other-sites",
        "helium/api/auth.py",
        '    if connection.scope.get("method") in _SAFE or sent_from_here(connection.headers) is not False:\n',
        "    if True:\n",
        f"{PROXY}test_no_other_site_writes_with_what_a_browser_brings_along",
    ),
    Cut(
        "forms-from-here",
        "helium/api/pages/security.py",
        "    if sent_from_here(request.headers):\n",
        "    if True:\n",
        f"{FORMS}test_a_form_from_elsewhere_is_refused",
    ),
    Cut(
        "forms-with-their-nonce",
        "helium/api/pages/security.py",
        "    if session is None or not hmac.compare_digest(sent, session.nonce.encode()):\n",
        "    if session is None:\n",
        f"{FORMS}test_a_form_without_the_nonce_is_refused",
    ),
)
