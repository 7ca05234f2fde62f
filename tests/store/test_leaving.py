"""Leaving the course: what is given back, and what stays."""

from __future__ import annotations

from datetime import date, time, timedelta

from sqlalchemy import Connection, select

from bot.core.course import Kind, PageSession, Reading, Role
from bot.services.groups import Groups
from bot.store import audit, courses, duties, groups, leaving, rankings, schedule
from bot.store.database import Database
from bot.store.tables import (
    booking,
    duty,
    invitation,
    membership,
    office_hours,
    person,
    seeking,
    seeking_with,
    study_group,
)
from tests.conftest import NOW
from tests.support.people import DETROIT, LOCK, PLACE, open_course, student

LATER = LOCK + timedelta(days=8)
"""After the first lecture (Jan 25) and the lock, before the second (Feb 8)."""


def _session(tx: Connection, day: date, reading: str) -> int:
    page = PageSession(day, Kind.STUDENT_LECTURE, None, "Training", starts=time(16), ends=time(18))
    session_id = schedule.add(tx, 1, page, DETROIT)
    schedule.set_readings(tx, 1, session_id, (Reading(reading, None, True),), NOW)
    return session_id


async def _course(database: Database) -> dict[str, int]:
    """Attention (1, 2), Diffusion (3); Attention presents in a past lecture and in one ahead, where 2 also reviews."""
    await open_course(database, NOW)
    service = Groups(database)
    ids = {}
    for n, name in ((1, "Attention"), (3, "Diffusion")):
        ids[name] = (await service.create(PLACE, student(n), name, NOW)).group.id
    await service.join(PLACE, student(2), "Attention", NOW)

    def work(tx: Connection) -> None:
        ids["past"], ids["ahead"] = _session(tx, date(2024, 1, 25), "ZeRO"), _session(tx, date(2024, 2, 8), "FlexGen")
        for session in (ids["past"], ids["ahead"]):
            duties.take(tx, session, Role.PRESENTER, ids["Attention"], "planned", "evens the load", NOW)
        for row in tx.execute(select(person.c.id, person.c.name)):
            ids[row.name] = row.id
        values = {"course_id": 1, "position": 0, "assigned_at": NOW}
        tx.execute(duty.insert().values(session_id=ids["ahead"], role="reviewer", person_id=ids["Student02"], **values))
        rankings.put(tx, 1, ids["Attention"], [ids["ahead"]])

    await database.write(work)
    return ids


def _drop(tx: Connection, person_id: int) -> leaving.Dropped:
    return leaving.drop(tx, courses.at_place(tx, PLACE), person_id, "discord:1", LATER)


def _holders(tx: Connection, session_id: int) -> set[str]:
    rows = select(person.c.name, duty.c.role).join(duty, duty.c.person_id == person.c.id)
    open_rows = rows.where(duty.c.session_id == session_id, duty.c.ended_at.is_(None))
    return {f"{row.name} {row.role}" for row in tx.execute(open_rows)}


async def test_the_duties_ahead_are_given_back_and_the_past_ones_stay(database: Database) -> None:
    ids = await _course(database)
    dropped = await database.write(_drop, ids["Student02"])
    assert (dropped.name, dropped.group_name, dropped.left, dropped.dissolved) == ("Student02", "Attention", 1, False)
    assert [(one.label, one.date.day, one.role, one.alone, one.left) for one in dropped.duties] == [
        ("FlexGen", 8, Role.PRESENTER, False, 1),
        ("FlexGen", 8, Role.REVIEWER, True, 0),
    ]
    assert await database.read(_holders, ids["past"]) == {"Student01 presenter", "Student02 presenter"}
    assert await database.read(_holders, ids["ahead"]) == {"Student01 presenter"}
    (entry,) = await database.read(audit.latest, 1, 1)
    assert entry.what == "dropped Student02 (was in Attention)"


async def test_with_its_last_member_a_group_ends_and_gives_its_seats_back(database: Database) -> None:
    ids = await _course(database)
    assert not (await database.write(_drop, ids["Student02"])).dissolved
    assert (await database.write(_drop, ids["Student01"])).dissolved
    assert await database.read(_holders, ids["ahead"]) == set()
    assert await database.read(rankings.every, 1) == {}
    assert await database.read(groups.names, 1) == {ids["Diffusion"]: "Diffusion"}
    held = await database.read(duties.held_by, 1, ids["Attention"])
    assert [one.session_id for one in held] == [ids["past"]]


async def test_whoever_left_has_nothing_open(database: Database) -> None:
    ids = await _course(database)
    gone, other = ids["Student03"], ids["Student01"]

    def open_things(tx: Connection) -> None:
        row = {"course_id": 1, "group_id": ids["Attention"], "person_id": gone, "kind": "invite"}
        tx.execute(invitation.insert().values(asked_by=other, asked_at=NOW, **row))
        for one in (gone, other):
            tx.execute(seeking.insert().values(person_id=one, course_id=1, note="", at=NOW))
        tx.execute(seeking_with.insert().values(person_id=gone, other_id=other, course_id=1))
        tx.execute(seeking_with.insert().values(person_id=other, other_id=gone, course_id=1))
        times = {"starts_at": LATER, "ends_at": LATER + timedelta(hours=1), "slot_minutes": 15}
        tx.execute(office_hours.insert().values(id=1, course_id=1, host="x", host_name="X", created_at=NOW, **times))
        for slot, one in enumerate((gone, other)):
            at = LATER + timedelta(minutes=1 + 15 * slot)
            row = {"course_id": 1, "hours_id": 1, "person_id": one, "starts_at": at}
            tx.execute(booking.insert().values(booked_at=NOW, **row))

    await database.write(open_things)
    await database.write(_drop, gone)

    def left(tx: Connection) -> list[object]:
        return [
            tx.execute(select(invitation.c.outcome)).scalars().all(),
            tx.execute(select(seeking.c.person_id)).scalars().all(),
            tx.execute(select(seeking_with)).all(),
            tx.execute(select(booking.c.person_id).where(booking.c.cancelled_at.is_(None))).scalars().all(),
            len(tx.execute(select(membership.c.id).where(membership.c.left_at.is_(None))).all()),
            tx.execute(select(study_group.c.name).where(study_group.c.dissolved_at.is_not(None))).scalars().all(),
        ]

    assert await database.read(left) == [["withdrawn"], [other], [], [other], 2, ["Diffusion"]]


async def test_dropping_twice_changes_nothing_more(database: Database) -> None:
    ids = await _course(database)
    await database.write(_drop, ids["Student02"])
    again = await database.write(_drop, ids["Student02"])
    assert (again.group_name, again.duties) == (None, ())
    deeds = await database.read(audit.latest, 1, 9)
    assert sum("dropped" in one.what for one in deeds) == 1
