"""Which version of a hand-in counts, and whether it is on time: pure, judged by when the platform received it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from bot.core.questions import on_time
from bot.core.times import require_aware


class Version(Protocol):
    """One version, received at `at`."""

    @property
    def version(self) -> int: ...

    @property
    def at(self) -> datetime: ...


V = TypeVar("V", bound=Version)


def counting(versions: Iterable[V], due_at: datetime) -> V | None:
    """The version that counts: the latest that is on time, or, when none is, the latest of the late ones.

    "Latest" is by the moment it was received; of two in the same instant it is the higher version.
    """
    by_time = sorted(versions, key=lambda one: (require_aware(one.at), one.version))
    in_time = [one for one in by_time if on_time(one.at, due_at)]
    found = in_time or by_time
    return found[-1] if found else None


def staying(versions: Iterable[V], late: int | None, due_at: datetime) -> int | None:
    """The number of the version that came in time and goes on counting after a `late` one (None: one to
    come); None when there is none."""
    found = counting(versions, due_at)
    return found.version if found and found.version != late and on_time(found.at, due_at) else None
