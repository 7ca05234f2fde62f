"""Deleting what is held on people: `bot.store.personal` says what goes, everything else stays under a pseudonym."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, func, null, or_, select, update

from bot.core.pseudonyms import Identity, Replacer, is_former, replacers
from bot.core.roster import same_name
from bot.store.database import erase as leave_no_trace
from bot.store.merge import person_columns
from bot.store.personal import BY_TABLE, RULES, Rule
from bot.store.tables import account, metadata, outbox, person, proposal, recap, recap_source

_NEEDLES = 100
"""So many words the database looks for; beyond that it is quicker to read every text once."""

_SETTLED = ("sent", "empty", "failed", "expired", "withdrawn")


def of_course(table: Table, course_id: int) -> ColumnElement[bool]:
    """The rows of a course; a table without a course belongs to it by way of the first table it refers to."""
    if table.name == "course":
        return table.c.id == course_id
    if "course_id" in table.c:
        return table.c.course_id == course_id
    key = next(key for column in table.columns for key in column.foreign_keys)
    return key.parent.in_(select(key.column).where(of_course(key.column.table, course_id)))


def identities(tx: Connection, course_id: int, people: Collection[int]) -> list[Identity]:
    """What these people are known by; those who are under a pseudonym already are left out."""
    accounts: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in tx.execute(select(account).where(account.c.course_id == course_id).order_by(account.c.id)):
        accounts[row.person_id].append((row.platform, row.user_id))
    rows = tx.execute(select(person).where(person.c.course_id == course_id).order_by(person.c.id)).all()
    names = Counter(same_name(row.name) for row in rows)
    return [
        Identity(
            person_id=row.id,
            kind=row.kind,
            name=row.name,
            roster_key=row.roster_key,
            email=row.email,
            accounts=tuple(accounts[row.id]),
            given=row.origin != "met",
            shared=names[same_name(row.name)] > 1,
        )
        for row in rows
        if row.id in people and not is_former(row.roster_key)
    ]


def what_goes(tx: Connection, course_id: int, one: Identity) -> tuple[dict[str, int], dict[str, int]]:
    """By title, how many rows `erase` would delete, and how many it would leave under the pseudonym."""
    gone: dict[str, int] = {}
    kept: dict[str, int] = {}
    for rule in RULES:
        mine = belongs(rule, one)
        if rule.table is person or not rule.title or mine is None:
            continue
        goes = _goes(rule, [one])
        for found, where in ((gone, goes), (kept, mine if goes is None else and_(mine, ~goes))):
            if where is not None:
                here = and_(of_course(rule.table, course_id), where)
                count = tx.execute(select(func.count()).select_from(rule.table).where(here)).scalar_one()
                if count:
                    found[rule.title] = count
    return gone, kept


def belongs(rule: Rule, one: Identity) -> ColumnElement[bool] | None:
    """Which rows of a table are a person's own, by person columns, keys and user ids; None where none can be."""
    table = rule.table
    found = [table.c[name] == one.person_id for name in rule.mine.split()]
    keys = [f"{platform}:{user_id}" for platform, user_id in one.accounts]
    if table is not person:
        found += [table.c[name].in_(keys) for name in rule.keys.split()]
    found += [by for by in (_by_user_id(rule, [one]),) if by is not None]
    return or_(*found) if found else None


def erase(tx: Connection, course_id: int, people: Sequence[Identity]) -> None:
    """Delete what goes and put pseudonyms in the place of the rest. Hold the course first.

    Whoever nothing of the course refers to any more is gone altogether.
    """
    if not people:
        return
    ids = [one.person_id for one in people]
    told = select(recap_source.c.session_id).where(recap_source.c.person_id.in_(ids))
    tx.execute(delete(recap).where(recap.c.course_id == course_id, recap.c.session_id.in_(told)))
    for rule in RULES:
        _blank(tx, rule, people)
    for table in reversed(metadata.sorted_tables):
        goes = _goes(BY_TABLE[table], people)
        if goes is not None:
            tx.execute(delete(table).where(of_course(table, course_id), goes))
    tx.execute(delete(proposal).where(proposal.c.course_id == course_id))
    _forget_messages(tx, course_id, people)
    _rewrite(tx, course_id, people)
    for one in people:
        values = {"name": one.alias, "roster_key": one.key, "email": None, "section": None}
        tx.execute(update(person).where(person.c.id == one.person_id).values(**values))
    _remove_unused(tx, ids)
    leave_no_trace(tx, *metadata.sorted_tables)


def _by_user_id(rule: Rule, people: Sequence[Identity]) -> ColumnElement[bool] | None:
    table, found = rule.table, []
    for name in rule.user_ids.split():
        for one in people:
            for platform, user_id in one.accounts:
                by = table.c[name] == user_id
                found.append(and_(by, table.c.platform == platform) if "platform" in table.c else by)
    return or_(*found) if found else None


