"""A calendar (RFC 5545) that people subscribe to or import: an event keeps its id when it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vDuration

from bot.core.course import PageSession
from bot.exporters.lines import session_text


@dataclass(frozen=True, slots=True)
class ClassMeeting:
    """One class: `id` is the session's, `changes` how often it was changed, so that calendars take the newest.

    `note` stands behind the title: what whoever reads the calendar does in this class.
    """

    id: int
    session: PageSession
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    changes: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Anything else in a calendar: an appointment, or (`ends_at` is None) a deadline, which takes up no time.

    `key` is its own among all entries of the course; `changes` as for a class.
    """

    key: str
    title: str
    starts_at: datetime
    cancelled: bool
    changes: int
    ends_at: datetime | None = None
    room: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class CalendarCourse:
    """Whose calendar it is. `key` keeps the ids of two courses apart."""

    key: str
    code: str
    label: str
    zone: ZoneInfo


def write_ics(
    meetings: Sequence[ClassMeeting],
    course: CalendarCourse,
    now: datetime,
    entries: Sequence[Entry] = (),
    *,
    refresh: timedelta | None = None,
) -> bytes:
    """One event for each class that people come to, or that was cancelled, and each entry; instants are aware.

    `now` is when it is written, `refresh` is how often who subscribes to it should look again.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Colloquy//Course schedule//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", course.label)
    calendar.add("x-wr-timezone", course.zone.key)
    if refresh is not None:
        calendar.add("refresh-interval", refresh, parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", vDuration(refresh))  # the same for Outlook
    classes = [one for one in meetings if one.session.kind.meets or one.cancelled]
    times = [at for one in classes for at in (one.starts_at, one.ends_at)]
    times += [at for one in entries for at in (one.starts_at, one.ends_at or one.starts_at)]
    if times:
        day = timedelta(days=1)
        calendar.add_component(_timezone(course.zone, min(times) - day, max(times) + day))
    for entry in (*map(_of_class, classes), *entries):
        calendar.add_component(_event(entry, course, now))
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


def _of_class(one: ClassMeeting) -> Entry:
    return Entry(
        key=f"session-{one.id}",
        title=one.session.label + (f" ({one.note})" if one.note else ""),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        cancelled=one.cancelled,
        changes=one.changes,
        room=one.session.room or "",
        text=session_text(one.session),
    )


def _event(one: Entry, course: CalendarCourse, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{one.key}@{course.key}")
    event.add("dtstamp", now)
    event.add("dtstart", _shown(one.starts_at, course.zone))
    if one.ends_at is None:
        event.add("transp", "TRANSPARENT")  # nobody is busy because something is due
    else:
        event.add("dtend", _shown(one.ends_at, course.zone))
    event.add("sequence", one.changes)
    event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    event.add("summary", ": ".join(part for part in (course.code, one.title) if part))
    if one.room:
        event.add("location", one.room)
    if one.text:
        event.add("description", one.text)
    return event


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    """By the course's clocks; in UTC the second time that they show an hour, which RFC 5545 cannot say otherwise."""
    local = at.astimezone(zone)
    return at.astimezone(UTC) if local.fold else local
