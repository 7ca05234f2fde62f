"""What is announced about votes: pure values, put into words by each front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.ballots import Method, Result, Standing


@dataclass(frozen=True, slots=True)
class VoteOpen:
    """A vote that is open; `voted` of `voters` have cast their ballot."""

    vote_id: int
    title: str
    method: Method
    closes_at: datetime
    voted: int
    voters: int
    poll: bool


@dataclass(frozen=True, slots=True)
class VoteReminder:
    """To those who have not voted, by the platform's ids."""

    vote_id: int
    title: str
    closes_at: datetime
    recipients: tuple[str, ...]
    late: timedelta


@dataclass(frozen=True, slots=True)
class VoteResult:
    """What came out. `labels` names each choice of `result`; `standings` are over the term, `names` its groups;
    `bonus` are the participation points for each member on duty of a group that won."""

    title: str
    labels: dict[int, str]
    result: Result
    voters: int
    poll: bool
    standings: tuple[Standing, ...] = ()
    names: dict[int, str] | None = None
    bonus: int = 0


@dataclass(frozen=True, slots=True)
class VoteCalledOff:
    """A result was posted, and the vote has been called off since."""

    title: str
    poll: bool


@dataclass(frozen=True, slots=True)
class VoteRefused:
    """To staff: the vote of a class could not open by itself, and why."""

    title: str
    reason: str
