"""A course with duties, papers and milestones, and its calendars read by two libraries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import icalendar
import vobject

from bot.core.course import Role
from bot.services.calendars import Calendars
from bot.services.policies import PolicyService
from bot.services.sessions import Sessions
from bot.store import milestones
from bot.store.database import Database
from tests.conftest import NOW
from tests.support.duties import Course
from tests.support.people import PLACE, STAFF
from tests.support.questions import give_papers

BASE = "https://seminar.example.edu"
PROPOSAL = datetime(2024, 2, 10, 4, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as a calendar program has it; `starts` in UTC."""

    title: str
    starts: datetime
    ends: datetime | None
    sequence: int
    status: str


def events(data: bytes) -> dict[str, Seen]:
    """The events by the part of their id before the @; both libraries have to see the same."""
    one, other = _icalendar(data), _vobject(data)
    assert one == other
    return one


def _icalendar(data: bytes) -> dict[str, Seen]:
    calendar = icalendar.Calendar.from_ical(data)
    found = {}
    for event in calendar.walk("VEVENT"):
        ends = event.get("DTEND")
        found[str(event["UID"]).split("@")[0]] = Seen(
            str(event["SUMMARY"]),
            event["DTSTART"].dt.astimezone(UTC),
            ends.dt.astimezone(UTC) if ends else None,
            int(event["SEQUENCE"]),
            str(event["STATUS"]),
        )
    return found


def _vobject(data: bytes) -> dict[str, Seen]:
    calendar: Any = vobject.readOne(data.decode())
    name = str(calendar.vtimezone.tzid.value)
    vobject.icalendar.registerTzid(name, None)  # else it keeps the first file's rules for a zone
    calendar = vobject.readOne(data.decode())
    return {
        event.uid.value.split("@")[0]: Seen(
            event.summary.value,
            event.dtstart.value.astimezone(UTC),
            event.dtend.value.astimezone(UTC) if "dtend" in event.contents else None,
            int(event.sequence.value),
            event.status.value,
        )
        for event in calendar.contents.get("vevent", [])
    }


class Subscribed(Course):
    """Group 0 presents in lecture 0 and summarises lecture 1; each lecture has two required papers."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.calendars = Calendars(database, BASE)
        self.policies = PolicyService(database, lambda: None)
        self.classes = Sessions(database, None, (), lambda: None)

    async def furnish(self) -> Subscribed:
        await self.open(groups=2, lectures=3)
        await self.give(0, Role.PRESENTER, 0)
        await self.give(1, Role.SUMMARIZER, 0)
        for session_id in self.sessions:
            await self.database.write(give_papers, session_id)
        await self.milestone("Project proposal", PROPOSAL)
        return self

    async def milestone(self, name: str, due: datetime) -> int:
        return await self.database.write(milestones.put, 1, name, due, "staff")

    async def policy_by_staff(self, key: str, value: str) -> None:
        change = await self.policies.put(PLACE, STAFF, key, value, NOW)
        assert change.token is not None
        await self.policies.confirm(PLACE, STAFF, change.token, NOW)

    async def at(self, token: str) -> dict[str, Seen]:
        """The events at an address."""
        fed = await self.calendars.feed(token, (), NOW)
        assert fed is not None
        assert fed.data is not None
        return events(fed.data)
