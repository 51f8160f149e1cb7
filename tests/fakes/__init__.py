"""One fake per port, kept true by the contract suite that also runs on the real thing.

`Specs` has none: the real one touches no file, and is quick.
"""

from tests.fakes.backends import FakeBackends
from tests.fakes.change_requests import FakeChangeRequests
from tests.fakes.commit_queue import FakeCommitQueue, FakeView
from tests.fakes.engine import FakeEngine, FakeStack
from tests.fakes.host import FakeHost, Forge
from tests.fakes.ledger import FakeLedger
from tests.fakes.live import FakeLive
from tests.fakes.messages import FakeChannel, FakeJournal, FakeMessages
from tests.fakes.order_book import FakeOrderBook
from tests.fakes.repo import FakeCommit, FakeRepo, blob_of
from tests.fakes.reviews import FakeReviews
from tests.fakes.sign_ins import FakeSignIns

__all__ = [
    "FakeBackends",
    "FakeChangeRequests",
    "FakeChannel",
    "FakeCommit",
    "FakeCommitQueue",
    "FakeEngine",
    "FakeHost",
    "FakeJournal",
    "FakeLedger",
    "FakeLive",
    "FakeMessages",
    "FakeOrderBook",
    "FakeRepo",
    "FakeReviews",
    "FakeSignIns",
    "FakeStack",
    "FakeView",
    "Forge",
    "blob_of",
]
