"""Queries on panels in class: the question on the table, those that wait, what was noted, who performs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, insert, or_, select, update

from bot.core.course import Role
from bot.store.tables import (
    account,
    duty,
    group_duty,
    panel,
    panel_note,
    person,
    question,
    study_group,
)
from bot.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A panel as stored. `projector` is the secret part of its address."""

    session_id: int
    course_id: int
    thread: str | None
    projector: str
    current_id: int | None
    opened_at: datetime
    closed_at: datetime | None

    @property
    def opened(self) -> bool:
        """Whether it was ever opened: a check-in makes the projector's page before (`create`)."""
        return self.closed_at is None or self.closed_at >= self.opened_at


@dataclass(frozen=True, slots=True)
class Performer:
    """Somebody on duty in a session, with the group that holds it, if one does."""

    role: Role
    group: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down in class: a "note" or a "follow_up", about a question if about any."""

    kind: str
    text: str
    by: str
    at: datetime
    question_id: int | None
    question: str | None


_PANEL = select(*(panel.c[name] for name in PanelRow.__dataclass_fields__))
_HEAD_ID = func.coalesce(question.c.under_id, question.c.id)
_NOTES = (
    select(
        panel_note.c.kind,
        panel_note.c.text,
        person.c.name.label("by"),
        panel_note.c.at,
        panel_note.c.question_id,
        question.c.text.label("question"),
    )
    .join(person, person.c.id == panel_note.c.person_id)
    .outerjoin(question, question.c.id == panel_note.c.question_id)
    .order_by(panel_note.c.at, panel_note.c.id)
)


def get(tx: Connection, course_id: int, session_id: int) -> PanelRow | None:
    """The panel of a session: open, closed, or only the projector's page of one."""
    return _one(tx, _PANEL.where(panel.c.course_id == course_id, panel.c.session_id == session_id))


def by_token(tx: Connection, token: str) -> PanelRow | None:
    """The panel with this secret in its address: one look into an index, whether there is one or not."""
    return _one(tx, _PANEL.where(panel.c.projector == token))


def of_course(tx: Connection, course_id: int) -> list[PanelRow]:
    """Every panel that was opened, the newest first."""
    rows = tx.execute(_PANEL.where(panel.c.course_id == course_id).order_by(panel.c.opened_at.desc()))
    return [found for row in rows if (found := PanelRow(*row)).opened]


def create(tx: Connection, course_id: int, session_id: int, token: str, now: datetime, *, opened: bool = True) -> None:
    """A new panel; when not `opened`, only its projector's page. Hold the course first."""
    values: dict[str, object] = {"course_id": course_id, "session_id": session_id, "projector": token}
    # Closed before it was opened: that is how a page alone is told from a panel.
    values |= {"opened_at": now, "closed_at": None if opened else now - timedelta(seconds=1)}
    tx.execute(insert(panel).values(**values))


def change(tx: Connection, session_id: int, **values: object) -> None:
    """Set columns of a panel."""
    tx.execute(update(panel).where(panel.c.session_id == session_id).values(**values))


def put_at(tx: Connection, question_id: int) -> datetime | None:
    """When a question was last asked, answered or skipped in class."""
    return tx.execute(select(question.c.state_at).where(question.c.id == question_id)).scalar()


def head_of(tx: Connection, question_id: int) -> int:
    """The question that stands for this one, which must exist: itself, or the one it was put under."""
    return int(tx.execute(select(_HEAD_ID).where(question.c.id == question_id)).scalar_one())


def mark(tx: Connection, head_id: int, state: str, now: datetime) -> None:
    """Give a question, and those put under it, a state."""
    family = or_(question.c.id == head_id, question.c.under_id == head_id)
    tx.execute(update(question).where(family).values(state=state, state_at=now))


def askers(tx: Connection, head_id: int, platform: str, but: int) -> list[str]:
    """The platform's ids of those who asked this (or one put under it) and are in the course, without `but`."""
    statement = (
        select(account.c.user_id)
        .join(person, person.c.id == account.c.person_id)
        .where(
            account.c.platform == platform,
            person.c.id != but,
            person.c.dropped_at.is_(None),
            exists().where(
                question.c.person_id == person.c.id,
                or_(question.c.id == head_id, question.c.under_id == head_id),
                question.c.withdrawn_at.is_(None),
            ),
        )
    )
    return list(tx.execute(statement.order_by(person.c.id)).scalars())


def performers(tx: Connection, session_id: int) -> list[Performer]:
    """Who is on duty, in the order of the schedule."""
    statement = (
        select(duty.c.role, study_group.c.name.label("group_name"), person.c.name)
        .join(person, person.c.id == duty.c.person_id)
        .outerjoin(group_duty, group_duty.c.id == duty.c.group_duty_id)
        .outerjoin(study_group, study_group.c.id == group_duty.c.group_id)
        .where(duty.c.session_id == session_id, duty.c.ended_at.is_(None))
        .order_by(duty.c.role, duty.c.position, duty.c.id)
    )
    return [Performer(Role(row.role), row.group_name, row.name) for row in tx.execute(statement)]


def summarizes(tx: Connection, session_id: int, person_id: int) -> bool:
    """Whether somebody writes the summary of a session."""
    theirs = and_(duty.c.session_id == session_id, duty.c.person_id == person_id, duty.c.ended_at.is_(None))
    found = tx.execute(select(duty.c.id).where(theirs, duty.c.role == Role.SUMMARIZER.value).limit(1))
    return found.first() is not None


def add_note(
    tx: Connection,
    course_id: int,
    session_id: int,
    question_id: int | None,
    person_id: int,
    kind: str,
    text: str,
    interaction_id: str,
    now: datetime,
) -> bool:
    """Keep a note; False when the same submission is there already."""
    values: dict[str, object] = {"course_id": course_id, "session_id": session_id, "person_id": person_id}
    values |= {"question_id": question_id}
    values |= {"kind": kind, "text": text, "interaction_id": interaction_id, "at": now}
    statement = insert_for(tx, panel_note).values(**values)
    once = statement.on_conflict_do_nothing(index_elements=["course_id", "interaction_id"]).returning(panel_note.c.id)
    return tx.execute(once).first() is not None


def notes(tx: Connection, session_id: int) -> list[Note]:
    """Everything written down in a session, in order of time."""
    return [Note(*row) for row in tx.execute(_NOTES.where(panel_note.c.session_id == session_id))]


def follow_ups(tx: Connection, question_id: int) -> list[Note]:
    """What others added to a question in class, or to the one it was put under, in order of time."""
    there = panel_note.c.question_id == select(_HEAD_ID).where(question.c.id == question_id).scalar_subquery()
    return [Note(*row) for row in tx.execute(_NOTES.where(there, panel_note.c.kind == "follow_up"))]


def _one(tx: Connection, statement: Select[*tuple[Any, ...]]) -> PanelRow | None:
    row = tx.execute(statement).first()
    return PanelRow(*row) if row else None
