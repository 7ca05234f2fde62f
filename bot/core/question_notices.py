"""What the outbox says about questions, and what staff export: pure values, put into words elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `author` is None where the reader may not know it, and then `asked_at` is None too."""

    text: str
    late: bool
    state: str
    author: str | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Umbrella:
    """Questions that ask the same, the head first, with the votes for any of them."""

    questions: tuple[Asked, ...]
    votes: int


@dataclass(frozen=True, slots=True)
class PaperDigest:
    """What was asked about one paper, most votes first."""

    title: str
    url: str | None
    required: bool
    umbrellas: tuple[Umbrella, ...]

    @property
    def total(self) -> int:
        return sum(len(one.questions) for one in self.umbrellas)


@dataclass(frozen=True, slots=True)
class Digest:
    """All questions of a class, as they stand. Without names when `named` is False: they are not in it at all."""

    title: str
    cut_off: datetime
    papers: tuple[PaperDigest, ...]
    named: bool

    @property
    def total(self) -> int:
        return sum(paper.total for paper in self.papers)


@dataclass(frozen=True, slots=True)
class DigestDue:
    """The digest that goes out at the cut-off; `late` is how long after it, else zero."""

    digest: Digest
    late: timedelta


@dataclass(frozen=True, slots=True)
class DigestWaiting:
    """To those who could not be sent the digest, by the platform's ids: it says where to look, and quotes nothing."""

    title: str
    recipients: tuple[str, ...]
    late: timedelta
