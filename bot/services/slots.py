"""What claiming, ranking and swapping share: whose group, which session, which of the group's duties."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.deadlines import Policy, session_deadlines
from bot.core.errors import CourseError
from bot.core.groups import NotInGroup
from bot.core.people import Actor
from bot.services.rota_desk import Desk
from bot.store import people, schedule
from bot.store.courses import CourseRow
from bot.store.duties import Holding
from bot.store.people import Known
from bot.store.schedule import SessionView

NOUNS = {Role.PRESENTER: "presentation", Role.SUMMARIZER: "summary", Role.REVIEWER: "review"}
"""What a group does in a role."""


VOLUNTEERED = "volunteered"
"""The origin, and the reason, of a claimed seat."""


def day(on: date) -> str:
    """ "Thu Jan 25"."""
    return f"{on:%a %b} {on.day}"


def title(session: SessionView, zone: ZoneInfo) -> str:
    """The session in one phrase."""
    return session.as_page(zone).label


def due_at(session: SessionView, role: Role, policy: Policy) -> datetime:
    """When the work of a role is due: slides before class, the panel in it, the summary after it."""
    deadlines = session_deadlines(session.starts_at, session.ends_at, policy)
    return {
        Role.PRESENTER: deadlines.slides,
        Role.REVIEWER: session.starts_at,
        Role.SUMMARIZER: deadlines.summary,
    }[role]


def can_give_back(session: SessionView, at: datetime, policy: Policy) -> bool:
    """Whether a claim on a seat of this session can still be given back: until the slides are due."""
    return session.starts_at - at > policy.slides_before


def in_group(tx: Connection, place: str, actor: Actor) -> tuple[CourseRow, Known, int]:
    """The course, the actor, and their group's id.

    Raises:
        CourseError: no course here, or the actor is in no group.
    """
    course, known = people.who(tx, place, actor)
    if known is None or known.group_id is None:
        raise NotInGroup
    return course, known, known.group_id


def read_role(text: str) -> Role:
    """The role that `text` names.

    Raises:
        CourseError: none.
    """
    try:
        return Role(text.strip().casefold())
    except ValueError:
        raise CourseError(f"There is no role “{text[:40]}”. Write one of: {', '.join(Role)}.") from None


def find_lecture(tx: Connection, course: CourseRow, desk: Desk, text: str) -> SessionView:
    """The student lecture with this id or date ("2024-01-25", "Jan 25").

    Raises:
        CourseError: there is none, or more than one.
    """
    found = [session for session in desk.sessions.values() if _is(session, text)]
    if len(found) == 1:
        return found[0]
    if found:
        raise CourseError(f"There are {len(found)} student lectures on {day(found[0].date)}. Pick one suggestion.")
    for session in schedule.every(tx, course.id, cancelled=True):
        if _is(session, text):
            why = (
                "is cancelled" if session.cancelled and session.kind is Kind.STUDENT_LECTURE else "has no student talk"
            )
            raise CourseError(f"The class on {day(session.date)} {why}, so nobody has a duty there. See `/schedule`.")
    raise CourseError(f"There is no class “{text[:40]}”. Pick a suggestion, or write a date like 2024-01-25.")


def duties_ahead(desk: Desk, group_id: int) -> list[Holding]:
    """The seats of a group in sessions that have not begun, in order of time."""
    return [one for one in desk.holdings if one.group_id == group_id and one.session_id in desk.ahead]


def find_duty(desk: Desk, group_id: int, text: str) -> Holding:
    """The group's duty ahead with this id, or on this date.

    Raises:
        CourseError: there is none.
    """
    for one in duties_ahead(desk, group_id):
        if text.strip() == str(one.id) or _on(desk.sessions[one.session_id].date, text):
            return one
    raise CourseError("Your group has no such duty ahead. Pick a suggestion; `/my-duties` lists what you hold.")


def free_seats(desk: Desk) -> dict[int, dict[Role, int]]:
    """For each session ahead that has any: the roles with free seats, and how many."""
    held = Counter((one.session, one.role) for one in desk.rota.assignments)
    free = {
        slot.session: {
            role: places - held[slot.session, role]
            for role, places in slot.seats.items()
            if places > held[slot.session, role]
        }
        for slot in desk.problem.slots
        if slot.session in desk.ahead
    }
    return {session: roles for session, roles in free.items() if roles}


def fits(label: str, typed: str) -> bool:
    """Whether each word of what was typed occurs in the label."""
    return all(word in label.casefold() for word in typed.casefold().split())


def _is(session: SessionView, text: str) -> bool:
    return text.strip() == str(session.id) or _on(session.date, text)


def _on(date_: date, text: str) -> bool:
    wanted = text.strip().casefold()
    return wanted in (date_.isoformat(), day(date_).casefold(), day(date_).casefold()[4:])
