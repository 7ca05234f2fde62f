"""The whole course out of the database and into another, and what is left of it after the term."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.exporters import archive
from bot.exporters.archive import Archive
from bot.exporters.course import spreadsheets
from bot.store import audit, courses, dump, erasing, files, migrate
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.files import SETTLED, FileStore
from bot.store.term import ends_at


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds. `missing` are the hashes of files whose content is not in the files' folder; `open_votes`
    are without their ballots."""

    rows: int
    files: int
    missing: tuple[str, ...]
    open_votes: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What was put into the database. Without keys secrets are made anew; in `open_votes` people vote again."""

    rows: int
    files: int
    with_keys: bool
    open_votes: int


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge takes away, or has: people who become pseudonyms, and contents of files."""

    people: int
    files: int


@dataclass(frozen=True, slots=True)
class _Dumped:
    tables: dict[str, list[dump.Row]]
    keys: dict[str, list[dump.Row]]
    open_votes: int


class CourseArchive:
    """For whoever runs the command line. `key` is the course's, `store` the folder of files."""

    def __init__(self, database: Database, key: str, store: FileStore) -> None:
        self._database = database
        self._key = key
        self._files = store

    async def export(self, out: Path, *, with_keys: bool) -> Exported:
        """Write everything to `out`: a folder, or a zip file if it ends so.

        Raises:
            CourseError: there is something at `out` already.
        """
        dumped = await self._database.read(_dump, self._key)
        return await asyncio.to_thread(self._write, out, dumped, with_keys)

    def _write(self, out: Path, dumped: _Dumped, with_keys: bool) -> Exported:
        missing: list[str] = []
        there = [row["sha256"] for row in dumped.tables["stored_file"] if row["deleted_at"] is None]

        def contents() -> Iterator[tuple[str, bytes]]:
            yield from spreadsheets(dumped.tables)
            for sha256 in there:
                data = self._files.read(sha256)
                if data is None:
                    missing.append(sha256)
                else:
                    yield archive.FILES.format(sha256), data
            if with_keys:
                yield archive.KEYS, (json.dumps(dumped.keys, ensure_ascii=False, indent=1) + "\n").encode()

        archive.write(out, migrate.HEAD, self._key, dumped.tables, contents())
        rows = sum(len(found) for found in dumped.tables.values())
        return Exported(rows, len(there) - len(missing), tuple(missing), dumped.open_votes)

    async def restore(self, source: Archive, now: datetime, *, replace: bool) -> Imported:
        """Put a checked export into the database, with the ids it had; `replace` what is there.

        Raises:
            CourseError: the database is not empty, or has another course in it; or a row does not fit.
        """
        await self._database.read(_ready, self._key, replace)
        # Files first: a row never names what is not there.
        count = await asyncio.to_thread(self._keep_files, source, now)
        tables = {name: source.rows(name) for name in source.manifest.rows}
        keys = source.keys()
        still = await self._database.write(_load, self._key, tables, keys, replace)
        return Imported(sum(len(rows) for rows in tables.values()), count, keys is not None, still)

    def _keep_files(self, source: Archive, now: datetime) -> int:
        return sum(1 for _, data in source.files() if self._files.keep(data, now))

    async def preview_purge(self, now: datetime) -> Purged:
        """What `purge` would take away.

        Raises:
            CourseError: the course is not over.
        """
        return await self._database.read(_preview_purge, self._key, now)

    async def purge(self, now: datetime) -> Purged:
        """Put everyone under a pseudonym and delete what only the running term needed, files among it.

        Raises:
            CourseError: the course is not over.
        """
        done, wanted = await self._database.write(_purge, self._key, now)
        # Those that were handed in just now are swept too: nobody hands anything in any more.
        await asyncio.to_thread(self._files.sweep, wanted, now + SETTLED + timedelta(hours=1))
        return done


def check_course(source: Archive, key: str) -> None:
    """Whether an export is of this course, and of this version's schema.

    Raises:
        CourseError: it is not.
    """
    manifest = source.manifest
    if manifest.course != key:
        raise CourseError(
            f"this is an export of the course {manifest.course}, and config.toml describes {key}: give `code` and "
            "`term` in [course] as they were"
        )
    if manifest.schema != migrate.HEAD:
        raise CourseError(
            f"this export is at schema revision {manifest.schema}, this version is at {migrate.HEAD}: import it with "
            "the Colloquy that wrote it, then upgrade the database"
        )


def _course(tx: Connection, key: str) -> CourseRow:
    course = courses.by_key(tx, key)
    assert course is not None, "opening the database enters the course"
    return course


def _dump(tx: Connection, key: str) -> _Dumped:
    course = _course(tx, key)
    tables = {table.name: dump.rows(tx, course.id, table) for table in dump.tables()}
    return _Dumped(tables, dump.keys(tx, course.id), dump.open_votes(tx, course.id))


def _ready(tx: Connection, key: str, replace: bool) -> None:
    if others := dump.others(tx, key):
        raise CourseError(
            f"the database holds another course too ({', '.join(others)}): import into a database of its own"
        )
    if not replace and not dump.is_empty(tx):
        raise CourseError(
            "the database is not empty: import into a new one, or repeat with --replace to lose what is in it"
        )


def _load(
    tx: Connection,
    key: str,
    tables: dict[str, list[dict[str, Any]]],
    keys: dict[str, list[dict[str, Any]]] | None,
    replace: bool,
) -> int:
    courses.hold(tx, key=key)
    _ready(tx, key, replace)
    dump.load(tx, tables, keys)
    return dump.open_votes(tx, _course(tx, key).id)


def _over(tx: Connection, key: str, now: datetime) -> CourseRow:
    course = _course(tx, key)
    end = ends_at(tx, course.id)
    if end is None:
        raise CourseError("the course has no classes: there is no end of term to purge after")
    if end > now:
        raise CourseError("the course runs until {at}: it can be purged after that", at=end)
    return course


def _preview_purge(tx: Connection, key: str, now: datetime) -> Purged:
    course = _over(tx, key, now)
    return Purged(erasing.to_purge(tx, course.id), files.count(tx, course.id))


def _purge(tx: Connection, key: str, now: datetime) -> tuple[Purged, set[str]]:
    courses.hold(tx, key=key)
    course = _over(tx, key, now)
    people = erasing.purge(tx, course.id)
    gone = files.expire(tx, course.id, now)
    audit.record(tx, course.id, "command line", f"purged the course: {people} people, {gone} files", now)
    return Purged(people, gone), files.wanted(tx)
