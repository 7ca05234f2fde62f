"""What staff did, for staff to look up."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.core.people import Actor, require_staff
from bot.store import audit, courses
from bot.store.audit import Entry
from bot.store.database import Database

PAGE = 15
"""Deeds a page."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of deeds, the newest first; `number` counts from 0."""

    entries: tuple[Entry, ...]
    number: int
    pages: int
    total: int


class AuditLog:
    """Reading the audit; what writes it are the deeds themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, place: str, actor: Actor, number: int) -> AuditPage:
        """The page with this number (from 0), or the nearest there is.

        Raises:
            CourseError: the actor is not staff, or no course is here.
        """
        require_staff(actor)
        return await self._database.read(_page, place, number)


def _page(tx: Connection, place: str, number: int) -> AuditPage:
    course = courses.at_place(tx, place)
    total = audit.count(tx, course.id)
    pages = max(1, -(-total // PAGE))
    number = min(max(number, 0), pages - 1)
    return AuditPage(tuple(audit.latest(tx, course.id, PAGE, number * PAGE)), number, pages, total)
