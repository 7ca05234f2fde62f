"""The nightly backup of a SQLite database: once a night, at once after downtime, the newest few kept."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.core import nightly
from bot.core.errors import CourseError
from bot.store import backups, migrate
from bot.store.database import Database

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=1)
"""So long after a failure the next try is made."""


class Backups:
    """Makes them in `folder` at the wall time `at` in `zone`; with None never."""

    def __init__(self, database: Database, url: str, folder: Path, at: time | None, keep: int, zone: ZoneInfo) -> None:
        self._database = database
        self._url = url
        self._folder = folder
        self._at = at
        self._keep = keep
        self._zone = zone
        self._stopping = threading.Event()
        self._again: datetime | None = None

    def stop(self) -> None:
        """Give up the copy under way, if any: the next start makes it."""
        self._stopping.set()

    async def run(self, now: datetime) -> datetime | None:
        """Make the backup if it is due; returns when to come back, None: never.

        A failure is noted for staff and not raised.
        """
        if self._at is None:
            return None
        if self._again is not None and timedelta() < self._again - now <= AGAIN:
            return self._again
        try:
            due = await asyncio.to_thread(self._due, self._at, now)
            if due > now:
                return due
            name = await asyncio.to_thread(self._make, now)
        except migrate.Stopped:
            return None
        except (OSError, sqlite3.Error, CourseError) as error:
            log.warning("the nightly backup failed: %s", error)
            self._again = now + AGAIN
            await self._database.write(backups.failed, _reason(error), now)
            return self._again
        self._again = None
        await self._database.write(backups.made, name, now)
        log.info("made the backup %s", name)
        return await asyncio.to_thread(self._due, self._at, now)

    def _due(self, at: time, now: datetime) -> datetime:
        return nightly.due(self._names(), at, self._zone, now)

    def _make(self, now: datetime) -> str:
        name = nightly.name_of(now)
        migrate.backup(self._url, self._folder / name, self._stopping.is_set)
        for old in nightly.surplus(self._names(), self._keep):
            (self._folder / old).unlink(missing_ok=True)
        return name

    def _names(self) -> list[str]:
        return [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []


def _reason(error: Exception) -> str:
    """For staff: what is wrong, without where the files of this machine lie."""
    return getattr(error, "strerror", None) or (str(error) if isinstance(error, sqlite3.Error) else "see the log")
