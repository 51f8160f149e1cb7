"""With a rule of a pass taken out, the explorer finds an accident; the cuts are those of `make safeguards`.

Where another rule stands in for one that is missing, both are taken out. A few are about what no fake has (docs of
`make crash`: why).
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.safeguards import Copy, every

FOUND = {
    "at-work-is-left-out": ("beside a slow stack", "looks again within two seconds"),
    "seen-stays-behind-what-is-at-work": ("a slow stack changes hands", "with the data of owner-1 in it"),
    "notes-need-the-lease": ("a create beside a looker", "has only looked, and writes into the ledger"),
    "notes-of-an-older-lease": ("looked before an announcement", "has only looked, and writes into the ledger"),
    "notes-of-a-renewed-lease": ("looked at one that sleeps", "has only looked, and writes into the ledger"),
    "one-lease-a-pass": ("an update by one that slept", "knows that it no longer holds the lease"),
    "remotes-time-of-the-same-moment": ("a look that slept", "takes the lease of pass-2, which is at work"),
    "lease-for-as-long-as-it-takes": ("a last look that slept", "though its file is there"),
    "put-back-to-what-was-noted": ("a lock on what is protected", "which a pass has seen protected"),
    "put-back-waits": ("a lock that stays", "does not rest"),
    "destroyed-is-not-put-back": ("a lock by hand", "the stack of a is still there"),
    "asked-for-by-name": ("a create beside a looker", "calls the stack of a lost, and it is there"),
    "rounds-are-apart": ("beside a slow stack", "looks again within two seconds"),
    "retries-leave-a-slot": ("beside two retries", "c waits, though a pass is at work"),
    "ends-with-its-settings": ("a pass that may take no more", "is not what it began with"),
    "a-waiter-gets-its-turn": ("a pass that may take no more", "knows that run-x waits for its turn"),
    "takes-work-for-so-long": ("a pass that ends in time", "though its time is over"),
    "rounds-note-the-pass": ("beside a slow stack", "the ledger does not say that it passes"),
    "one-plan-one-round": ("one plan", "which nobody saw in its plan"),
    "limit-counts-what-is-at-work": ("a limit of one", "are destroyed in one day, and the limit is 1"),
    "grace_is_over": ("a grace", "is destroyed before its grace is over"),
    "grace-is-of-one-removal": ("a grace", "is destroyed before its grace is over"),
    "phase-pushed-first": ("a create beside a looker", "and the ledger does not say so"),
    "not-on-a-changed-record": ("an edit beside a looker", "and the ledger does not say so"),
    "pause-before-each-change": ("paused in time", "it has read that the fleet is paused"),
    "lease-before-each-change": ("an update by one that slept", "it has read that it no longer holds the lease"),
    "lease-at-the-last-look": ("a replacement by one that slept", "it has read that it no longer holds the lease"),
    "last-look-of-a-destroy": ("put back in time", "though its file is there, and its time is not over"),
    "last-look-comes-last": ("put back in time", "though its file is there, and its time is not over"),
    "put-back-and-edited put-back-edited-goes-on taken-back-after-a-pass": ("put back in time", "its file is there"),
    "put-back-as-it-went put-back-edited-goes-on taken-back-after-a-pass": (
        "edited, and put back in time",
        "its file is there",
    ),
    "end-with-its-proof": ("one pass, killed", "no line tells of its end"),
    "line-with-its-record": ("a removal that another does again", "the end of a has 2 lines"),
    "line-with-its-known-record": ("a removal that another does again", "the end of a has 2 lines"),
    "order-of-an-admin": ("an order", "and knows that Ada is no admin"),
    "order-in-time": ("an order", "and its time is over"),
    "order-about-what-was-seen": ("an order", "and knows that the file of a is another one"),
    "order-as-it-was-read": ("an order", "changes the order o-1, which has ended"),
    "order-begun-by-one": ("a repair", "begins the order o-1, which"),
    "repair-begun-before-it-is-done": ("a repair, and a death", "the repair of the order o-1 is done twice"),
    "begun-order-is-not-begun-again": ("a repair, and a death", "the order o-1 is still begun"),
}
"""By cuts: the case in which it is found, and what is told."""
STATES = 15_000


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of this clone, whose lines may be cut."""
    return Copy.create(tmp_path_factory.mktemp("cut"))


@pytest.mark.slow
@pytest.mark.parametrize("names", FOUND)
def test_a_rule_that_is_missing_leads_to_an_accident(copy: Copy, names: str) -> None:
    """So the walk that finds nothing says something: each rule stands between somebody and an accident."""
    cuts, (case, sentence) = [cut for cut in every() if cut.name in names.split()], FOUND[names]
    command = (sys.executable, "-m", "tests.explorer", f"--case={case}", f"--states={STATES}")
    with copy.without(*cuts):
        ended = subprocess.run(command, cwd=copy.folder, capture_output=True, text=True, check=False)
    assert 1 == ended.returncode, ended.stdout + ended.stderr
    story = ended.stdout.partition("ACCIDENT: ")[2]
    assert sentence in story.splitlines()[0], ended.stdout


def test_every_counterproof_is_of_a_cut_that_is_there() -> None:
    """A cut that got another name has its counterproof under that one."""
    assert set() == {name for names in FOUND for name in names.split()} - {cut.name for cut in every()}
