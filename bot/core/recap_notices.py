"""What the outbox says about recaps: pure values, put into words by the front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.core.recap import Recap


@dataclass(frozen=True, slots=True)
class RecapReady:
    """The draft for a class, to those who write its summary. `late` is how long after it was made it goes out."""

    session_id: int
    title: str
    recap: Recap
    late: timedelta


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """To the class, once: recaps are drafted by this model, which lies at `host`."""

    model: str
    host: str
    late: timedelta
