"""`reasons.md`: every reason code with its meaning, and every refusal of the guard with its sentence and its override.

Codes come from `helium.core.reasons`, refusals from the source of the guard's safeguards.
"""

from __future__ import annotations

import inspect

from helium.core.reasons import REASONS
from helium.reconcile.guard import SAFEGUARDS
from tools.docs.markdown import document, sentence, table
from tools.docs.refusals import refusals

INTRODUCTION = """# Reasons and refusals

Every change in a plan has a reason: a sentence, and a code for programs. You find it in the plan, in `helium why NAME`,
in the ledger, in the API and on the dashboard. For what an error says and how a command ends, read
[exit codes](exit-codes.md); for what to do at night, read [operate at night](../how-to/operate-at-night.md)."""

CODES = """## Reason codes

A code is the same word everywhere. Most of them want nothing from you."""

REFUSED = """## Refusals

The guard looks at the whole plan before anything is applied. Each safeguard can only take changes away. The plan shows
what was refused, by which rule, and the option or command that overrides it. An override is exact, and it holds for one
pass. Where none is named, nothing overrides the refusal: remove its cause, as the table above says for the code. Words
in capitals stand for what the sentence names."""

ORDERS = """Whatever stands here as a command or an option can be
[ordered](../how-to/operate-at-night.md#orders-from-cis-page), too: each refusal names its order beside its override."""

ELSEWHERE = """Two more stand outside the guard, because they need more than the plan. Pulumi's own `protect` refuses
an update that would replace a resource that holds data (`would-replace`). The *last look* right before each destroy
drops it when main, the pause or the lease changed meanwhile (`changed-meanwhile`)."""


def page() -> str:
    """The whole page."""
    reasons = [(f"`{code.value}`", reason.when, reason.what_to_do) for code, reason in sorted(REASONS.items())]
    return document(
        INTRODUCTION,
        CODES,
        table(("code", "what it means", "what you do"), reasons),
        REFUSED,
        table(
            ("safeguard", "its rule", "code", "what it says", "override"),
            [row for safeguard in SAFEGUARDS for row in _rows(safeguard.__name__, inspect.getsource(safeguard))],
        ),
        ORDERS,
        ELSEWHERE,
    )


def _rows(name: str, source: str) -> list[tuple[str, str, str, str, str]]:
    found = refusals(source)
    if not found:
        raise SystemExit(
            f"safeguard {name} refuses nothing that can be read from its source; see tools/docs/refusals.py"
        )
    rule = next(iter(found)).rule
    return [
        (
            f"`{name}`" if number == 0 else "",
            rule if number == 0 else "",
            f"`{each.code}`",
            sentence(each.sentence),
            f"`{each.override}`" if each.override else "",
        )
        for number, each in enumerate(found)
    ]
