"""Stories: the processes that work on one table, one after another or at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias, final


class Rows(Enum):
    """How new rows of the source are recognised."""

    BY_CURSOR = "a cursor"
    BY_KEY = "an idempotency key"
    BY_NOTHING = "neither a cursor nor a key"


class Lines(Enum):
    """Which loads have nested rows, one for each of their rows."""

    NEVER = "no load"
    ALWAYS = "every load"
    FIRST = "the first load, and the source takes them away then"


class Chore(Enum):
    """An action of another program on the table."""

    REMOVE_LEFTOVERS = "remove_leftovers"
    EXPIRE = "expiry"
    ROLL_BACK = "a roll-back"
    FOREIGN_COMMIT = "another engine"

    def __str__(self) -> str:
        return self.value


@final
@dataclass(frozen=True, slots=True)
class Run:
    """A run on *host*: it commits what is pending on its disk, and then loads new rows."""

    host: str

    def __str__(self) -> str:
        return self.host


@final
@dataclass(frozen=True, slots=True)
class Resume:
    """A run on *host* that only commits what is pending."""

    host: str

    def __str__(self) -> str:
        return self.host


Process: TypeAlias = Run | Resume | Chore


@final
@dataclass(frozen=True, slots=True)
class Story:
    """*acts* follow one another; the processes of one act run at the same time.

    The source has one more row in each act. Nested rows (*lines*) go to a second table. With *in_turn* the catalog
    commits table by table. *staged* hosts begin with a package that was staged and never sent.
    """

    name: str
    acts: tuple[tuple[Process, ...], ...]
    rows: Rows = Rows.BY_CURSOR
    lines: Lines = Lines.NEVER
    in_turn: bool = False
    staged: tuple[str, ...] = ()
    most_faults: int = 2


A, B, C = Run("A"), Run("B"), Run("C")

STORIES: Final = (
    Story("one package, retried", ((A,), (A,))),
    Story("one package, retried and read anew, without a cursor", ((A,), (A,)), rows=Rows.BY_NOTHING),
    Story("one package, retried, with an idempotency key", ((A,), (A,), (B,)), rows=Rows.BY_KEY),
    Story("two processes on one package", ((Resume("A"), Resume("A")), (A,)), staged=("A",)),
    Story("two hosts", ((A, B), (A,))),
    Story("three hosts", ((A, B, C),), most_faults=1),
    Story("nested rows, all tables in one commit", ((A,), (A,)), lines=Lines.ALWAYS),
    Story("nested rows, table by table", ((A,), (A,)), lines=Lines.ALWAYS, in_turn=True),
    Story("nested rows, table by table, on a fresh host", ((A,), (B,)), lines=Lines.ALWAYS, in_turn=True),
    Story(
        "nested rows that do not come again, table by table", ((A,), (A,)), lines=Lines.FIRST, in_turn=True
    ),
    Story("a run beside remove_leftovers", ((A, Chore.REMOVE_LEFTOVERS), (A,))),
    Story("two hosts beside remove_leftovers", ((A,), (A, B, Chore.REMOVE_LEFTOVERS)), most_faults=1),
    Story("a run beside the expiry of snapshots", ((A,), (A, Chore.EXPIRE), (A,))),
    Story("a run beside a roll-back", ((A,), (A, Chore.ROLL_BACK), (A,))),
    Story("a run beside another engine's commit", ((A,), (A, Chore.FOREIGN_COMMIT), (A,))),
    Story(
        "a roll-back, then the expiry of snapshots",
        ((A,), (A,), (Chore.ROLL_BACK,), (A,), (Chore.EXPIRE,), (A,)),
    ),
    Story(
        "a roll-back, another engine's commit, then the expiry of snapshots",
        ((A,), (A,), (Chore.ROLL_BACK,), (Chore.FOREIGN_COMMIT,), (Chore.EXPIRE,), (A,)),
    ),
)
