"""The calendar, read with another library than the one that writes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject

from bot.core.course import Kind, PageSession, Reading, Role
from bot.core.times import wall
from bot.exporters.ics import CalendarCourse, ClassMeeting, Entry, write_ics
from tests.importers.pages import DETROIT
from tests.support.calendars import events as seen

NOW = datetime(2024, 1, 19, 15, tzinfo=UTC)
COURSE = CalendarCourse("eecs-598-w24", "EECS 598", "EECS 598 · Systems · W24", DETROIT)


def meeting(day: date, number: int = 1, zone: ZoneInfo = DETROIT, **changes: Any) -> ClassMeeting:
    facts = {"title": None, "topic": None} | changes.pop("session", {})
    session = PageSession(date=day, kind=changes.pop("kind", Kind.STUDENT_LECTURE), **facts)
    starts, ends = wall(day, time(10, 30), zone), wall(day, time(12), zone)
    return ClassMeeting(number, session, starts, ends, changes.pop("cancelled", False), changes.pop("changes", 1))


def events(*meetings: ClassMeeting, course: CalendarCourse = COURSE) -> list[Any]:
    vobject.icalendar.registerTzid(course.zone.key, None)  # else it keeps the first file's rules for a zone
    calendar = vobject.readOne(write_ics(meetings, course, NOW).decode())
    return list(calendar.contents.get("vevent", []))


def test_a_class_with_what_to_read_and_who_does_what() -> None:
    (event,) = events(
        meeting(
            date(2024, 1, 16),
            7,
            changes=3,
            session={
                "topic": "Inference",
                "readings": (
                    Reading("Orca; a, \\ b", "https://example.org/a", True, "(Ch. 1)"),
                    Reading("日本 " * 40 + "end", None, False),
                ),
                "duties": {Role.PRESENTER: ("Student01", "Student02"), Role.REVIEWER: ("Student03",)},
                "room": "133 CHRYS; North, 1st",
            },
        )
    )
    assert event.uid.value == "session-7@eecs-598-w24"
    assert event.dtstamp.value == NOW
    assert (event.sequence.value, event.status.value) == ("3", "CONFIRMED")
    assert event.summary.value == "EECS 598: Orca; a, \\ b"
    assert event.location.value == "133 CHRYS; North, 1st"
    assert event.description.value.split("\n") == [
        "Topic: Inference",
        "- Orca; a, \\ b (Required) (Ch. 1) https://example.org/a",
        "- " + "日本 " * 40 + "end",
        "Presenter: Student01, Student02",
        "Reviewer: Student03",
    ]


def test_a_cancelled_class_says_so_and_no_class_is_no_event() -> None:
    found = events(
        meeting(date(2024, 1, 16), 1, cancelled=True, changes=2),
        meeting(date(2024, 1, 18), 2, kind=Kind.NO_CLASS),
        meeting(date(2024, 1, 23), 3, kind=Kind.BUFFER),
    )
    assert [(event.uid.value.split("@")[0], event.status.value) for event in found] == [
        ("session-1", "CANCELLED"),
        ("session-3", "CONFIRMED"),
    ]


@pytest.mark.parametrize(
    "name", ["America/Detroit", "America/Phoenix", "Europe/Dublin", "Asia/Kolkata", "Australia/Lord_Howe"]
)
def test_wall_times_hold_over_the_change_of_the_clocks(name: str) -> None:
    """The other library works with the VTIMEZONE in the file: offsets must be those of the course's zone."""
    zone = ZoneInfo(name)
    days = [date(2023, 10, 1) + timedelta(days=offset) for offset in range(0, 400, 3)]
    days += [date(2024, 3, 9), date(2024, 3, 10), date(2024, 3, 11), date(2024, 11, 3)]
    course = CalendarCourse("c", "C", "C", zone)
    meetings = [meeting(day, number, zone) for number, day in enumerate(days)]
    assert f"TZID:{name}" in write_ics(meetings, course, NOW).decode()
    found = events(*meetings, course=course)
    assert [event.dtstart.value.astimezone(UTC) for event in found] == [one.starts_at for one in meetings]
    assert [event.dtend.value.astimezone(UTC) for event in found] == [one.ends_at for one in meetings]
    assert f"DTSTART;TZID={name}:20240310T103000" in write_ics(meetings, course, NOW).decode()


@pytest.mark.parametrize("name", ["America/Detroit", "America/Phoenix", "Asia/Kolkata"])
def test_deadlines_before_and_after_a_change_of_the_clocks_are_where_they_were_computed(name: str) -> None:
    zone = ZoneInfo(name)
    entries = [
        Entry(f"{day}-{hours}", f"Due {day}", wall(day, time(1, 30), zone) + timedelta(hours=hours), False, 2)
        for day in (date(2024, 3, 10), date(2024, 11, 3))
        for hours in (-24, 0, 1, 2, 24)  # the hour that is skipped, and the one that comes twice
    ]
    data = write_ics([], CalendarCourse("c", "C", "C", zone), NOW, entries, refresh=timedelta(hours=1))
    found = seen(data)  # by both libraries
    assert {key: one.starts for key, one in found.items()} == {one.key: one.starts_at for one in entries}
    assert {(one.ends, one.sequence, one.status) for one in found.values()} == {(None, 2, "CONFIRMED")}
    assert data.count(b"TRANSP:TRANSPARENT") == len(entries)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in data


def test_lines_are_folded_and_end_as_the_standard_wants() -> None:
    data = write_ics([meeting(date(2024, 1, 16), session={"room": "é" * 200})], COURSE, NOW)
    lines = data.split(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert data.endswith(b"END:VCALENDAR\r\n")


def test_a_course_without_classes_is_an_empty_calendar() -> None:
    assert events() == []
