"""/office-hours: what there is, booking a slot, giving it back. Others see that a slot is taken, never by whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.office_hours import free, pages, slots
from bot.core.people import Actor
from bot.services.question_desk import enter_as_reader
from bot.services.slots import day
from bot.store import courses, office_hours, people
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.office_hours import Appointment, Hours

NOTE_MAX = 300
"""Characters of what somebody wants to talk about."""

ROWS = 8
"""Office hours shown at once."""

_OFFERED = 3
"""So many free slots are named to who came too late for one."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One row of office hours as students see it, with the slots that can be booked."""

    hours: Hours
    total: int
    free: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The coming office hours, a page of them, and one's own appointments ahead (of them those that staff called off).

    `booked` and `given_back` say what has just been done.
    """

    offers: tuple[Offer, ...]
    number: int
    pages: int
    mine: tuple[Appointment, ...]
    zone: ZoneInfo
    booked: Appointment | None = None
    given_back: Appointment | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A slot about to be booked: its office hours, and when it begins by the course's wall clock."""

    hours: Hours
    starts: datetime


class OfficeHours:
    """Looking at office hours and booking in them. `changed` is called when somebody is to be told."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        self._database = database
        self._changed = changed

    async def page(self, place: str, actor: Actor, number: int, now: datetime) -> Page:
        """A page of the coming office hours; the last one if there are fewer.

        Raises:
            CourseError: no course here, or not in it.
        """
        return await self._database.read(_page, place, actor, number, now)

    async def form(self, place: str, actor: Actor, hours_id: int, starts_at: datetime, now: datetime) -> Form:
        """The slot, if it could be booked now: nobody should write a note in vain.

        Raises:
            CourseError: as `book`.
        """
        return await self._database.read(_form, place, actor, hours_id, starts_at, now)

    async def book(
        self, place: str, actor: Actor, hours_id: int, starts_at: datetime, note: str, now: datetime
    ) -> Page:
        """Take a slot. Booking again what one has changes nothing.

        Raises:
            CourseError: not in the course, the hours are called off or the actor's own, the slot has begun or is taken
                (the sentence names the next free ones), or the actor has another in these hours.
        """
        done = await self._database.write(_book, place, actor, hours_id, starts_at, note, now)
        self._changed()
        return done

    async def give_back(self, place: str, actor: Actor, booking_id: int, now: datetime) -> Page:
        """Cancel one's own appointment, until it begins.

        Raises:
            CourseError: it is not the actor's, has begun, or was cancelled before.
        """
        done = await self._database.write(_give_back, place, actor, booking_id, now)
        self._changed()
        return done


def _page(
    tx: Connection,
    place: str,
    actor: Actor,
    number: int,
    now: datetime,
    booked: int | None = None,
    given_back: Appointment | None = None,
) -> Page:
    course, known = enter_as_reader(tx, place, actor)
    offers = _offers(tx, course, now)
    spans = pages([len(one.free) for one in offers], ROWS)
    number = min(number, len(spans) - 1)
    mine = office_hours.of_person(tx, course.id, known.id, now) if known else []
    return Page(
        offers=tuple(offers[slice(*spans[number])]),
        number=number,
        pages=len(spans),
        mine=tuple(mine),
        zone=course.zone,
        booked=next((one for one in mine if one.id == booked), None),
        given_back=given_back,
    )


def _offers(tx: Connection, course: CourseRow, now: datetime) -> list[Offer]:
    rows = office_hours.ahead(tx, course.id, now)
    taken = office_hours.booked(tx, [one.id for one in rows])
    found = []
    for hours in rows:
        every = slots(hours.starts_at, hours.ends_at, hours.slot_minutes)
        there = {one.starts_at for one in taken.get(hours.id, [])}
        found.append(Offer(hours, len(every), tuple(free(every, there, now))))
    return found


def _form(tx: Connection, place: str, actor: Actor, hours_id: int, starts_at: datetime, now: datetime) -> Form:
    course, known = enter_as_reader(tx, place, actor)
    hours, _ = _check(tx, course, actor, known.id if known else None, hours_id, starts_at, now)
    return Form(hours, starts_at.astimezone(course.zone))


def _book(
    tx: Connection, place: str, actor: Actor, hours_id: int, starts_at: datetime, note: str, now: datetime
) -> Page:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    person_id = people.enter(tx, course, actor, known, now)
    words = " ".join(note.split())
    if len(words) > NOTE_MAX:
        raise CourseError(f"A note has at most {NOTE_MAX} characters; yours has {len(words)}.")
    _, booked = _check(tx, course, actor, person_id, hours_id, starts_at, now)
    if booked is None:
        booked = office_hours.book(tx, course.id, hours_id, starts_at, person_id, words, now)
    return _page(tx, place, actor, 0, now, booked)


def _check(
    tx: Connection,
    course: CourseRow,
    actor: Actor,
    person_id: int | None,
    hours_id: int,
    starts_at: datetime,
    now: datetime,
) -> tuple[Hours, int | None]:
    """The office hours, and the actor's appointment if this slot is theirs already; raises as `OfficeHours.book`."""
    hours = office_hours.one(tx, course.id, hours_id)
    if hours is None or starts_at not in slots(hours.starts_at, hours.ends_at, hours.slot_minutes):
        raise CourseError("There is no such appointment. `/office-hours` shows what there is.")
    if hours.cancelled_at is not None:
        raise CourseError("These office hours ({at}) were called off.", at=hours.starts_at)
    if hours.host == actor.key:
        raise CourseError("These are your own office hours: they are for the others.")
    if starts_at <= now:
        raise CourseError("That appointment began {at}. `/office-hours` shows what is free.", at=starts_at)
    there = office_hours.booked(tx, [hours.id]).get(hours.id, [])
    mine = next((one for one in there if one.person_id == person_id), None)
    if mine is not None and mine.starts_at == starts_at:
        return hours, mine.id
    if any(one.starts_at == starts_at for one in there):
        raise CourseError(_taken(tx, course, hours, starts_at, now))
    if mine is not None:
        raise CourseError(
            "You have an appointment in these office hours already ({at}). Cancel it in `/office-hours` to take "
            "another.",
            at=mine.starts_at,
        )
    return hours, None


