"""What to do about each exit code and each error class, in words."""

from __future__ import annotations

from collections.abc import Mapping

EXIT_CODES: Mapping[int, tuple[str, str]] = {
    0: ("", "Nothing."),
    1: (
        "`helium doctor`: something is missing.",
        "Run it again with `HELIUM_DEBUG=1`. If it is a bug in Helium, please report it with that output.",
    ),
    2: ("Or the request is not allowed.", "Read the sentence, and `helium COMMAND --help`."),
    3: (
        "A pass still applied everything that has no error.",
        "Run `helium validate` and fix the files at the lines that it names.",
    ),
    4: (
        "Or only a person can repair it: a record or a stack is lost, or `helium.yaml` lacks a backend or a cluster.",
        "Read the refusal and its override; see [operate at night](../how-to/operate-at-night.md).",
    ),
    5: ("Or Pulumi could not list the state.", "`helium why NAME` shows the error. The next pass tries again."),
    6: ("", "Check the network, the credentials and the branch rules, then run it again."),
    7: (
        "Or the plan that shards carry out has ended, or no pass has come to the order that `--wait` waits for.",
        "Wait (`--wait 10m`), or leave the work to the other pass. `helium ledger show` says who holds the lease.",
    ),
    10: ("", "Nothing."),
    11: ("", "Read the sentence of each row that failed, change the backend, and check it again."),
    13: ("", "`helium watch NAME` follows it; or wait longer (`--timeout 1h`)."),
    12: (
        "With 5 instead, something could not be looked at.",
        "Let a pass repair it, or say in `helium.yaml` that it may differ; see [drift](../how-to/drift.md).",
    ),
    130: ("By Ctrl-C or SIGTERM.", "Run it again when you like. The next pass continues from there."),
}
"""What the help of `helium` does not say of each exit code, and what to do about it."""

SAMPLES: Mapping[str, object] = {
    "name": "demo",
    "owner": "ada@example.com",
    "by": "workspaces/demo.yaml",
    "field": "protected",
    "blob": "3f2a9c1d2b3e",
    "why": "the connection was closed",
    "lease": "run 4711-1 on ci-runner until 2026-12-01T12:40:00Z",
    "run": "4711-1",
    "id": "ci-4711-1",
    "theirs": "globex",
    "ours": "acme",
    "backend": "gcp-namespace",
    "path": "workspaces/demo.yaml",
    "number": 17,
    "expected": "3f2a9c1d2b3e",
}
"""What the examples are about."""

WHAT_TO_DO: Mapping[str, str] = {
    "HeliumError": "Read the sentence. Every other error is one of these.",
    "UsageError": "Correct the command or the setting that the sentence names.",
    "SpecError": "Fix each error at its file and line. `helium validate` shows them all at once.",
    "EngineError": "Read Pulumi's sentence. `helium why NAME` repeats it, and the next pass tries again.",
    "StackMissingError": "Nothing, if the workspace is gone. Otherwise see `lost-stack` in [reasons](reasons.md).",
    "StackBusyError": "Wait. If nobody works on the stack, run `helium unlock NAME`.",
    "WrongClusterError": "See `cluster-changed` in [reasons](reasons.md).",
    "WouldReplaceError": "See `would-replace` in [reasons](reasons.md).",
    "EngineInterruptedError": "Nothing: the next pass continues. If time ran out, raise `limits.timeout`.",
    "SourceError": "Check the network, the credentials and the branch rules of the remote, then try again.",
    "HeadMovedError": "Try again. Nothing was written.",
    "UnreachableError": "Check the network and the remote's address, then try again.",
    "NotPlannedError": "Rebase the branch on main, or split it, as the sentence says. Your push is planned again.",
    "PushInDoubtError": "Look at main first. At the API, send the request again with the same `Idempotency-Key`.",
    "HostError": "Read the host's sentence. `helium doctor` says what Helium's account may do there.",
    "HostRightsError": "Give the token the right that the sentence names, or set `HELIUM_HOST_TOKEN`.",
    "HostMissingError": "Check `host:` in `helium.yaml`, and whether the token may read the repository.",
    "HostAwayError": "Try again later, after the time that the sentence names.",
    "PullRequestTakenError": "Try again.",
    "PullRequestMovedError": "Look at the new head first. Nothing was merged.",
    "NotMergeableError": "Settle what the sentence names: a check, an approval, a conflict. Nothing was merged.",
    "QueueBusyError": "Try again after the time in `Retry-After`.",
    "KeyReusedError": "Use a new `Idempotency-Key` for each new request.",
    "NotSupportedError": "Change the setting that the sentence names, or upgrade Helium.",
    "RefusedError": "Read the sentence. Nothing was written.",
    "NotFoundError": "Look the name up with `helium list`.",
    "NameTakenError": "Choose another name. To change it, edit its file, or send `?update=true` to the API.",
    "NotOwnerError": "Ask the owner, or use an admin token.",
    "AdminsOnlyError": "Leave the field out, or ask an admin.",
    "ProtectedError": "Ask an admin to set `protected: false`, then wait for a pass to apply it.",
    "BeingDeletedError": "Ask for it again when its record is gone, or choose another name.",
    "HeldDeletionError": "Put the file back (`helium restore NAME`), or let the deletion go with the command it names.",
    "RemovedError": "Put the file back with `helium restore NAME`, or wait until the name is free.",
    "DestroyedError": "Ask for a new workspace. Extend one before its deadline.",
    "TooLateError": "Save what you need while the deletion is held, then release it.",
    "NothingToRestoreError": "Look at its history with `helium history NAME`.",
    "MayNotOrderError": "Ask one of those whom `admins:` in `helium.yaml` names.",
    "OfferMovedError": "Look at its page again, and confirm what you see.",
    "ChangedError": "Read the workspace again, then decide.",
    "BrokenFileError": "Fix the file on main first. `helium validate` shows the line.",
    "LeaseTakenError": "Wait for the other pass, or come back with `--wait 10m`.",
    "PlanEndedError": "Nothing: the next pass does the rest.",
    "OtherFleetError": "Run the shard in the clone of the fleet whose plan it is.",
    "OtherProgramError": "Install the same Helium on every machine that plans or carries out shards.",
    "OvertakenError": "Plan again, or come back with `--wait 10m`.",
    "SettingsMovedError": "Nothing. The next pass is opened with the new settings, and goes on.",
    "OrderTakenError": "Look at what became of it: `helium operate list`.",
}
