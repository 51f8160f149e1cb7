"""Turns what Pulumi said into Helium's errors: one sentence, the provider's own words first, no banner, no secret.

Only this module knows Pulumi's wording. What it does not recognise becomes an `EngineError` in Pulumi's words.
"""

from __future__ import annotations

import re

from helium.adapters.engine.locks import locks_in
from helium.adapters.engine.protocol import Reply
from helium.adapters.engine.redact import Redactor
from helium.core.excerpts import excerpt
from helium.core.workspace import ACCOUNT
from helium.errors import EngineError, StackBusyError, StackMissingError, WouldReplaceError

MOST = 8 * 1024
"""Bytes of diagnostics that are kept of a failure."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_NOISE = re.compile(
    r"^(error|warning):\s*|python inline source runtime error:\s*|\bsdk-v2/provider2\.go:\d+:\s*",
    re.IGNORECASE,
)
_TORN_LOCK = re.compile(r"unexpected end of JSON input|invalid character .*", re.DOTALL)
"""What Go says of JSON. Of a state Pulumi says more; of a lock that a killed Pulumi left torn it says only this."""
_DULL = re.compile(
    r"^(update|destroy|refresh|resource \w+) failed$|resource registration|^preview failed", re.IGNORECASE
)


_NO_PLUGIN = re.compile(r"no resource plugin 'pulumi-resource-([\w-]+)' found .*version v([\w.+-]+)")


_OUTSIDE = re.compile(
    rf'User "system:serviceaccount:([^:"]*):{ACCOUNT}" cannot (\w+) resource "([^"]+)" in API group "[^"]*"'
    r'(?: in the namespace "([^"]*)"| at the cluster scope)'
)
"""What Kubernetes says when a release acts outside of what its account may do."""
_GRANTS = re.compile(
    rf'user "system:serviceaccount:[^"]*:{ACCOUNT}"[^{{}}]*is attempting to grant RBAC permissions not currently '
    r'held:\s*\{[^}]*Resources:\["([^"]+)"[^}]*Verbs:\["([^"]+)"'
)
"""And when it makes a role with rights that its account does not have; the first of them."""


def how_to_allow(stack: str, words: str) -> str:
    """What a release wanted outside of its namespace, and how to let it; empty for every other failure."""
    backend = stack.rpartition("/")[0].rpartition(".")[2]
    todo = f"if you trust it, set clusterWide: true under backends.{backend} in helium.yaml"
    if grants := _GRANTS.search(words):
        return (
            f"a chart wants to let others {grants[2]} {grants[1]}, and its release has no such right in its own "
            f"namespace to give; {todo}"
        )
    wants = _OUTSIDE.search(words)
    if wants is None or wants[1] == wants[4]:
        return ""
    where = f"in the namespace {wants[4]}" if wants[4] else "in the whole cluster"
    return (
        f"a chart, or a template in its values, wants to {wants[2]} {wants[3]} {where}, and its release may only act "
        f"in its own namespace; {todo}"
    )


def how_to_install(provider: str, version: str) -> str:
    """What to do about a provider that Pulumi does not find. Helium's tools can build one of them."""
    build = ", or build it in a clone of Helium: python3 -m tools setup pulumi-kubernetes"
    return (
        f"Pulumi's provider {provider} {version} is not on this machine. Install it: pulumi plugin install resource "
        f"{provider} v{version}{build if provider == 'kubernetes' else ''}"
    )


def is_locked(reply: Reply) -> bool:
    """Whether somebody else holds the stack."""
    return "currently locked by" in reply.stderr + reply.stdout


def is_missing(reply: Reply) -> bool:
    """Whether the stack does not exist."""
    return bool(re.search(r"no stack named .* found|stack .* not found", reply.stderr))


def exists_already(reply: Reply) -> bool:
    """Whether the stack was to be created, but exists."""
    return bool(re.search(r"stack .* already exists", reply.stderr))


