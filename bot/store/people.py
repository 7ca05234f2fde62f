"""Queries on people and the accounts they are known by."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from bot.core.errors import NotSetUp
from bot.core.people import Actor, NoLongerInCourse, NotLinked
from bot.core.roster import same_name
from bot.store.courses import COURSE_COLUMNS, CourseRow, course_row
from bot.store.tables import account, course, membership, person, person_alias, study_group


@dataclass(frozen=True, slots=True)
class Known:
    """Someone in the course, and the group they are in, if any."""

    id: int
    name: str
    roster_key: str
    kind: str
    origin: str
    dropped_at: datetime | None
    membership_id: int | None
    group_id: int | None
    group_name: str | None


# One statement for what nearly every command asks first: which course, who, in which group.
_WHO = (
    select(
        *COURSE_COLUMNS,
        person.c.id.label("person_id"),
        person.c.name,
        person.c.roster_key,
        person.c.kind,
        person.c.origin,
        person.c.dropped_at,
        membership.c.id.label("membership_id"),
        study_group.c.id.label("group_id"),
        study_group.c.name.label("group_name"),
    )
    .outerjoin(
        account,
        and_(
            account.c.course_id == course.c.id,
            account.c.platform == bindparam("platform"),
            account.c.user_id == bindparam("user_id"),
        ),
    )
    .outerjoin(person, person.c.id == account.c.person_id)
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .outerjoin(study_group, study_group.c.id == membership.c.group_id)
    .where(course.c.place == bindparam("place"))
)
_NEW_PERSON = insert(person).returning(person.c.id)
_NEW_ACCOUNT = insert(account)
_WITHOUT_GROUP = (
    select(account.c.user_id)
    .join(person, person.c.id == account.c.person_id)
    .join(course, course.c.id == person.c.course_id)
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .where(
        person.c.course_id == bindparam("course_id"),
        person.c.kind == "student",
        or_(~course.c.linked_only, person.c.origin == "roster"),
        person.c.dropped_at.is_(None),
        membership.c.id.is_(None),
        account.c.platform == bindparam("platform"),
    )
    .order_by(person.c.id)
)


def who(tx: Connection, place: str, actor: Actor) -> tuple[CourseRow, Known | None]:
    """The course of a server and what it knows of the actor.

    Raises:
        NotSetUp: the server holds no course.
    """
    row = tx.execute(_WHO, {"place": place, "platform": actor.platform, "user_id": actor.user_id}).first()
    if row is None:
        raise NotSetUp
    found = row[len(COURSE_COLUMNS) :]
    return course_row(row), Known(*found) if found[0] is not None else None


def enter(tx: Connection, course: CourseRow, actor: Actor, known: Known | None, now: datetime) -> int:
    """The id of the actor, entered in the course if not `known`.

    For someone no roster names, the name shown by the platform is kept current, and who has become staff is staff.

    Raises:
        NotLinked: the course takes only people on its roster, and the actor is not known to be one; or they were
            dropped.
    """
    if known is not None and known.dropped_at is not None and not actor.staff:
        raise NoLongerInCourse
    if course.linked_only and not actor.staff and (known is None or known.origin != "roster"):
        raise NotLinked
    if known is None:
        return add(tx, course.id, actor.key, actor.name, "staff" if actor.staff else "student", now, actor)
    kind = "staff" if actor.staff else known.kind
    if known.roster_key == actor.key and (known.name, known.kind) != (actor.name, kind):
        tx.execute(update(person).where(person.c.id == known.id).values(name=actor.name, kind=kind))
    return known.id


def add(
    tx: Connection,
    course_id: int,
    roster_key: str,
    name: str,
    kind: str,
    now: datetime,
    actor: Actor | None = None,
    *,
    origin: str = "met",
    email: str | None = None,
    section: str | None = None,
) -> int:
    """Enter a person ("student", "staff" or "guest"), with the account of `actor` if given; returns their id."""
    values = {"course_id": course_id, "roster_key": roster_key, "name": name, "kind": kind, "created_at": now}
    values |= {"origin": origin, "email": email, "section": section}
    person_id: int = tx.execute(_NEW_PERSON, values).scalar_one()
    if actor is not None:
        link = {"person_id": person_id, "platform": actor.platform, "user_id": actor.user_id}
        tx.execute(_NEW_ACCOUNT, {"course_id": course_id, "created_at": now, **link})
    return person_id


def without_group(tx: Connection, course_id: int, platform: str) -> list[str]:
    """The platform's user ids of the students in the course who are in no group."""
    return list(tx.execute(_WITHOUT_GROUP, {"course_id": course_id, "platform": platform}).scalars())


def named(tx: Connection, course_id: int, names: set[str]) -> dict[str, int]:
    """Whom a course page means by each of `names`; a name that is nobody's yet, or several people's, is left out.

    Who was met on a chat platform only is not looked for: what people call themselves there proves nothing.
    """
    meant = _meant(tx, course_id)
    return {name: meant[same_name(name)][0] for name in names if same_name(name) in meant}


def called(tx: Connection, course_id: int) -> dict[str, str]:
    """The names (as `same_name` has them) by which pages call people, and the names those people have here."""
    return {key: name for key, (_, name) in _meant(tx, course_id).items()}


def _meant(tx: Connection, course_id: int) -> dict[str, tuple[int, str]]:
    """Whom a page means by a name (as `same_name` has it): id and name here."""
    found: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for row in tx.execute(
        select(person.c.origin, person.c.id, person.c.name).where(
            person.c.course_id == course_id, person.c.origin != "met"
        )
    ):
        found[same_name(row.name)].append((row.origin, row.id, row.name))
    meant: dict[str, tuple[int, str]] = {}
    for key, people in found.items():
        # Of several people of one name, the one that a page brought in is the page's.
        by_page = [one for one in people if one[0] == "page"]
        if len(people) == 1 or len(by_page) == 1:
            meant[key] = (by_page or people)[0][1:]
    aliases = select(person_alias.c.name_key, person.c.id, person.c.name).join(
        person, person.c.id == person_alias.c.person_id
    )
    for row in tx.execute(aliases.where(person_alias.c.course_id == course_id)):
        meant[row.name_key] = (row.id, row.name)
    return meant
