"""The set-up: finds or makes what Helium needs on this machine, and says what it does.

It runs before anything is installed, so it uses Python's standard library alone, and nothing of `helium`.
It refuses to ask for an account, a token or root, and to make what the command at hand does not need.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one place that an older Python reaches
    raise SystemExit(
        f"Helium needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. "
        "Install one, or name it: make PYTHON=/path/to/python3.12 …"
    )
