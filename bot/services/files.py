"""Files that are handed in: checked and kept, handed out to those who may see them, deleted by policy."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from bot.core import files as kinds
from bot.core.errors import CourseError
from bot.core.files import Media
from bot.core.people import Actor
from bot.core.policy import FILES_KEEP, FILES_MAX_MB
from bot.core.receipts import FileRef
from bot.core.times import Term, deadline_instant
from bot.services import publishing
from bot.services.question_desk import enter_as_reader
from bot.services.reviews import card, is_theirs
from bot.store import courses, files, hand_ins, schedule
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.files import FileRow, FileStore, Stored

CHECK_EVERY = timedelta(hours=24)
"""How often it is looked whether files are to be deleted."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: the name it had and all that is in it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """A file of a hand-in: `data` is None when it was deleted by policy (then `deleted_at` says when) or is lost."""

    name: str
    sha256: str
    data: bytes | None
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """All that was handed in with one version."""

    title: str
    owner: str
    version: int
    link: str | None
    parts: tuple[tuple[str, str], ...]
    files: tuple[Content, ...]


class FileService:
    """The files of hand-ins. Their content never goes through the database."""

    def __init__(self, database: Database, store: FileStore) -> None:
        self._database = database
        self._store = store

    async def max_mb(self, place: str) -> int:
        """The largest file that is taken, in MiB.

        Raises:
            CourseError: no course is here.
        """
        return await self._database.read(lambda tx: _policy(tx, courses.at_place(tx, place)))

    async def keep(
        self, place: str, uploads: Sequence[tuple[Upload, Collection[Media]]], now: datetime
    ) -> tuple[FileRef, ...]:
        """Check and keep files, each with what it may be; on return they are durable, and can be handed in.

        What is not handed in within the hour is swept up.

        Raises:
            CourseError: one is empty, too large, or nothing that is taken; then none is kept.
        """
        limit = await self.max_mb(place)
        media = [kinds.check(one.name, one.data, allowed, limit) for one, allowed in uploads]
        found, stored = [], []
        for (one, _), what in zip(uploads, media, strict=True):
            sha256 = await asyncio.to_thread(self._store.keep, one.data, now)
            found.append(FileRef(kinds.clean_name(one.name, what), sha256))
            stored.append(Stored(sha256, len(one.data), what.value))
        if stored:
            await self._database.write(_note, place, stored, now)
        return tuple(found)

    async def open(self, place: str, actor: Actor, hand_in_id: int, now: datetime) -> Opened:
        """What was handed in: for staff, for those whose it is, and, once it is published, for the course.

        Raises:
            CourseError: it is not there, or not for the actor.
        """
        opened, rows = await self._database.read(_open, place, actor, hand_in_id, now)
        contents = [
            Content(
                row.name,
                row.sha256,
                None if row.deleted_at else await asyncio.to_thread(self._store.read, row.sha256),
                row.deleted_at,
            )
            for row in rows
        ]
        return Opened(opened.title, opened.owner, opened.version, opened.link, opened.parts, tuple(contents))


class FileKeeping:
    """What the clock demands of the files, for `bot.outbox.kinds.Chore`: those past the policy's time are marked as
    deleted, and what no row wants any more goes from the folder, a day later at most. So a crash in between loses no
    file that a row still names."""

    def __init__(self, store: FileStore, term: Term | None) -> None:
        self._store = store
        self._term = term
        self._next: dict[int, datetime] = {}

    def __call__(self, tx: Connection, course: CourseRow, now: datetime) -> datetime | None:
        """Look once a day, and at a start; returns when to be asked again."""
        due = self._next.get(course.id)
        if due is None or due <= now:
            self._store.sweep(files.wanted(tx), now)  # what an earlier transaction has marked
            until = keep_until(tx, course, self._term)
            if until is not None and until <= now:
                files.expire(tx, course.id, now)
            due = self._next[course.id] = now + CHECK_EVERY
        return due


def keep_until(tx: Connection, course: CourseRow, term: Term | None) -> datetime | None:
    """When the course's files are to be deleted; None for never. The term ends on its last day, or, where config.toml
    names none, with the last class."""
    span = courses.in_force(tx, course.id)[FILES_KEEP]
    last: date | None = term.last_day if term else None
    if last is None:
        last = max((one.date for one in schedule.every(tx, course.id)), default=None)
    return deadline_instant(last, course.zone) + span if span is not None and last is not None else None


def _policy(tx: Connection, course: CourseRow) -> int:
    return courses.in_force(tx, course.id)[FILES_MAX_MB]


def _note(tx: Connection, place: str, stored: Sequence[Stored], now: datetime) -> None:
    course = courses.at_place(tx, place)
    for one in stored:
        files.note(tx, course.id, one, now)


def _open(tx: Connection, place: str, actor: Actor, hand_in_id: int, now: datetime) -> tuple[Opened, list[FileRow]]:
    course, known = enter_as_reader(tx, place, actor)
    row = hand_ins.one(tx, course.id, hand_in_id)
    if row is None:
        raise CourseError("This hand-in is no longer there.")
    if not (actor.staff or is_theirs(row, known) or publishing.is_published(tx, course, row, now)):
        raise CourseError("This belongs to another group. Only they and the staff can open it.")
    about = card(tx, course, row)
    opened = Opened(about.title, about.owner, row.version, row.content.link, row.content.parts, ())
    return opened, files.of_hand_in(tx, row.id)
