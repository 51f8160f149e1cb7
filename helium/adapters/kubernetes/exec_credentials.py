"""The credential of a kubeconfig that names a program for it (`exec`), as clouds' kubeconfigs do.

It asks once, and again when the cluster no longer accepts the answer. It refuses to wait for ever, to let the program
read from a terminal, and to repeat what the program said: that may be a credential.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from httpx2 import Auth, Request, Response

if TYPE_CHECKING:
    from lightkube.config.models import UserExec

WITHIN = 30.0
"""Seconds that the program has. It may have to ask a cloud."""
VERSIONS = tuple(f"client.authentication.k8s.io/{each}" for each in ("v1", "v1beta1", "v1alpha1"))


class ExecCredentialError(Exception):
    """The program gave no credential; the text says why, and what to do."""


class ExecCredential(Auth):
    """Signs each request with the program's token. Threads may send at once."""

    def __init__(self, program: UserExec) -> None:
        self._program = program
        self._token = ""
        self._lock = Lock()

    def auth_flow(self, request: Request) -> Generator[Request, Response, None]:
        """With the token that is known; with a new one if that is not accepted any more."""
        token = self._known("")
        request.headers["Authorization"] = f"Bearer {token}"
        answer = yield request
        if answer.status_code == 401:
            request.headers["Authorization"] = f"Bearer {self._known(token)}"
            yield request

    def _known(self, refused: str) -> str:
        with self._lock:
            if self._token in ("", refused):
                self._token = token_of(self._program)
            return self._token


def token_of(program: UserExec, *, environ: Mapping[str, str] = os.environ) -> str:
    """What the program answers. `ExecCredentialError`."""
    if program.apiVersion not in VERSIONS:
        raise ExecCredentialError(f"its kubeconfig names a program by {program.apiVersion}, which Helium does not know")
    said = _said(program, environ)
    try:
        token = json.loads(said)["status"]["token"]
    except (ValueError, KeyError, TypeError):
        token = ""
    if not isinstance(token, str) or not token:
        raise ExecCredentialError(f"the program {program.command} gave no token")
    return token


def _said(program: UserExec, environ: Mapping[str, str]) -> bytes:
    hint = f". {' '.join(program.installHint.split())}" if program.installHint else ""
    try:
        done = subprocess.run(
            [program.command, *(program.args or ())],
            env=_environment(program, environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WITHIN,
            check=False,
        )
    except FileNotFoundError:
        why = f"the program {program.command}, which gets its credential, is not on the PATH; install it{hint}"
        raise ExecCredentialError(why) from None
    except (OSError, subprocess.SubprocessError) as error:
        why = f"the program {program.command}, which gets its credential, cannot be run ({type(error).__name__})"
        raise ExecCredentialError(why) from None
    if done.returncode:
        raise ExecCredentialError(
            f"the program {program.command}, which gets its credential, ended with code {done.returncode}"
        )
    return done.stdout


def _environment(program: UserExec, environ: Mapping[str, str]) -> Mapping[str, str]:
    info = {"apiVersion": program.apiVersion, "kind": "ExecCredential", "spec": {"interactive": False}}
    own = {each.name: each.value for each in program.env or ()}
    # What the pass itself has to keep is none of its business: tokens of the API, the passphrase of the state.
    given = {key: value for key, value in environ.items() if not key.startswith(("HELIUM_", "PULUMI_"))}
    return {**given, **own, "KUBERNETES_EXEC_INFO": json.dumps(info)}
