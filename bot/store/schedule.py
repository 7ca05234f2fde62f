"""Queries on sessions, their readings and duties. Rows are ended, never deleted; every change leaves a record."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Integer, Row, bindparam, func, insert, select, update

from bot.core.course import Kind, PageSession, Reading, Role
from bot.core.times import require_aware, wall
from bot.store.tables import duty, duty_seat, person, reading, session, session_change
from bot.store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class SessionView:
    """A class meeting with what hangs on it; instants in UTC."""

    id: int
    date: date
    starts_at: datetime
    ends_at: datetime
    kind: Kind
    title: str | None
    topic: str | None
    room: str | None
    cancelled: bool
    readings: tuple[Reading, ...]
    duties: dict[Role, tuple[str, ...]]

    def as_page(self, zone: ZoneInfo) -> PageSession:
        """The session as a row of a page, with its wall times in `zone`."""
        return PageSession(
            date=self.date,
            kind=self.kind,
            title=self.title,
            topic=self.topic,
            readings=self.readings,
            duties=self.duties,
            starts=self.starts_at.astimezone(zone).time(),
            ends=self.ends_at.astimezone(zone).time(),
            room=self.room,
        )


# Statements are built once: building one costs more than running it.
_OPEN = session.c.cancelled_at.is_(None)
_OF_COURSE = select(session).where(session.c.course_id == bindparam("course_id"))
_IN_ORDER = _OF_COURSE.order_by(session.c.starts_at, session.c.id)
_EVERY = _IN_ORDER.where(_OPEN)
_ONE = _EVERY.where(session.c.id == bindparam("session_id"))
_WINDOW = _EVERY.offset(bindparam("offset", type_=Integer)).limit(bindparam("limit", type_=Integer))
_UPCOMING = _EVERY.where(
    session.c.ends_at > bindparam("now", type_=UtcDateTime), session.c.kind != Kind.NO_CLASS.value
).limit(1)
_UPCOMING_ID = _UPCOMING.with_only_columns(session.c.id)
_ENDS = select(session.c.ends_at).where(session.c.course_id == bindparam("course_id"), _OPEN)
_ENDS_IN_ORDER = _ENDS.order_by(session.c.starts_at, session.c.id)
_READINGS = (
    select(reading)
    .where(reading.c.session_id.in_(bindparam("ids", expanding=True)), reading.c.removed_at.is_(None))
    .order_by(reading.c.session_id, reading.c.position)
)
_DUTIES = (
    select(duty.c.session_id, duty.c.role, person.c.name)
    .join(person, person.c.id == duty.c.person_id)
    .where(duty.c.session_id.in_(bindparam("ids", expanding=True)), duty.c.ended_at.is_(None))
    .order_by(duty.c.session_id, duty.c.role, duty.c.position)
)


def every(tx: Connection, course_id: int, *, cancelled: bool = False) -> list[SessionView]:
    """All sessions in order of time; `cancelled` adds the cancelled ones."""
    return _views(tx, tx.execute(_IN_ORDER if cancelled else _EVERY, {"course_id": course_id}).all())


def one(tx: Connection, course_id: int, session_id: int) -> SessionView | None:
    """A session that is not cancelled."""
    found = _views(tx, tx.execute(_ONE, {"course_id": course_id, "session_id": session_id}).all())
    return found[0] if found else None


def upcoming(tx: Connection, course_id: int, now: datetime) -> SessionView | None:
    """The first class that people come to and that is not over at `now`."""
    found = _views(tx, tx.execute(_UPCOMING, {"course_id": course_id, "now": now}).all())
    return found[0] if found else None


def upcoming_id(tx: Connection, course_id: int, now: datetime) -> int | None:
    """The id of the session that `upcoming` gives."""
    return tx.execute(_UPCOMING_ID, {"course_id": course_id, "now": now}).scalar()


def ends(tx: Connection, course_id: int) -> list[datetime]:
    """When each session that is not cancelled ends, in the order of `every`."""
    return list(tx.execute(_ENDS_IN_ORDER, {"course_id": course_id}).scalars())


def window(tx: Connection, course_id: int, offset: int, limit: int) -> list[SessionView]:
    """`limit` sessions from the `offset`-th on, in the order of `every`."""
    return _views(tx, tx.execute(_WINDOW, {"course_id": course_id, "offset": offset, "limit": limit}).all())


def change_counts(tx: Connection, course_id: int) -> dict[int, int]:
    """How many changes are recorded of each session (see `record`); those without any are left out."""
    counted = select(session_change.c.session_id, func.count().label("changes")).group_by(session_change.c.session_id)
    rows = tx.execute(counted.where(session_change.c.course_id == course_id))
    return {row.session_id: row.changes for row in rows}


def add(tx: Connection, course_id: int, page: PageSession, zone: ZoneInfo) -> int:
    """A new session without readings or duties (see `set_readings`, `set_duties`); returns its id."""
    values = {"course_id": course_id, **_columns(page, zone)}
    session_id = int(tx.execute(insert(session).values(**values).returning(session.c.id)).scalar_one())
    _seats(tx, course_id, session_id, page.kind)
    return session_id


def change(tx: Connection, course_id: int, session_id: int, page: PageSession, zone: ZoneInfo) -> None:
    """Give the session the page's date, times, kind, title, topic and room; it is no longer cancelled."""
    values = {**_columns(page, zone), "cancelled_at": None}
    tx.execute(update(session).where(session.c.id == session_id).values(**values))
    _seats(tx, course_id, session_id, page.kind)


