"""Slides, and what concerns everything handed in: receipts, and where it is talked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core import receipts
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.hand_ins import counting
from bot.core.links import read_link
from bot.core.people import Actor, require_staff
from bot.core.questions import on_time
from bot.core.receipts import Content, Receipt
from bot.services import hand_in_box
from bot.services.hand_in_box import Subject
from bot.services.hand_in_desk import Received, own_classes, put, received, task
from bot.services.question_desk import Named
from bot.services.slots import fits
from bot.store import courses, hand_in_people, hand_ins, people
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.hand_ins import HandInRow
from bot.store.people import Known

NAMES = {Work.SLIDES: "Slides", Work.SUMMARY: "Summary", Work.MILESTONE: "Milestone"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What a code stands for. `valid`: the signature is ours, and what is kept is what was signed.

    `due_now` is the deadline as the schedule is now, None when the class or milestone is gone; `counts` whether this is
    the version that counts. The rest of the world (`full` is False) is told only when it was handed in.
    """

    receipt: Receipt
    valid: bool
    full: bool
    by: str = ""
    owner: str = ""
    due_now: datetime | None = None
    counts: bool = True
    content: Content | None = None

    @property
    def on_time(self) -> bool:
        """Whether it is on time by the deadline in force now."""
        return on_time(self.receipt.at, self.due_now or self.receipt.due_at)

    def as_file(self) -> bytes:
        """The receipt as `python -m bot receipt verify` takes it."""
        return receipts.to_json(self.receipt).encode()


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a hand-in is talked about: the thread there is, the group's room, or the channel and the people to bring
    together (the platform's ids)."""

    hand_in_id: int
    title: str
    owner: str
    thread: str | None
    room: str | None
    channel: str | None
    people: tuple[str, ...]


class HandIns:
    """`changed` is called when there is something to tell."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        self._database = database
        self._changed = changed

    async def submit_slides(
        self, place: str, actor: Actor, session: str, link: str, at: datetime, interaction_id: str
    ) -> Received:
        """Hand in the slides of a class for its presenters; late ones are taken, and shown as late.

        Raises:
            CourseError: no such class, not theirs to present, or no link.
        """
        done = await self._database.write(_slides, place, actor, session, link, at, interaction_id)
        self._changed()
        return done

    async def receipt(self, place: str, actor: Actor, code: str) -> Proof:
        """What the receipt with this code says, and whether it is genuine.

        Raises:
            CourseError: no course here, or no such code.
        """
        return await self._database.read(_proof, place, actor, code)

    async def key(self, course_key: str) -> bytes | None:
        """What signs the receipts of the course with this key; None while nothing was handed in."""
        return await self._database.read(_key, course_key)

    async def talk(self, place: str, actor: Actor, hand_in_id: int) -> Talk:
        """Where to talk about a hand-in.

        Raises:
            CourseError: not staff, or it is gone.
        """
        require_staff(actor)
        return await self._database.read(_talk, place, hand_in_id)

    async def tie(self, place: str, actor: Actor, hand_in_id: int, thread: str) -> None:
        """Keep where a hand-in is talked about; its later versions are talked about there too.

        Raises:
            CourseError: not staff, or it is gone.
        """
        require_staff(actor)
        await self._database.write(_tie, place, hand_in_id, thread)

    # -- suggestions: empty where there is no course -------------------------------------------------------------

    async def classes(self, place: str, actor: Actor, work: Work, typed: str, now: datetime) -> list[Named]:
        """The actor's own classes for this work."""
        try:
            return await self._database.read(own_classes, place, actor, work, typed, now)
        except CourseError:
            return []

    async def codes(self, place: str, actor: Actor, typed: str) -> list[Named]:
        """The codes of the actor's own receipts and their group's, the latest first."""
        try:
            return await self._database.read(_codes, place, actor, typed)
        except CourseError:
            return []


def _slides(
    tx: Connection, place: str, actor: Actor, session: str, text: str, at: datetime, interaction_id: str
) -> Received:
    courses.hold(tx, place=place)
    mine = task(tx, place, actor, Work.SLIDES, session)
    link = read_link(text, slides=True)
    content = Content(link=link.url)
    return received(mine, put(tx, mine, at, interaction_id, content), content, link.hint)


def _proof(tx: Connection, place: str, actor: Actor, typed: str) -> Proof:
    course, known = people.who(tx, place, actor)
    row = hand_ins.by_code(tx, course.id, receipts.read_code(typed))
    key = hand_ins.signing_key(tx, course.id)
    if row is None or key is None:
        raise CourseError(f"There is no receipt {receipts.read_code(typed)} in this course. Look at the code again.")
    receipt = receipts.from_json(row.receipt)
    valid = receipts.verify(key, receipt) and _is_kept(row, receipt)
    if not (actor.staff or _is_theirs(row, known)):
        return Proof(receipt, valid, full=False)
    subject = _subject(tx, course, row)
    due_now = subject.due_at if subject else None
    versions = hand_ins.of_owner(tx, course.id, row.work, row.about, row.group_id, row.person_id)
    counted = counting(versions, due_now or row.due_at)
    audience = hand_in_people.audience(tx, course, row)
    return Proof(
        receipt,
        valid,
        full=True,
        by=audience.by,
        owner=audience.owner,
        due_now=due_now,
        counts=counted is not None and counted.id == row.id,
        content=row.content,
    )


def _is_kept(row: HandInRow, receipt: Receipt) -> bool:
    """Whether what is in the database is what the receipt says."""
    same = (row.work, row.at, row.due_at, row.code) == (receipt.kind, receipt.at, receipt.due_at, receipt.code)
    # After the term links and texts may go (`course purge`); the digest stays.
    gone = row.content == Content()
    return same and receipt.digest == row.digest and (gone or row.content.digest() == row.digest)


def _is_theirs(row: HandInRow, known: Known | None) -> bool:
    if known is None or known.dropped_at is not None:
        return False
    return row.person_id == known.id or (row.group_id is not None and row.group_id == known.group_id)


def _subject(tx: Connection, course: CourseRow, row: HandInRow) -> Subject | None:
    try:
        if row.work is Work.MILESTONE:
            return hand_in_box.of_milestone(tx, course, row.about)
        return hand_in_box.of_session(tx, course, row.work, row.about)
    except CourseError:
        return None  # cancelled or removed since


def _key(tx: Connection, course_key: str) -> bytes | None:
    course = courses.by_key(tx, course_key)
    return hand_ins.signing_key(tx, course.id) if course else None


def _get(tx: Connection, place: str, hand_in_id: int) -> tuple[CourseRow, HandInRow]:
    course = courses.at_place(tx, place)
    row = hand_ins.one(tx, course.id, hand_in_id)
    if row is None:
        raise CourseError("This hand-in is no longer there.")
    return course, row


def _talk(tx: Connection, place: str, hand_in_id: int) -> Talk:
    course, row = _get(tx, place, hand_in_id)
    versions = hand_ins.of_owner(tx, course.id, row.work, row.about, row.group_id, row.person_id)
    thread = next((one.thread for one in reversed(versions) if one.thread), None)
    audience = hand_in_people.audience(tx, course, row)
    title = receipts.from_json(row.receipt).title
    channel = course.announce_channel
    accounts = tuple(user_id for _, user_id in audience.people if user_id)
    return Talk(row.id, f"{NAMES[row.work]}: {title}", audience.owner, thread, audience.room, channel, accounts)


def _tie(tx: Connection, place: str, hand_in_id: int, thread: str) -> None:
    _, row = _get(tx, place, hand_in_id)
    hand_ins.set_thread(tx, row.id, thread)


def _codes(tx: Connection, place: str, actor: Actor, typed: str) -> list[Named]:
    course, known = people.who(tx, place, actor)
    if known is None and not actor.staff:
        return []
    whose = (None, None) if actor.staff or known is None else (known.id, known.group_id)
    found = []
    for one in map(receipts.from_json, hand_ins.receipts_of(tx, course.id, *whose)):
        label = f"{one.code} · {NAMES[one.kind]}, version {one.version} · {one.title}"
        if fits(label, typed):
            found.append(Named(one.code, label))
    return found
