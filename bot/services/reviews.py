"""Staff decide about what was handed in: approved, or changes requested. A new version is looked at anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from bot.core import receipts
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.policy import SUMMARY_PUBLISH, Policies
from bot.core.review_notices import Card, Decision, Verdict
from bot.services import hand_in_box
from bot.services.question_desk import enter_as_reader
from bot.store import audit, courses, hand_in_people, hand_ins, reviews
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.hand_ins import HandInRow
from bot.store.people import Known
from bot.store.reviews import ReviewRow

NOTE_MAX = 1000


class Reviews:
    """`changed` is called when the group is to be told."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        self._database = database
        self._changed = changed

    async def card(self, place: str, actor: Actor, hand_in_id: int) -> Card:
        """A hand-in that staff may still decide about.

        Raises:
            CourseError: the actor is not staff, it is gone, or a later version has come since.
        """
        require_staff(actor)
        return await self._database.read(_newest, place, hand_in_id)

    async def decide(
        self, place: str, actor: Actor, hand_in_id: int, verdict: Verdict, note: str, now: datetime
    ) -> Card:
        """Decide about a version; who decided the same with the same words before stays the one who did.

        Raises:
            CourseError: the actor is not staff, it is gone, a later version has come since, or changes are requested
                without saying which.
        """
        require_staff(actor)
        words = note.strip()
        if verdict is Verdict.CHANGES and not words:
            raise CourseError("Say what should change: the group sees it.")
        done = await self._database.write(_decide, place, actor, hand_in_id, verdict, words[:NOTE_MAX], now)
        self._changed()
        return done

    async def seen(self, place: str, actor: Actor, hand_in_id: int) -> Card:
        """What staff decided, for those whose hand-in it is.

        Raises:
            CourseError: it is gone, somebody else's, or nothing is decided any more.
        """
        return await self._database.read(_seen, place, actor, hand_in_id)


def looked_at(policies: Policies) -> tuple[Work, ...]:
    """What staff decide about: milestones, and summaries where only approved ones are published."""
    return (Work.MILESTONE, Work.SUMMARY) if policies[SUMMARY_PUBLISH] == "approved" else (Work.MILESTONE,)


def is_theirs(row: HandInRow, known: Known | None) -> bool:
    """Whether it was handed in by them, or by the group that they are in."""
    if known is None or known.dropped_at is not None:
        return False
    return row.person_id == known.id or (row.group_id is not None and row.group_id == known.group_id)


def newest(tx: Connection, course: CourseRow, row: HandInRow) -> HandInRow:
    """The last version of what `row` is a version of."""
    return hand_ins.of_owner(tx, course.id, row.work, row.about, row.group_id, row.person_id)[-1]


def card(tx: Connection, course: CourseRow, row: HandInRow) -> Card:
    """A version as staff decide about it. A class or milestone that is gone keeps the name and time it had then."""
    versions = hand_ins.of_owner(tx, course.id, row.work, row.about, row.group_id, row.person_id)
    decided = reviews.last(tx, [one.id for one in versions])
    earlier = [one for one in versions if one.version < row.version and one.id in decided]
    try:
        if row.work is Work.MILESTONE:
            subject = hand_in_box.of_milestone(tx, course, row.about)
        else:
            subject = hand_in_box.of_session(tx, course, row.work, row.about)
        title, due_at = subject.title, subject.due_at
    except CourseError:
        title, due_at = receipts.from_json(row.receipt).title, row.due_at
    audience = hand_in_people.audience(tx, course, row)
    return Card(
        hand_in_id=row.id,
        work=row.work,
        title=title,
        owner=audience.owner,
        by=audience.by,
        version=row.version,
        at=row.at,
        due_at=due_at,
        content=row.content,
        code=row.code,
        decision=_decision(decided[row.id], row) if row.id in decided else None,
        earlier=_decision(decided[earlier[-1].id], earlier[-1]) if earlier else None,
    )


def _decision(found: ReviewRow, row: HandInRow) -> Decision:
    return Decision(found.verdict, found.note, found.by, found.at, row.version)


def _get(tx: Connection, course: CourseRow, hand_in_id: int) -> HandInRow:
    row = hand_ins.one(tx, course.id, hand_in_id)
    if row is None:
        raise CourseError("This hand-in is no longer there.")
    return row


def _newest(tx: Connection, place: str, hand_in_id: int) -> Card:
    course = courses.at_place(tx, place)
    row = _get(tx, course, hand_in_id)
    last = newest(tx, course, row)
    if last.id != row.id:
        raise CourseError(
            f"Version {last.version} has been handed in since. Decide about that one: it has a message of its own."
        )
    return card(tx, course, row)


def _decide(
    tx: Connection, place: str, actor: Actor, hand_in_id: int, verdict: Verdict, note: str, now: datetime
) -> Card:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    before = _newest(tx, place, hand_in_id)
    if before.decision and (before.decision.verdict, before.decision.note) == (verdict, note):
        return before
    reviews.add(tx, course.id, hand_in_id, verdict, note, actor.key, now)
    what = "approved" if verdict is Verdict.APPROVED else "requested changes to"
    about = f"{before.work} “{before.title}” of {before.owner}, version {before.version}"
    audit.record(tx, course.id, actor.key, f"{what} the {about}" + (f": {note}" if note else ""), now)
    return card(tx, course, _get(tx, course, hand_in_id))


def _seen(tx: Connection, place: str, actor: Actor, hand_in_id: int) -> Card:
    course, known = enter_as_reader(tx, place, actor)
    row = _get(tx, course, hand_in_id)
    if not (actor.staff or is_theirs(row, known)):
        raise CourseError("This belongs to another group. Only they and the staff can see it.")
    last = newest(tx, course, row)
    if last.id != row.id:
        raise CourseError(
            f"Version {last.version} has been handed in since, and is looked at anew: this no longer holds."
        )
    return card(tx, course, row)