def _seats(tx: Connection, course_id: int, session_id: int, kind: Kind) -> None:
    """A student lecture has a seat for each role, unless it has others already."""
    if kind is not Kind.STUDENT_LECTURE:
        return
    there = select(duty_seat.c.place).where(duty_seat.c.session_id == session_id).limit(1)
    if tx.execute(there).first() is None:
        row = {"course_id": course_id, "session_id": session_id, "place": 1}
        tx.execute(insert(duty_seat), [{**row, "role": role.value} for role in Role])


def cancel(tx: Connection, session_id: int, at: datetime) -> None:
    tx.execute(update(session).where(session.c.id == session_id).values(cancelled_at=at))


def set_readings(tx: Connection, course_id: int, session_id: int, wanted: tuple[Reading, ...], now: datetime) -> None:
    """Make the open readings those `wanted`, in that order. A reading that stays keeps its id."""
    columns = (reading.c.id, reading.c.title, reading.c.url)
    open_rows = tx.execute(
        select(*columns).where(reading.c.session_id == session_id, reading.c.removed_at.is_(None))
    ).all()
    # All are ended first, because positions are unique among the open ones.
    tx.execute(
        update(reading).where(reading.c.session_id == session_id, reading.c.removed_at.is_(None)).values(removed_at=now)
    )
    free = {(row.url or row.title.casefold()): row.id for row in reversed(open_rows)}
    for position, item in enumerate(wanted):
        values = {
            "position": position,
            "title": item.title,
            "url": item.url,
            "required": item.required,
            "note": item.note,
        }
        kept = free.pop(item.url or item.title.casefold(), None)
        if kept is None:
            tx.execute(insert(reading).values(course_id=course_id, session_id=session_id, **values))
        else:
            tx.execute(update(reading).where(reading.c.id == kept).values(**values, removed_at=None))


def set_duties(
    tx: Connection, course_id: int, session_id: int, wanted: dict[Role, tuple[int, ...]], now: datetime
) -> None:
    """Make the open duties those `wanted` (person ids by role); duties given up are ended, not deleted."""
    rows = tx.execute(
        select(duty.c.id, duty.c.role, duty.c.person_id).where(
            duty.c.session_id == session_id, duty.c.ended_at.is_(None)
        )
    ).all()
    target = {(role.value, who): place for role, people in wanted.items() for place, who in enumerate(people)}
    for row in rows:
        place = target.pop((row.role, row.person_id), None)
        values: dict[str, Any] = {"ended_at": now} if place is None else {"position": place}
        tx.execute(update(duty).where(duty.c.id == row.id).values(**values))
    for (role, who), place in target.items():
        tx.execute(
            insert(duty).values(
                course_id=course_id,
                session_id=session_id,
                role=role,
                person_id=who,
                position=place,
                assigned_at=now,
            )
        )


def holders(tx: Connection, session_id: int) -> dict[str, int]:
    """Who has a duty in the session: ids by name."""
    statement = select(person.c.name, person.c.id).join(duty, duty.c.person_id == person.c.id)
    rows = tx.execute(statement.where(duty.c.session_id == session_id, duty.c.ended_at.is_(None)).order_by(duty.c.id))
    return {row.name: row.id for row in rows}


def record(
    tx: Connection,
    course_id: int,
    session_id: int,
    actor: str,
    what: str,
    before: PageSession | None,
    after: PageSession | None,
    now: datetime,
) -> None:
    """Keep what was done to a session, by whom, and the row before and after."""
    tx.execute(
        insert(session_change).values(
            course_id=course_id,
            session_id=session_id,
            at=now,
            actor=actor,
            what=what,
            before=_json(before),
            after=_json(after),
        )
    )


def _columns(page: PageSession, zone: ZoneInfo) -> dict[str, Any]:
    if page.starts is None or page.ends is None:
        raise ValueError(f"{page.date}: a session is stored with its times")
    return {
        "date": page.date,
        "starts_at": wall(page.date, page.starts, zone),
        "ends_at": wall(page.date, page.ends, zone),
        "kind": page.kind.value,
        "title": page.title,
        "topic": page.topic,
        "room": page.room,
    }


def _views(tx: Connection, rows: Sequence[Row[Any]]) -> list[SessionView]:
    if not rows:
        return []
    ids = {"ids": [row.id for row in rows]}
    readings: defaultdict[int, list[Reading]] = defaultdict(list)
    for row in tx.execute(_READINGS, ids):
        readings[row.session_id].append(Reading(row.title, row.url, row.required, row.note))
    duties: defaultdict[int, defaultdict[Role, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in tx.execute(_DUTIES, ids):
        duties[row.session_id][Role(row.role)].append(row.name)
    return [
        SessionView(
            id=row.id,
            date=row.date,
            starts_at=require_aware(row.starts_at),
            ends_at=require_aware(row.ends_at),
            kind=Kind(row.kind),
            title=row.title,
            topic=row.topic,
            room=row.room,
            cancelled=row.cancelled_at is not None,
            readings=tuple(readings[row.id]),
            duties={role: tuple(duties[row.id][role]) for role in Role if role in duties[row.id]},
        )
        for row in rows
    ]


def _json(page: PageSession | None) -> str | None:
    if page is None:
        return None
    return json.dumps(
        {
            "date": page.date.isoformat(),
            "starts": page.starts and page.starts.isoformat(),
            "ends": page.ends and page.ends.isoformat(),
            "kind": page.kind,
            "title": page.title,
            "topic": page.topic,
            "room": page.room,
            "readings": [[item.title, item.url, item.required, item.note] for item in page.readings],
            "duties": {role: list(people) for role, people in page.duties.items()},
        },
        ensure_ascii=False,
    )