def error_of(stack: str, reply: Reply, *, redact: Redactor) -> EngineError:
    """The error that a failed reply means."""
    text, name = f"{reply.stderr}\n{reply.stdout}", stack.rpartition("/")[2]
    if is_locked(reply):
        locks = locks_in(text)
        holders = ", ".join(str(lock) for lock in locks) or "another process"
        sentence = redact(f"it is locked by {holders}; if nobody works on it, run helium unlock {name}")
        newest = max(locks, key=lambda lock: lock.time, default=None)
        return (
            StackBusyError(stack, sentence, host=newest.host, since=newest.time)
            if newest
            else StackBusyError(stack, sentence)
        )
    if is_missing(reply):
        return StackMissingError(stack, "the state has no such stack")
    if "incorrect passphrase" in text:
        return EngineError(stack, "its secrets were encrypted with another passphrase; see helium doctor")
    words, diagnostics = redact(said(reply)), diagnostics_of(reply, redact=redact)
    if _TORN_LOCK.fullmatch(words):
        why = f"a file of its lock cannot be read; if nobody works on it, run helium unlock {name}"
        return StackBusyError(stack, why)
    if "get stack secrets manager:" in words:
        said_of_it = words.rpartition("get stack secrets manager: ")[2][:120]
        todo = f"Restore it from a backup, or give it up with helium ledger accept-loss {name}"
        return EngineError(stack, f"Pulumi cannot read its state ({said_of_it}). {todo}", diagnostics=diagnostics)
    if missing := _NO_PLUGIN.search(words):
        return EngineError(stack, how_to_install(missing[1], missing[2]), diagnostics=diagnostics)
    if outside := how_to_allow(stack, text + reply.seen.said + words):
        return EngineError(stack, redact(outside), diagnostics=diagnostics)
    if any(_is_protection(line) for line in (*reply.seen.diagnostics, text)):
        why = excerpt(f"Pulumi refused to delete a resource that holds data: {words}")
        return WouldReplaceError(stack, why, diagnostics=diagnostics)
    return EngineError(stack, excerpt(words), diagnostics=diagnostics)


def diagnostics_of(reply: Reply, *, redact: Redactor) -> str:
    """The end of all that Pulumi said, by whole lines. Cut after it was redacted: half a secret is not recognized."""
    lines = redact(reply.seen.said).splitlines()
    kept: list[str] = []
    size = 0
    for line in reversed(lines):
        size += len(line.encode()) + 1
        if size > MOST:
            break
        kept.append(line)
    # A single line that is longer than all of it is shown by its beginning, where it says what it is about.
    return "\n".join(reversed(kept)) or (lines[-1].encode()[:MOST].decode(errors="ignore") if lines else "")


def said(reply: Reply) -> str:
    """What went wrong, in the words of whoever knows best: the provider, the program, then Pulumi itself."""
    for diagnostic in reply.seen.diagnostics:
        if words := _clean(diagnostic):
            return words
    for line in reversed([*reply.stdout.splitlines(), *reply.stderr.splitlines()]):
        if "error:" in line and (words := _clean(line.partition("error:")[2])):
            return words
    last = [line.strip() for line in (reply.stderr + reply.stdout).splitlines() if line.strip()]
    return last[-1] if last else f"Pulumi ended with code {reply.code} and said nothing"


def _clean(text: str) -> str:
    """One line, without colours, file positions and Pulumi's own announcements."""
    lines = [_NOISE.sub("", _ANSI.sub("", line).strip()) for line in text.splitlines()]
    traceback = next((index for index, line in enumerate(lines) if line.startswith("Traceback ")), len(lines))
    kept = [line for line in lines[:traceback] if line and not _DULL.search(line)]
    return " ".join(kept)


def _is_protection(text: str) -> bool:
    """Pulumi's own sentences about `protect`, not a provider's that happens to use the word."""
    return bool(
        re.search(r"resource .* cannot be deleted\s+because it is protected", text, re.DOTALL)
        or re.search(r"unable to replace resource .*as it is currently marked for protection", text, re.DOTALL)
        or re.search(r"marked for protection", text)
    )