def _taken(tx: Connection, course: CourseRow, hours: Hours, wanted: datetime, now: datetime) -> str:
    """What to say to who came too late: where to go instead, these office hours first."""
    offers = sorted(_offers(tx, course, now), key=lambda one: one.hours.id != hours.id)
    near = [
        sorted(one.free, key=lambda at: (at < wanted, abs(at - wanted))) if one.hours.id == hours.id else one.free
        for one in offers
    ]
    instead = [at for some in near for at in some][:_OFFERED]
    if not instead:
        return "Somebody has just taken that slot, and no other is free. Ask the staff when there is more time."
    times = _say(instead, course.zone)
    return f"Somebody has just taken that slot. Next free: {times} (course time). Take one with `/office-hours`."


def _say(moments: Sequence[datetime], zone: ZoneInfo) -> str:
    local = [at.astimezone(zone) for at in moments]
    return "; ".join(f"{day(at.date())} {at:%H:%M}" for at in local)


def _give_back(tx: Connection, place: str, actor: Actor, booking_id: int, now: datetime) -> Page:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    found = office_hours.appointment(tx, course.id, booking_id)
    if found is None or known is None or found.person_id != known.id:
        raise CourseError("You have no such appointment. `/office-hours` shows yours.")
    if found.cancelled_at is not None:
        raise CourseError("This appointment was cancelled before. `/office-hours` shows what is free.")
    if found.starts_at <= now:
        raise CourseError("This appointment began {at}: too late to cancel it.", at=found.starts_at)
    office_hours.give_back(tx, booking_id, now)
    return _page(tx, place, actor, 0, now, given_back=found)


def ends_at(one: Appointment) -> datetime:
    """When an appointment ends."""
    return one.starts_at + timedelta(minutes=one.hours.slot_minutes)
