"""The deadlines of one person, and of everyone, as lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.core.deadlines import Work
from bot.core.policy import VOTE_CANDIDATES
from bot.core.reminder_notices import Item
from bot.services.due_work import Desk
from bot.store import deadlines, office_hours
from bot.store.deadlines import Someone

_HANDED_IN = (Work.SLIDES, Work.QUESTIONS, Work.REVIEW, Work.SUMMARY, Work.MILESTONE)


def personal(desk: Desk, one: Someone, until: datetime) -> tuple[Item, ...]:
    """What is due for somebody after the desk's moment and not after `until`, in order of time."""
    found = []
    for work in _HANDED_IN:
        for due in desk.dues(work, desk.now, until):
            mine = next((who for who in desk.concerned(due) if who.id == one.id), None)
            if mine is not None:
                done = None if work is Work.REVIEW else desk.done(due, mine)
                papers = ", ".join(desk.papers(due, [mine]))
                found.append(Item(work, due.title, due.at, done, papers))
    found += _votes(desk, one)
    for booked in office_hours.of_person(desk.tx, desk.course.id, one.id, desk.now):
        if booked.cancelled_at is None:
            title = f"Appointment with {booked.hours.host_name}"
            found.append(Item(Work.APPOINTMENT, title, booked.starts_at, None, booked.hours.room))
    lock_at = desk.course.group_lock_at
    if lock_at is not None:
        found.append(Item(Work.GROUPS, "Groups lock", lock_at, one.group_id is not None))
    return _in_order(item for item in found if desk.now < item.due_at <= until)


def missed(desk: Desk, one: Someone, since: datetime) -> tuple[Item, ...]:
    """What somebody was to hand in after `since` and before the desk's moment, and has not, in order of time."""
    found = [
        Item(work, due.title, due.at, False)
        for work in (Work.SLIDES, Work.SUMMARY, Work.MILESTONE)
        for due in desk.dues(work, since, desk.now)
        for who in desk.concerned(due)
        if who.id == one.id and not desk.done(due, who)
    ]
    return _in_order(iter(found))


def everyones(desk: Desk, until: datetime) -> tuple[Item, ...]:
    """What is due for anyone, with how many still owe it; votes from their class on."""
    found = []
    for work in _HANDED_IN:
        for due in desk.dues(work, desk.now, until):
            there, owing = desk.concerned(due), desk.owing(due)
            detail = "" if work is Work.REVIEW else f"{len(owing)} of {len(there)} still owe it"
            found.append(Item(work, due.title, due.at, None if work is Work.REVIEW or owing else True, detail))
    for session in desk.sessions.values():
        if Work.VOTE in desk.works(session):
            found.append(Item(Work.VOTE, desk.title(session), desk.times(session).vote, None))
    lock_at = desk.course.group_lock_at
    if lock_at is not None:
        without = sum(one.group_id is None for one in desk.students)
        found.append(Item(Work.GROUPS, "Groups lock", lock_at, None, f"{without} in no group"))
    return _in_order(item for item in found if desk.now < item.due_at <= until)


def _votes(desk: Desk, one: Someone) -> Iterator[Item]:
    for title, closes_at, voted in deadlines.open_votes(desk.tx, one.id):
        if voted or not desk.excused(one, Work.VOTE):
            yield Item(Work.VOTE, title, closes_at, voted)
    for session in desk.sessions.values():
        if desk.excused(one, Work.VOTE, session.id):
            continue
        candidates = [
            who.id for role in desk.policies[VOTE_CANDIDATES] for who in desk.on_duty.get((session.id, role), [])
        ]
        if candidates and one.id not in candidates and Work.VOTE in desk.works(session):
            yield Item(Work.VOTE, desk.title(session), desk.times(session).vote, False)


def _in_order(items: Iterator[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (item.due_at, item.work)))
