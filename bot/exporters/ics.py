"""The classes as a calendar (RFC 5545) that people subscribe to or import: an event keeps its id when it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from bot.core.course import PageSession
from bot.exporters.page import ROLE_HEADINGS


@dataclass(frozen=True, slots=True)
class ClassMeeting:
    """One class: `id` is the session's, `changes` how often it was changed, so that calendars take the newest."""

    id: int
    session: PageSession
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    changes: int


@dataclass(frozen=True, slots=True)
class CalendarCourse:
    """Whose calendar it is. `key` keeps the ids of two courses apart."""

    key: str
    code: str
    label: str
    zone: ZoneInfo


def write_ics(meetings: Sequence[ClassMeeting], course: CalendarCourse, now: datetime) -> bytes:
    """One event for each class that people come to; `now` is when it is written. Instants are aware."""
    calendar = Calendar()
    calendar.add("prodid", "-//Colloquy//Course schedule//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", course.label)
    calendar.add("x-wr-timezone", course.zone.key)
    classes = [one for one in meetings if one.session.kind.meets]
    if classes:
        first, last = min(one.starts_at for one in classes), max(one.ends_at for one in classes)
        calendar.add_component(_timezone(course.zone, first - timedelta(days=1), last + timedelta(days=1)))
    for one in classes:
        calendar.add_component(_event(one, course, now))
    return bytes(calendar.to_ical())


def _timezone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """What clocks showed from `first` to `last`: a part for each change.

    The library's own puts the changes into lists of dates, of which some readers take only the first.
    """
    timezone = Timezone()
    timezone.add("tzid", zone.key)
    before = first.astimezone(zone)
    timezone.add_component(_offset(before, before))
    at = first
    while at < last:
        step = at + timedelta(hours=1)  # no zone changes its clocks but on the hour or half hour of UTC
        if step.astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
            half = at + timedelta(minutes=30)
            early = half.astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset()
            timezone.add_component(_offset(at.astimezone(zone), (half if early else step).astimezone(zone)))
        at = step
    return timezone


def _offset(before: datetime, after: datetime) -> TimezoneDaylight | TimezoneStandard:
    """The clocks from `after` on; the change itself is told in the time that was kept before."""
    kept, new = before.utcoffset(), after.utcoffset()
    assert kept is not None
    assert new is not None
    part = TimezoneDaylight() if after.dst() else TimezoneStandard()
    part.add("dtstart", (after.astimezone(UTC) + kept).replace(tzinfo=None))
    part.add("tzoffsetfrom", kept)
    part.add("tzoffsetto", new)
    part.add("tzname", after.tzname())
    return part


def _event(one: ClassMeeting, course: CalendarCourse, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"session-{one.id}@{course.key}")
    event.add("dtstamp", now)
    event.add("dtstart", one.starts_at.astimezone(course.zone))
    event.add("dtend", one.ends_at.astimezone(course.zone))
    event.add("sequence", one.changes)
    event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    event.add("summary", ": ".join(part for part in (course.code, one.session.label) if part))
    if one.session.room:
        event.add("location", one.session.room)
    if description := _description(one.session):
        event.add("description", description)
    return event


def _description(session: PageSession) -> str:
    lines = [f"Topic: {session.topic}"] if session.topic else []
    for reading in session.readings:
        parts = [reading.title, "(Required)" if reading.required else "", reading.note or "", reading.url or ""]
        lines.append(f"- {' '.join(part for part in parts if part)}")
    for role, heading in ROLE_HEADINGS.items():
        if people := session.duties.get(role):
            lines.append(f"{heading}: {', '.join(people)}")
    return "\n".join(lines)
