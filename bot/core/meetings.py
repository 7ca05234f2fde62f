"""When and where a class meets unless the schedule says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time

from bot.core.course import PageSession
from bot.core.errors import CourseError


@dataclass(frozen=True, slots=True)
class Meeting:
    """One line of the weekly pattern: weekdays (Monday is 0) and wall times in the course's zone."""

    weekdays: frozenset[int]
    starts: time
    ends: time
    room: str | None


def with_times(session: PageSession, pattern: Sequence[Meeting]) -> tuple[PageSession, str | None]:
    """`session` with start, end and room filled in from the pattern, and a warning if that took a guess.

    On a day that is no meeting day the first line of the pattern lends its times, and the warning says so.

    Raises:
        CourseError: the page gives no time and there is no pattern.
    """
    if session.starts and session.ends:
        return session, None
    if not pattern:
        raise CourseError(
            "The schedule gives no times and config.toml has no [[course.meetings]]: add one with days, start and end."
        )
    fitting = [meeting for meeting in pattern if session.date.weekday() in meeting.weekdays]
    meeting = (fitting or pattern)[0]
    timed = replace(
        session,
        starts=session.starts or meeting.starts,
        ends=session.ends or meeting.ends,
        room=session.room or (meeting.room if fitting and session.kind.meets else None),
    )
    if timed.ends and timed.starts and timed.ends <= timed.starts:
        timed = replace(timed, ends=time(23, 59))
    if fitting:
        return timed, None
    return timed, (
        f"{session.date:%a %b %-d} is not one of the course's meeting days: "
        f"{meeting.starts:%H:%M}-{meeting.ends:%H:%M} is taken for it."
    )
