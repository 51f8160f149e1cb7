"""Whether a workflow is still as Helium wrote it: its last line has the digest of what stood above.

Lines that give a pass more of a fleet's secrets are the fleet's own, and count for nothing where they can be put into
another text again; nor does which Helium is pinned. Refuses to guess: a file without the last line may be anybody's.
"""

from __future__ import annotations

import re

from helium.core.digest import digest

OWN = re.compile(r"^ +HELIUM_(?:SECRET|CHARTS)_\w+: \$\{\{ secrets\.\w+ \}\}$")
"""Lines that are the fleet's own."""
_AFTER = re.compile(r"^ +HELIUM_PACHYDERM_LICENSE: .*$")
"""Where they stand: in each step that has the others."""
_SEAL = "# As helium init wrote it ({}). If you change more than your secrets, --update writes beside it.\n"
_SEALED = re.compile(re.escape(_SEAL).replace(r"\{\}", "([0-9a-f]{16})") + r"\Z")
_PIN = re.compile(r"uses: \S+/\.github/actions/helium@[0-9a-f]{40}$", re.MULTILINE)


def sealed(text: str) -> str:
    """The text with the line that says that Helium wrote it."""
    return f"{text}{_SEAL.format(_digest(text))}"


def is_untouched(text: str, *, new: str) -> bool:
    """Whether nobody would lose anything if `new` took its place: Helium wrote it, or only another Helium is pinned."""
    if not keeps_own_lines(text, new=new):
        return False
    found = _SEALED.search(text)
    if found is not None:
        return found[1] == _digest(text[: found.start()])
    return _bare(text) == _bare(_SEALED.sub("", new))


def with_own_lines(old: str, new: str) -> str:
    """The new text, with the fleet's own secrets after the others in each step."""
    own = [line for line in _own_lines(old) if line not in new.splitlines()]
    lines = [each for line in new.splitlines() for each in ([line, *own] if _AFTER.match(line) else [line])]
    return "\n".join([*lines, ""])


def keeps_own_lines(text: str, *, new: str) -> bool:
    """Whether the new text has them all, and the same would put them where a person did: in no other step."""
    without = "\n".join(line for line in text.splitlines() if not OWN.match(line))
    again = with_own_lines(text, without).splitlines()
    return again == text.splitlines() and {*_own_lines(text)} <= {*with_own_lines(text, new).splitlines()}


def _own_lines(text: str) -> list[str]:
    return list(dict.fromkeys(line for line in text.splitlines() if OWN.match(line)))


def _digest(text: str) -> str:
    return digest([_bare(text)])[:16]


def _bare(text: str) -> str:
    own = "\n".join(line for line in text.splitlines() if not OWN.match(line))
    return _PIN.sub("uses: PIN", own)
