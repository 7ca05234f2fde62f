"""Two rows for one human made one: who was met on a chat platform, or named by a page, and the roster's entry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Table, delete, select, update

from bot.core.errors import CourseError
from bot.store.tables import account, duty, invitation, link_code, membership, metadata, person, seeking, seeking_with


def person_columns() -> list[tuple[Table, Column[int]]]:
    """Every column that names a person."""
    return [
        (table, column)
        for table in metadata.sorted_tables
        for column in table.columns
        if any(key.column is person.c.id for key in column.foreign_keys)
    ]


def merge(tx: Connection, keep: int, gone: int, now: datetime) -> None:
    """Give `keep` everything that `gone` has, and delete `gone`.

    Raises:
        CourseError: each has an account on the same platform, or they are in different groups.
    """
    if keep == gone:
        return
    _refuse_two_accounts(tx, keep, gone)
    _one_membership(tx, keep, gone, now)
    both = select(duty.c.session_id, duty.c.role).where(duty.c.person_id == keep, duty.c.ended_at.is_(None))
    twice = {(row.session_id, row.role) for row in tx.execute(both)}
    for row in tx.execute(select(duty).where(duty.c.person_id == gone, duty.c.ended_at.is_(None))).all():
        if (row.session_id, row.role) in twice:
            tx.execute(delete(duty).where(duty.c.id == row.id))
    asked = select(invitation.c.group_id).where(invitation.c.person_id == keep, invitation.c.answered_at.is_(None))
    tx.execute(
        update(invitation)
        .where(
            invitation.c.person_id == gone,
            invitation.c.answered_at.is_(None),
            invitation.c.group_id.in_(list(tx.execute(asked).scalars())),
        )
        .values(answered_at=now, outcome="withdrawn")
    )
    tx.execute(delete(link_code).where(link_code.c.person_id == gone))
    _one_wish(tx, keep, gone)
    for table, column in person_columns():
        tx.execute(update(table).where(column == gone).values({column: keep}))
    tx.execute(delete(person).where(person.c.id == gone))


def _refuse_two_accounts(tx: Connection, keep: int, gone: int) -> None:
    platforms = select(account.c.platform).where(account.c.person_id == keep)
    mine = account.c.platform.in_(platforms)
    if tx.execute(select(account.c.id).where(account.c.person_id == gone, mine)).first() is not None:
        raise CourseError("Each of the two has an account already; one person has one account.")


def _one_membership(tx: Connection, keep: int, gone: int, now: datetime) -> None:
    rows = tx.execute(
        select(membership.c.id, membership.c.person_id, membership.c.group_id).where(
            membership.c.person_id.in_([keep, gone]), membership.c.left_at.is_(None)
        )
    ).all()
    if len(rows) < 2:
        return
    if rows[0].group_id != rows[1].group_id:
        raise CourseError("The two are in different groups; move one of them first with `/staff student move`.")
    double = next(row.id for row in rows if row.person_id == gone)
    tx.execute(update(membership).where(membership.c.id == double).values(left_at=now, by_staff=True))


def _one_wish(tx: Connection, keep: int, gone: int) -> None:
    """Whom they would like to be with goes over as far as it names others; of two notes the kept one's stays."""
    wished = [
        (row.person_id, row.other_id)
        for row in tx.execute(
            select(seeking_with).where(
                seeking_with.c.person_id.in_([keep, gone]) | seeking_with.c.other_id.in_([keep, gone])
            )
        )
    ]
    course_id = tx.execute(select(person.c.course_id).where(person.c.id == keep)).scalar_one()
    tx.execute(
        delete(seeking_with).where(
            seeking_with.c.person_id.in_([keep, gone]) | seeking_with.c.other_id.in_([keep, gone])
        )
    )
    if tx.execute(select(seeking.c.person_id).where(seeking.c.person_id == keep)).first() is not None:
        tx.execute(delete(seeking).where(seeking.c.person_id == gone))
    else:
        tx.execute(update(seeking).where(seeking.c.person_id == gone).values(person_id=keep))
    pairs = {tuple(keep if who == gone else who for who in pair) for pair in wished}
    for who, other in sorted(pair for pair in pairs if pair[0] != pair[1]):
        tx.execute(seeking_with.insert().values(person_id=who, other_id=other, course_id=course_id))
