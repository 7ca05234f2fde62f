"""Queries on check-ins: those that are held, who is in, who guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from bot.store.tables import attendance, check_in, check_in_attempt
from bot.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """The check-in of a session. It takes codes from `opened_at` until just before `over_at`."""

    session_id: int
    course_id: int
    key: bytes
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None

    @property
    def over_at(self) -> datetime:
        """When it closes, or when staff closed it."""
        return min(self.closes_at, self.closed_at or self.closes_at)

    def takes(self, at: datetime) -> bool:
        """Whether it is open at `at`."""
        return self.opened_at <= at < self.over_at


@dataclass(frozen=True, slots=True)
class In:
    """Somebody who is in, since when; `by_staff`: marked by hand."""

    person_id: int
    at: datetime
    by_staff: bool


_ROWS = select(*(attendance.c[name] for name in AttendanceRow.__dataclass_fields__))
_OF_COURSES = _ROWS.where(attendance.c.course_id.in_(bindparam("courses", expanding=True))).order_by(
    attendance.c.opened_at.desc(), attendance.c.session_id
)
_THERE = select(check_in.c.session_id, check_in.c.person_id, check_in.c.at, check_in.c.how)
_THERE_ALREADY = _THERE.where(
    check_in.c.session_id.in_(bindparam("sessions", expanding=True)),
    check_in.c.person_id.in_(bindparam("people", expanding=True)),
)
_WRONG = (
    select(check_in_attempt.c.person_id, check_in_attempt.c.at)
    .where(check_in_attempt.c.person_id.in_(bindparam("people", expanding=True)))
    .order_by(check_in_attempt.c.at, check_in_attempt.c.id)
)


def get(tx: Connection, course_id: int, session_id: int) -> AttendanceRow | None:
    """The check-in of a session, open or over."""
    row = tx.execute(_ROWS.where(attendance.c.course_id == course_id, attendance.c.session_id == session_id)).first()
    return _row(row) if row else None


def of_courses(tx: Connection, course_ids: Collection[int]) -> list[AttendanceRow]:
    """Every check-in there was in these courses, the newest first."""
    return [_row(row) for row in tx.execute(_OF_COURSES, {"courses": sorted(course_ids)})]


def create(tx: Connection, course_id: int, session_id: int, key: bytes, now: datetime, closes_at: datetime) -> None:
    """A new open check-in. Hold the course first."""
    values = {"course_id": course_id, "session_id": session_id, "key": key}
    tx.execute(insert(attendance).values(**values, opened_at=now, closes_at=closes_at))


def change(tx: Connection, session_id: int, **values: object) -> None:
    """Set columns of a check-in."""
    tx.execute(update(attendance).where(attendance.c.session_id == session_id).values(**values))


def discard(tx: Connection, session_id: int) -> None:
    """Forget a check-in and who was in."""
    tx.execute(delete(check_in).where(check_in.c.session_id == session_id))
    tx.execute(delete(attendance).where(attendance.c.session_id == session_id))


def count(tx: Connection, session_id: int) -> int:
    """How many are in."""
    return tx.execute(select(func.count()).where(check_in.c.session_id == session_id)).scalar_one()


def there(tx: Connection, session_id: int) -> list[In]:
    """Who is in, in the order they came."""
    rows = tx.execute(_THERE.where(check_in.c.session_id == session_id).order_by(check_in.c.at, check_in.c.person_id))
    return [In(row.person_id, row.at, row.how == "staff") for row in rows]


def there_already(
    tx: Connection, session_ids: Collection[int], people: Collection[int]
) -> dict[tuple[int, int], datetime]:
    """Since when each of these people is in, by session and person."""
    names = {"sessions": sorted(session_ids), "people": sorted(people)}
    return {(row.session_id, row.person_id): row.at for row in tx.execute(_THERE_ALREADY, names)}


def put(tx: Connection, course_id: int, arrivals: Sequence[tuple[int, int, datetime]], how: str) -> None:
    """Check people in: session, person, when. Who is in already stays so."""
    if arrivals:
        # In one order everywhere: two writers that lock rows in different orders wait for each other.
        rows = [
            {"session_id": session_id, "person_id": person_id, "course_id": course_id, "at": at, "how": how}
            for session_id, person_id, at in sorted(arrivals)
        ]
        tx.execute(insert_for(tx, check_in).on_conflict_do_nothing(index_elements=["session_id", "person_id"]), rows)


def take_out(tx: Connection, session_id: int, person_id: int) -> bool:
    """Whether somebody was in, who now is not."""
    theirs = (check_in.c.session_id == session_id, check_in.c.person_id == person_id)
    return tx.execute(delete(check_in).where(*theirs)).rowcount == 1


def wrong_codes(tx: Connection, people: Collection[int]) -> dict[int, list[datetime]]:
    """When each of these people tried wrong codes lately, in order of time."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for row in tx.execute(_WRONG, {"people": sorted(people)}):
        found[row.person_id].append(row.at)
    return found


def count_wrong_codes(tx: Connection, course_id: int, tries: Sequence[tuple[int, datetime]], forget: datetime) -> None:
    """Some more, by person and moment; those of `forget` and before no longer count and are forgotten."""
    if tries:
        tx.execute(delete(check_in_attempt).where(check_in_attempt.c.at <= forget))
        rows = [{"course_id": course_id, "person_id": person_id, "at": at} for person_id, at in tries]
        tx.execute(insert(check_in_attempt), rows)


def _row(row: Row[*tuple[object, ...]]) -> AttendanceRow:
    values = dict(row._mapping)
    return AttendanceRow(**{**values, "key": bytes(row.key)})