def _goes(rule: Rule, people: Sequence[Identity]) -> ColumnElement[bool] | None:
    names = rule.goes.split()
    persons = [rule.table.c[name].in_([one.person_id for one in people]) for name in names if name not in rule.user_ids]
    found = [by for by in (*persons, _by_user_id(rule, people) if names else None) if by is not None]
    if not found:
        return None
    return or_(*found) if rule.goes_if is None else and_(or_(*found), rule.goes_if)


def _blank(tx: Connection, rule: Rule, people: Sequence[Identity]) -> None:
    table, ids = rule.table, [one.person_id for one in people]
    for name in rule.blank.split():
        mine = or_(*(table.c[column].in_(ids) for column in rule.mine.split()))
        tx.execute(update(table).where(mine).values({name: empty(table.c[name])}))
    for key, name in rule.named.items():
        for one in people:
            keys = [f"{platform}:{user_id}" for platform, user_id in one.accounts]
            tx.execute(update(table).where(table.c[key].in_(keys)).values({name: one.alias}))


def empty(column: Column[object]) -> object:
    """What says nothing in this column."""
    return null() if column.nullable else ""


def _forget_messages(tx: Connection, course_id: int, people: Sequence[Identity]) -> None:
    """The texts of messages that are done with are of no use; one that waits to be repeated is composed anew."""
    here = outbox.c.course_id == course_id
    tx.execute(update(outbox).where(here, outbox.c.state.in_(_SETTLED)).values(parts=None))
    sentences = replacers(people)[0]
    waiting = select(outbox.c.id, outbox.c.parts).where(here, outbox.c.parts.is_not(None))
    named = [row.id for row in tx.execute(waiting) if sentences(row.parts) != row.parts]
    tx.execute(update(outbox).where(outbox.c.id.in_(named)).values(parts=None, tried_at=None))
    direct = {f"dm:{user_id}": one.key for one in people for _, user_id in one.accounts}
    for destination, instead in direct.items():
        theirs = and_(here, outbox.c.destination == destination)
        open_ = and_(theirs, outbox.c.state.not_in(_SETTLED))
        tx.execute(update(outbox).where(open_).values(state="withdrawn"))
        tx.execute(update(outbox).where(theirs).values(destination=instead))


def _rewrite(tx: Connection, course_id: int, people: Sequence[Identity]) -> None:
    """Take names, logins, addresses and accounts out of every text."""
    sentences, folded, words = replacers(people)
    for rule in RULES:
        by: list[tuple[str, Replacer]] = [(name, words) for name in (rule.keys + " " + rule.words).split()]
        by += [(name, sentences) for name in rule.sentences.split()]
        by += [(name, folded) for name in rule.folded.split()]
        if rule.table is not person and by:
            _rewrite_table(tx, rule.table, course_id, by)


def _rewrite_table(tx: Connection, table: Table, course_id: int, by: Sequence[tuple[str, Replacer]]) -> None:
    keys = list(table.primary_key.columns)
    statement = select(*keys, *(table.c[name] for name, _ in by))
    if table.name != "fact":  # facts are about the bot, whatever the course
        statement = statement.where(of_course(table, course_id))
    if sum(len(replace.needles) for _, replace in by) <= _NEEDLES:
        found = (table.c[name].contains(needle, autoescape=True) for name, replace in by for needle in replace.needles)
        statement = statement.where(or_(*found))
    for row in tx.execute(statement).all():
        values = {}
        for (name, replace), text in zip(by, row[len(keys) :], strict=True):
            if text and (new := replace(text)) != text:
                values[name] = new
        if values:
            this = and_(*(column == value for column, value in zip(keys, row, strict=False)))
            tx.execute(update(table).where(this).values(values))


def _remove_unused(tx: Connection, ids: Sequence[int]) -> None:
    used: set[int] = set()
    for table, column in person_columns():
        if any(key.column is person.c.id for key in column.foreign_keys):
            used |= set(tx.execute(select(table.c[column.name]).where(column.in_(ids)).distinct()).scalars())
    tx.execute(delete(person).where(person.c.id.in_(set(ids) - used)))


def to_purge(tx: Connection, course_id: int) -> int:
    """How many people `purge` would put under a pseudonym."""
    return len(identities(tx, course_id, _everyone(tx, course_id)))


def _everyone(tx: Connection, course_id: int) -> set[int]:
    return set(tx.execute(select(person.c.id).where(person.c.course_id == course_id)).scalars())


def purge(tx: Connection, course_id: int) -> int:
    """The end of a term: everyone under a pseudonym, what `personal` has as purged gone; returns how many people.

    Hold the course first. The files' contents are the caller's to delete.
    """
    people = identities(tx, course_id, _everyone(tx, course_id))
    for table in reversed(metadata.sorted_tables):
        rule = BY_TABLE[table]
        if rule.purge:
            tx.execute(delete(table).where(of_course(table, course_id)))
        elif rule.purged:
            values = {name: empty(table.c[name]) for name in rule.purged.split()}
            tx.execute(update(table).where(of_course(table, course_id)).values(values))
    erase(tx, course_id, people)
    return len(people)
