"""Files that were handed in: their content lies in a folder under its hash, and a row in the database tells of it.

A file is written whole before any row names it, so a row never names what is not there; what no row names (a hand-in
that was refused in the end) is swept up later. Nothing here is ever executed or unpacked.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, exists, func, select, update

from bot.store.tables import hand_in_file, stored_file
from bot.store.upsert import insert_for

SETTLED = timedelta(hours=1)
"""So long a file that was just handed in is left alone: its hand-in may not be written yet."""

_TEMPORARY = "new-"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file's content by its hash, with its size in bytes and what it is (a `Media`)."""

    sha256: str
    size: int
    media: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a hand-in. `deleted_at`: its content is gone by policy, the rest stays as proof."""

    name: str
    sha256: str
    size: int
    media: str
    deleted_at: datetime | None


class FileStore:
    """The folder. Its functions block, so they are called in a thread.

    A file's name is its hash, in a folder of the first two digits; the same content lies there once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes, now: datetime) -> str:
        """Keep `data` and return its SHA-256; on return it is durable, and `sweep` leaves it alone for a while."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self._path(sha256)
        times = (now.timestamp(), now.timestamp())
        try:
            os.utime(target, times)
            return sha256
        except FileNotFoundError:
            pass
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=_TEMPORARY)  # for the owner only, not executable
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.utime(file.fileno(), times)
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        for folder in (target.parent, self.folder):
            _sync(folder)
        return sha256

    def read(self, sha256: str) -> bytes | None:
        """The content, None when it is not there or is not what it was."""
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def sweep(self, wanted: Collection[str], now: datetime) -> int:
        """Delete whatever is not `wanted` and was not handed in just now; returns how many."""
        before, gone = (now - SETTLED).timestamp(), 0
        for path in list(self._files()):
            with contextlib.suppress(FileNotFoundError):
                if path.name not in wanted and path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
        return gone

    def _files(self) -> Iterator[Path]:
        for folder in self.folder.glob("[0-9a-f][0-9a-f]"):
            for path in folder.iterdir():
                if re.fullmatch(r"[0-9a-f]{64}", path.name) or path.name.startswith(_TEMPORARY):
                    yield path

    def _path(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError(f"{sha256!r} is no SHA-256")
        return self.folder / sha256[:2] / sha256


def _sync(folder: Path) -> None:
    """Make the folder's entries durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def note(tx: Connection, course_id: int, content: Stored, now: datetime) -> None:
    """Enter a content that the folder holds; one that was deleted by policy is there again."""
    values = {"size": content.size, "media": content.media, "stored_at": now, "deleted_at": None}
    statement = insert_for(tx, stored_file).values(course_id=course_id, sha256=content.sha256, **values)
    again = {"stored_at": now, "deleted_at": None}
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["course_id", "sha256"], set_=again, where=stored_file.c.deleted_at.is_not(None)
        )
    )


def of_hand_in(tx: Connection, hand_in_id: int) -> list[FileRow]:
    """The files of a hand-in, in their order."""
    columns = (hand_in_file.c.name, stored_file.c.sha256, stored_file.c.size, stored_file.c.media)
    statement = (
        select(*columns, stored_file.c.deleted_at)
        .join(
            stored_file,
            (stored_file.c.course_id == hand_in_file.c.course_id) & (stored_file.c.sha256 == hand_in_file.c.sha256),
        )
        .where(hand_in_file.c.hand_in_id == hand_in_id)
    )
    return [FileRow(*row) for row in tx.execute(statement.order_by(hand_in_file.c.position))]


def count(tx: Connection, course_id: int) -> int:
    """How many contents of a course `expire` would mark."""
    there = (stored_file.c.course_id == course_id) & stored_file.c.deleted_at.is_(None)
    return tx.execute(select(func.count()).select_from(stored_file).where(there)).scalar_one()


def expire(tx: Connection, course_id: int, now: datetime) -> int:
    """Mark every content of a course as deleted by policy; returns how many. `FileStore.sweep` deletes them."""
    there = (stored_file.c.course_id == course_id) & stored_file.c.deleted_at.is_(None)
    return tx.execute(update(stored_file).where(there).values(deleted_at=now)).rowcount


def wanted(tx: Connection) -> set[str]:
    """The hashes that the folder has to hold, for any course: those of files that belong to a hand-in."""
    same = (hand_in_file.c.course_id == stored_file.c.course_id) & (hand_in_file.c.sha256 == stored_file.c.sha256)
    there = select(stored_file.c.sha256).where(stored_file.c.deleted_at.is_(None), exists().where(same))
    return set(tx.execute(there).scalars())
