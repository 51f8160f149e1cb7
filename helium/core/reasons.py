"""Every code that a change, an outcome or a refusal can carry: when it is said, and what you do about it.

The documentation's table of reasons is made from this. It refuses to fall behind: a test holds that each `Code` is
here, and that none is here that nothing says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from helium.core.plan import Code


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code means, in whole sentences: `when` it is said, and `what_to_do` about it."""

    when: str
    what_to_do: str


NOTHING = "Nothing."

REASONS: Mapping[Code, Reason] = MappingProxyType(
    {
        Code.NEW_FILE: Reason("A file asks for a workspace that does not exist yet. This pass creates it.", NOTHING),
        Code.NEW_EXPIRY: Reason(
            "The workspace had expired and is gone. Its file now has a later expiry, so this pass creates it again.",
            NOTHING,
        ),
        Code.SPEC_CHANGED: Reason("The file changed. This pass updates the workspace.", NOTHING),
        Code.RETRY: Reason(
            "The last attempt failed or was cut short. This pass tries again.",
            "Nothing, unless it keeps failing. `helium why NAME` shows the error.",
        ),
        Code.ROLLED: Reason(
            "You asked for today's program and charts with `helium reconcile --roll`.",
            "Nothing. If the first one fails, the others are not started. Fix it and roll again.",
        ),
        Code.DRIFTED: Reason(
            "Something in the cloud no longer is as it was made, because somebody changed or deleted it by hand. "
            "This pass puts it back, with the program and the charts that the workspace has.",
            "Nothing, if nobody meant the change. Otherwise make it in the file or in `helium.yaml`, or list it under "
            "`drift: {ignore: […]}` of the backend. See [drift](../how-to/drift.md).",
        ),
        Code.FILE_REMOVED: Reason(
            "The file was removed. This pass destroys the workspace.",
            "Nothing, if you meant it. Otherwise put the file back before the pass begins.",
        ),
        Code.EXPIRED: Reason(
            "The deadline has passed. This pass destroys the workspace, or does not create it.",
            "Nothing. To keep a workspace, extend it before its deadline (`helium extend`).",
        ),
        Code.REPLACED: Reason(
            "The file was removed and a new one with the same name was added. "
            "The old workspace is destroyed first, then the new one is created.",
            NOTHING,
        ),
        Code.IN_STEP: Reason("The workspace matches its file.", NOTHING),
        Code.OLDER_PROGRAM: Reason(
            "The workspace matches its file, but it was created with an older program, chart or setting.",
            "Nothing, or bring it up to date with `helium reconcile --roll NAME`.",
        ),
        Code.WAITING: Reason(
            "The last attempt failed, and the next one is not due yet. The wait doubles with each failure, up to an "
            "hour.",
            "Wait, change the file, or name the workspace (`helium reconcile --only NAME`). Each of these tries again.",
        ),
        Code.GONE: Reason(
            "The workspace was destroyed, and a later listing no longer shows its stack. Its record is dropped, and "
            "its history stays in the log.",
            NOTHING,
        ),
        Code.NO_RECORD: Reason(
            "Helium does not know enough about the stack to touch it: the ledger has no record of it, "
            "or what the stack says about its owner does not match the record.",
            "If the stack has a file, run `helium ledger rebuild`. If it has none, see `helium orphans`.",
        ),
        Code.CORRUPT_RECORD: Reason(
            "The record in the ledger cannot be read, so the workspace is left alone.",
            "Run `helium ledger rebuild` (or `helium orphans`, if the file is gone). "
            "If a newer Helium wrote the record, upgrade this one.",
        ),
        Code.CORRUPT_STACK: Reason(
            "Pulumi cannot read the state of this one stack: its file is empty, cut off, not a file, or of a version "
            "that Pulumi does not know. The workspace is left alone, and all others go on.",
            "Replace the file with the backup that the reason names. If there is none, give the stack up with "
            "`helium ledger accept-loss NAME` (or `helium orphans --forget NAME`, if it has no record): its state file "
            "is renamed, and what it had in the cloud stays there until you delete it by hand.",
        ),
        Code.INVALID_SPEC: Reason(
            "The file is not valid or could not be read. The workspace is left alone until the deadline of the last "
            "valid version; where the file asks for more than the maximum, until the maximum.",
            "Fix the file. `helium validate` shows the line.",
        ),
        Code.BACKEND_CHANGED: Reason(
            "The file names another backend than the one the workspace lives in. A workspace cannot move.",
            "Put the old backend back, or ask for the workspace under a new name.",
        ),
        Code.BACKEND_UNKNOWN: Reason(
            "This fleet does not have the backend, or the backend has errors.",
            "Add the backend to `helium.yaml`, or fix the errors that the reason names.",
        ),
        Code.CLUSTER_UNKNOWN: Reason(
            "`helium.yaml` does not say how to reach the cluster that the workspace lives in.",
            "Add the cluster to `clusters:` in `helium.yaml` for as long as workspaces live in it. If it is gone for "
            "ever, delete the workspace and run `helium forget NAME`.",
        ),
        Code.CLUSTER_CHANGED: Reason(
            "The cluster's name points to a different cluster than the one the workspace was created in. "
            "That cluster does not know the workspace, so deleting it there would look like success.",
            "Point the name at the old cluster again. If it is the same cluster under a new address, say so under "
            "`vouched:` in `helium.yaml`. If the old one is gone for ever, delete the workspace and run "
            "`helium forget NAME`.",
        ),
        Code.PROTECTED: Reason(
            "The workspace was protected when it was last applied, so it is not destroyed.",
            "Ask an admin to set `protected: false` in its file (and to put the file back first, if it is gone), then "
            "wait for a pass to apply it.",
        ),
        Code.BUSY: Reason(
            "Another process holds the lock of the stack.",
            "Wait for it. If nobody is working on the stack, run `helium unlock NAME`.",
        ),
        Code.FOREIGN: Reason(
            "The stack does not say that it belongs to this fleet. It is never touched.",
            "Nothing, or find out who created it. Two fleets must not share a name in one state.",
        ),
        Code.LOST_STACK: Reason(
            "The ledger has a record of a stack that existed, but the state does not list it. "
            "When several are missing, nothing at all is applied.",
            "Check that the state is the right one and is complete. "
            "If the stack is really lost, run `helium ledger accept-loss NAME`.",
        ),
        Code.TWO_STACKS: Reason(
            "The state has two stacks with the name of this workspace.",
            "Find out which one is right (`helium orphans`), and remove the other.",
        ),
        Code.PAUSED: Reason(
            "The fleet is paused, so nothing is applied.",
            "End the pause with `helium pause --end`, or remove `paused: true` from `helium.yaml`.",
        ),
        Code.INCOMPLETE_OBSERVATION: Reason(
            "Part of the repository, the settings or the ledger could not be read, or does not fit the rest. "
            "Nothing is destroyed.",
            "Fix what the message names.",
        ),
        Code.FOREIGN_STATE: Reason(
            "The state and the ledger do not belong together: one of them knows this fleet and the other does not. "
            "Nothing is applied.",
            "Check `state:` in `helium.yaml` and which ledger this clone fetches. "
            "If one of them is really lost, run the command that the refusal names.",
        ),
        Code.HISTORY: Reason(
            "Main does not descend from the last commit that Helium accepted, or the commit is not the tip of main. "
            "Nothing is applied.",
            "Find out who rewrote main. If the new history is right, run `helium ledger accept COMMIT`.",
        ),
        Code.UNTRUSTED_CLOCK: Reason(
            "The clock of this machine is far from that of the remote or the state. Or neither tells the time, and the "
            "last pass was more than 24 hours ago, or three of its usual gaps. Nothing expires.",
            "Correct the clock. If it is already right, run `helium reconcile --clock-is-right` once.",
        ),
        Code.DEADLINE_MOVED: Reason(
            "A change to the file moved the deadline into the past. "
            "That counts as a removal, because no earlier pass recorded the deadline while it was in the future.",
            "Nothing, if you meant it. Otherwise put a later date into the file before the pass begins.",
        ),
        Code.OTHER_DEADLINE: Reason(
            "It would go, but the stack itself says that it lives longer, from a file that the ledger does not know: "
            "another copy of the repository extended it. It is not destroyed.",
            "Find out which copy is right, and stop the jobs of the other one. If this one is right, pass "
            "`--allow-deletes DIGEST` as the refusal shows it.",
        ),
        Code.CHANGED_MEANWHILE: Reason(
            "Between the plan and the change, the file came back, changed or went, or somebody else took over the "
            "work. The change was not started.",
            "Nothing. The next pass decides again.",
        ),
        Code.TOO_MANY: Reason(
            "More workspaces than `limits.deletes` would be destroyed in 24 hours that neither expired nor were "
            "requested. None of them is destroyed.",
            "Check the list. If it is right, pass `--allow-deletes DIGEST` as the refusal shows it.",
        ),
        Code.NO_SPECS: Reason(
            "`workspaces/` no longer contains any files. Only what expired or was requested is destroyed.",
            "Put the files back. To empty a fleet, use `helium delete`, or pass `--allow-deletes DIGEST` as the "
            "refusal shows it.",
        ),
        Code.UNEXPECTED_PLAN: Reason(
            "The plan does not match `--expect`. Nothing is applied.",
            "Look at the new plan, and pass its digest.",
        ),
        Code.UNREVIEWED_REMOVAL: Reason(
            "A merged pull request took the file away, but nobody was shown that before: a conflict was resolved so, "
            "or it changed too many files to be planned. Or its host does not answer, so nobody knows yet. The "
            "workspace stays until its deadline.",
            "Put the file back, and remove it in a pull request of its own or with `helium delete`. Or pass "
            "`--allow-deletes DIGEST` as the refusal shows it. While the host is away, wait: the next pass asks again.",
        ),
        Code.QUOTA: Reason(
            "The owner, the team or the fleet has as many workspaces as `helium.yaml` allows, so no more are created. "
            "What exists goes on, and is updated and extended as ever.",
            "Wait, or delete a workspace that nobody needs: what is held is created as soon as there is room. An admin "
            "raises the number in `helium.yaml`, or lets this one in with `helium reconcile --over-quota NAME`.",
        ),
        Code.GRACE: Reason(
            "The workspace is to be destroyed, and waits for `limits.grace` of `helium.yaml` first, so that a mistake "
            "can be taken back. The plan says until when.",
            "Nothing, if you meant it: it goes by itself. To keep it, run `helium restore NAME` if its file is gone, "
            "or extend it if its deadline has passed. An admin lets it go at once with `--allow-deletes DIGEST`, as "
            "the plan shows it.",
        ),
        Code.WOULD_REPLACE: Reason(
            "The update would replace or delete a resource that holds data, and Pulumi refused.",
            "Undo the change to the file. If the data may be deleted, run `helium reconcile --allow-replace NAME`.",
        ),
    }
)
