"""What the projector shows of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.core.ballots import State
from bot.core.questions import pick_next
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
from bot.store import courses, panels, votes
from bot.store.questions import QuestionRow
from bot.store.votes import Turnout

QUEUE = 4
"""Questions that the projector shows beside the current one."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the projector shows. `check_in` is a line with a code to check in by; None: there is none."""

    course: str
    title: str
    over: bool
    current: Shown | None
    queue: tuple[Shown, ...]
    waiting: int
    vote: Turnout | None
    check_in: str | None = None


def screen(tx: Connection, token: str) -> Screen | None:
    panel = panels.by_token(tx, token)
    if panel is None:
        return None
    course = courses.by_id(tx, panel.course_id)
    heads = heads_of(tx, panel)
    current, waiting, named = current_of(tx, panel, heads), waiting_of(heads), names_shown(tx, course)
    there = [vote for vote in votes.of_session(tx, course.id, panel.session_id) if vote.state is State.OPEN]
    return Screen(
        course=course.code or course.title,
        title=title_of(tx, course, panel.session_id),
        over=panel.closed_at is not None,
        current=current if current and current.state != "skipped" else None,
        queue=tuple(shown(head, named=named) for head in _in_turn(waiting, heads)[:QUEUE]),
        waiting=len(waiting),
        vote=votes.turnout(tx, there[0].id) if there else None,
    )


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
