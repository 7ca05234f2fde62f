"""What the projector shows of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.ballots import State
from bot.core.questions import pick_next
from bot.services.check_in_box import codes_of
from bot.services.panel_parts import (
    HEARD,
    Shown,
    as_candidate,
    current_of,
    heads_of,
    names_shown,
    shown,
    title_of,
    waiting_of,
)
from bot.store import attendance, courses, panels, votes
from bot.store.panels import PanelRow
from bot.store.questions import QuestionRow
from bot.store.votes import Turnout

QUEUE = 4
"""Questions that the projector shows beside the current one."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """An open check-in: the code to type now, how long one is shown (None: for good), how many are in."""

    code: str
    window: timedelta | None
    present: int


@dataclass(frozen=True, slots=True)
class Screen:
    """What the projector shows. `begun` when there is a panel, not only its page."""

    course: str
    title: str
    begun: bool
    over: bool
    current: Shown | None
    queue: tuple[Shown, ...]
    waiting: int
    vote: Turnout | None
    check_in: CheckIn | None = None


def screen(tx: Connection, token: str, now: datetime) -> Screen | None:
    panel = panels.by_token(tx, token)
    if panel is None:
        return None
    course = courses.by_id(tx, panel.course_id)
    heads = heads_of(tx, panel) if panel.opened else []
    current, waiting, named = current_of(tx, panel, heads), waiting_of(heads), names_shown(tx, course)
    there = [vote for vote in votes.of_session(tx, course.id, panel.session_id) if vote.state is State.OPEN]
    return Screen(
        course=course.code or course.title,
        title=title_of(tx, course, panel.session_id),
        begun=panel.opened,
        over=panel.opened and panel.closed_at is not None,
        current=current if current and current.state != "skipped" else None,
        queue=tuple(shown(head, named=named) for head in _in_turn(waiting, heads)[:QUEUE]),
        waiting=len(waiting),
        vote=votes.turnout(tx, there[0].id) if there else None,
        check_in=_check_in(tx, panel, now),
    )


def _check_in(tx: Connection, panel: PanelRow, now: datetime) -> CheckIn | None:
    row = attendance.get(tx, panel.course_id, panel.session_id)
    if row is None or not row.takes(now):
        return None
    codes = codes_of(courses.in_force(tx, panel.course_id), row)
    return CheckIn(codes.shown(now), codes.window, attendance.count(tx, panel.session_id))


def _in_turn(waiting: Sequence[QuestionRow], heads: Sequence[QuestionRow]) -> list[QuestionRow]:
    """The next few as they will be picked if nothing comes in between."""
    left = {head.id: head for head in waiting}
    asked = [as_candidate(head) for head in heads if head.state in HEARD]
    turns: list[QuestionRow] = []
    while left and len(turns) < QUEUE:
        chosen = pick_next([as_candidate(head) for head in left.values()], asked)
        assert chosen is not None
        asked.append(chosen)
        turns.append(left.pop(chosen.id))
    return turns
