"""Whether a workflow is still as Helium wrote it: its last line has the digest of what stood above.

Lines that give a pass more of a fleet's secrets are the fleet's own, and count for nothing; nor does which Helium is
pinned. Refuses to guess: a file without that line may be anybody's.
"""

from __future__ import annotations

import re

from helium.core.digest import digest

OWN = re.compile(r"^ +HELIUM_(?:SECRET|CHARTS)_\w+: \$\{\{ secrets\.\w+ \}\}$")
"""Lines that are the fleet's own."""
_SEAL = "# As helium init wrote it ({}). If you change more than your secrets, --update writes beside it.\n"
_SEALED = re.compile(re.escape(_SEAL).replace(r"\{\}", "([0-9a-f]{16})") + r"\Z")
_PIN = re.compile(r"uses: \S+/\.github/actions/helium@[0-9a-f]{40}$", re.MULTILINE)


def sealed(text: str) -> str:
    """The text with the line that says that Helium wrote it."""
    return f"{text}{_SEAL.format(_digest(text))}"


def is_untouched(text: str, *, new: str) -> bool:
    """Whether nobody would lose anything if `new` took its place: Helium wrote it, or only another Helium is pinned."""
    found = _SEALED.search(text)
    if found is not None:
        return found[1] == _digest(text[: found.start()])
    return _bare(text) == _bare(_SEALED.sub("", new))


def _digest(text: str) -> str:
    return digest([_bare(text)])[:16]


def _bare(text: str) -> str:
    own = "\n".join(line for line in text.splitlines() if not OWN.match(line))
    return _PIN.sub("uses: PIN", own)
