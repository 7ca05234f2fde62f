"""Names as staff type them, read as people of the course: by mention, login or name; who is unknown is a guest."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import name_key
from bot.store import people, rota
from bot.store.rota import Person

NAME_MAX = 120
PEOPLE_MAX = 20

_MENTION = re.compile(r"<@!?(\d{1,20})>")


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody the course does not know yet; `near` is a name that looks much like theirs."""

    name: str
    near: str | None


def read_people(everyone: Collection[Person], text: str) -> list[Person | Guest]:
    """Each person in "Student01, @Student02, Dr. Example", once, in order.

    Raises:
        CourseError: nobody or too many are named, a name is no name or more than one person's, a mention is of
            somebody the course does not know, or someone has left the course.
    """
    parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", text)]
    found: dict[object, Person | Guest] = {}
    for part in filter(None, parts):
        one = _read(everyone, part)
        found.setdefault(one.id if isinstance(one, Person) else name_key(one.name), one)
    if not found:
        raise CourseError("Name at least one person, with commas between them, or use `clear` to leave nobody.")
    if len(found) > PEOPLE_MAX:
        raise CourseError(f"These are {len(found)} people; {PEOPLE_MAX} can share a duty at most.")
    return list(found.values())


def enter(tx: Connection, course_id: int, people_or_names: Iterable[int | str], now: datetime) -> list[int]:
    """Ids as they are, and names entered as guests; one whom somebody entered meanwhile is that person."""
    known = {one.roster_key: one.id for one in rota.everyone(tx, course_id, "")}

    def entered(name: str) -> int:
        key = _page_key(name)
        return known.get(key) or people.add(tx, course_id, key, name, "guest", now, origin="page")

    return [entered(one) if isinstance(one, str) else one for one in people_or_names]


def _read(everyone: Collection[Person], part: str) -> Person | Guest:
    mention = _MENTION.fullmatch(part)
    key = name_key(part)
    if mention:
        matching = [one for one in everyone if one.user_id == mention[1]]
    else:
        matching = [one for one in everyone if name_key(one.name) == key]
        matching = matching or [one for one in everyone if one.roster_key.casefold() in (key, _page_key(part))]
    here = [one for one in matching if not one.dropped]
    if len(here) > 1:
        raise CourseError(f"{len(here)} people are called {part}. Say which one with an @mention or their login.")
    if here:
        return here[0]
    if matching:
        raise CourseError(f"{matching[0].name} has left the course. Name somebody else.")
    if mention:
        raise CourseError(f"The course does not know {part} yet. Write their name instead.")
    if len(part) > NAME_MAX or not re.search(r"\w", part) or re.search(r"[<>@|`]", part):
        raise CourseError(f"“{part[:40]}” is no name. Write names with commas between them, or @mention people.")
    near = difflib.get_close_matches(key, {name_key(one.name): one for one in everyone}, n=1, cutoff=0.8)
    return Guest(part, next((one.name for one in everyone if near and name_key(one.name) == near[0]), None))


def _page_key(name: str) -> str:
    """The roster key of someone whom no roster, only a page or staff, named."""
    return f"page:{name.casefold()}"
