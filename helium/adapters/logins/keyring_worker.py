"""Asks the system's keyring for one thing: in a process of its own, which is killed where a keyring hangs.

It reads a JSON object from standard input (`do`, `server`, `secret`), and writes one to standard output: `secret`, or
`trouble`. It imports nothing of Helium. Whatever else a keyring raises ends it, and its caller says so.
"""

from __future__ import annotations

import json
import sys

SERVICE = "helium"


def answer(do: str, server: str, *, secret: str = "") -> dict[str, str]:
    """What there is to say. A keyring that keeps secrets in a plain file counts only where somebody chose it."""
    import keyring
    from keyring import core, errors
    from keyring.backends import null

    core.init_backend(limit=core.recommended)
    ring = keyring.get_keyring()
    if isinstance(ring, null.Keyring):
        return {"trouble": "" if do == "keep" else "it is turned off"}
    try:
        if do == "drop":
            ring.delete_password(SERVICE, server)
            return {"secret": ""}
        if do == "keep":
            ring.set_password(SERVICE, server, secret)
        return {"secret": ring.get_password(SERVICE, server) or ""}
    except errors.NoKeyringError:
        return {"trouble": "there is none that works"}
    except errors.KeyringLocked:
        return {"trouble": "it is locked"}
    except errors.KeyringError as error:
        return {"trouble": " ".join(str(error).split())[:200] or type(error).__name__}


if __name__ == "__main__":
    json.dump(answer(**json.load(sys.stdin)), sys.stdout)
