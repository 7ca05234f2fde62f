"""Two rows for one human made one: who was met on a chat platform, or named by a page, and the roster's entry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, exists, func, or_, select, update

from bot.core.ballots import tag
from bot.core.errors import CourseError
from bot.core.roster import same_name
from bot.store import drafts, groups, hand_ins
from bot.store.tables import (
    account,
    ballot,
    booking,
    check_in,
    duty,
    feed,
    invitation,
    link_code,
    mark,
    membership,
    metadata,
    person,
    person_alias,
    preference,
    question_vote,
    seeking,
    seeking_with,
    snooze,
    vote_key,
    vote_voter,
)
from bot.store.upsert import insert_for


class TwoAccounts(CourseError):
    def __init__(self) -> None:
        super().__init__(
            "Each of the two has an account already; one person has one account. Take one off with "
            "`/staff student unlink` first."
        )


class TwoGroups(CourseError):
    def __init__(self) -> None:
        super().__init__("The two are in different groups; move one of them first with `/staff student move`.")


def person_columns() -> list[tuple[Table, Column[int]]]:
    """Every column that names a person, by way of another table too."""
    names: dict[Column[int], Table] = {}
    for table in metadata.sorted_tables:  # those that others refer to come first
        for column in table.columns:
            if any(key.column is person.c.id or key.column in names for key in column.foreign_keys):
                names[column] = table
    return [(table, column) for column, table in names.items()]


def check(tx: Connection, keep: int, gone: int) -> None:
    """Whether `merge` would refuse.

    Raises:
        TwoAccounts: each has an account on the same platform.
        TwoGroups: they are in different groups.
    """
    theirs = account.alias("theirs")
    both = and_(account.c.person_id == keep, theirs.c.person_id == gone, account.c.platform == theirs.c.platform)
    if tx.execute(select(account.c.id).join(theirs, both)).first() is not None:
        raise TwoAccounts
    seats = select(func.count(membership.c.group_id.distinct())).where(_seat_of(keep, gone))
    if tx.execute(seats).scalar_one() > 1:
        raise TwoGroups


def merge(tx: Connection, keep: int, gone: int, now: datetime) -> None:
    """Give `keep` everything that `gone` has, and delete `gone`. Hold the course first.

    What there can be only one of stays `keep`'s: name, e-mail, section, code, note, a mark, a double vote, how to be
    reminded. Of two drafts the later one stays.

    Raises:
        CourseError: as `check`.
    """
    if keep == gone:
        return
    check(tx, keep, gone)
    _one_membership(tx, keep, gone)
    _one_duty_each(tx, keep, gone)
    _one_invitation_each(tx, keep, gone, now)
    _one_wish(tx, keep, gone)
    _one_vote_each(tx, keep, gone)
    _one_preference(tx, keep, gone)
    hand_ins.merge(tx, keep, gone)
    drafts.merge(tx, keep, gone)
    _one_check_in(tx, keep, gone)
    _one_booking_each(tx, keep, gone, now)
    _one_feed(tx, keep, gone, now)
    _one_mark_each(tx, keep, gone)
    tx.execute(delete(link_code).where(link_code.c.person_id == gone))
    _remember_name(tx, keep, gone)
    for table, column in person_columns():
        tx.execute(update(table).where(column == gone).values({column: keep}))
    tx.execute(delete(person).where(person.c.id == gone))


def _remember_name(tx: Connection, keep: int, gone: int) -> None:
    """The next edition of the page still uses the name that the page used."""
    row = tx.execute(select(person).where(person.c.id == gone)).one()
    if row.origin == "page":
        values = {"course_id": row.course_id, "name_key": same_name(row.name), "person_id": keep}
        statement = insert_for(tx, person_alias).values(**values)
        tx.execute(statement.on_conflict_do_update(index_elements=["course_id", "name_key"], set_={"person_id": keep}))


def _seat_of(*people: int) -> ColumnElement[bool]:
    return and_(membership.c.person_id.in_(people), membership.c.left_at.is_(None))


def _one_membership(tx: Connection, keep: int, gone: int) -> None:
    """In the same group twice: one seat is free again, and the other was taken when the first of the two was."""
    rows = tx.execute(select(membership.c.joined_at).where(_seat_of(keep, gone))).all()
    if len(rows) == 2:
        tx.execute(delete(membership).where(_seat_of(gone)))
        tx.execute(update(membership).where(_seat_of(keep)).values(joined_at=min(row.joined_at for row in rows)))


def _one_duty_each(tx: Connection, keep: int, gone: int) -> None:
    """A duty that both hold is held once, and as a member of the group if either held it so."""
    theirs = duty.alias("theirs")
    same = and_(
        theirs.c.session_id == duty.c.session_id,
        theirs.c.role == duty.c.role,
        theirs.c.person_id == gone,
        theirs.c.ended_at.is_(None),
    )
    rows = tx.execute(
        select(duty.c.id, duty.c.group_duty_id, theirs.c.id.label("double"), theirs.c.group_duty_id.label("seat"))
        .join(theirs, same)
        .where(duty.c.person_id == keep, duty.c.ended_at.is_(None))
    ).all()
    for row in rows:
        tx.execute(delete(duty).where(duty.c.id == row.double))
        if row.group_duty_id is None and row.seat is not None:
            tx.execute(update(duty).where(duty.c.id == row.id).values(group_duty_id=row.seat))


def _one_invitation_each(tx: Connection, keep: int, gone: int, now: datetime) -> None:
    """Who has a seat has no open invitation (as in `groups.take_seat`); two from one group are one."""
    both = invitation.c.person_id.in_([keep, gone])
    if tx.execute(select(membership.c.id).where(_seat_of(keep, gone))).first() is not None:
        groups.withdraw(tx, now, both)
        return
    first = invitation.alias("first")
    double = exists().where(
        first.c.group_id == invitation.c.group_id, first.c.person_id == keep, first.c.answered_at.is_(None)
    )
    groups.withdraw(tx, now, and_(invitation.c.person_id == gone, double))


def _one_wish(tx: Connection, keep: int, gone: int) -> None:
    """Whom they would like to be with goes over as far as it names others; of two notes the kept one's stays.

    Who has a seat looks for none.
    """
    either = or_(seeking_with.c.person_id.in_([keep, gone]), seeking_with.c.other_id.in_([keep, gone]))
    wished = [(row.person_id, row.other_id) for row in tx.execute(select(seeking_with).where(either))]
    course_id = tx.execute(select(person.c.course_id).where(person.c.id == keep)).scalar_one()
    tx.execute(delete(seeking_with).where(either))
    if tx.execute(select(seeking.c.person_id).where(seeking.c.person_id == keep)).first() is not None:
        tx.execute(delete(seeking).where(seeking.c.person_id == gone))
    else:
        tx.execute(update(seeking).where(seeking.c.person_id == gone).values(person_id=keep))
    if tx.execute(select(membership.c.id).where(_seat_of(keep, gone))).first() is not None:
        tx.execute(delete(seeking).where(seeking.c.person_id == keep))
        wished = [(who, other) for who, other in wished if who not in (keep, gone)]
    pairs = {tuple(keep if who == gone else who for who in pair) for pair in wished}
    for who, other in sorted(pair for pair in pairs if pair[0] != pair[1]):
        tx.execute(seeking_with.insert().values(person_id=who, other_id=other, course_id=course_id))


def _one_vote_each(tx: Connection, keep: int, gone: int) -> None:
    """One vote a question and none for one's own; one voter in an electorate, who has voted if either has."""
    own = or_(
        and_(question_vote.c.person_id == keep, question_vote.c.author_id == gone),
        and_(question_vote.c.person_id == gone, question_vote.c.author_id == keep),
    )
    mine = select(question_vote.c.question_id).where(question_vote.c.person_id == keep)
    double = and_(question_vote.c.person_id == gone, question_vote.c.question_id.in_(mine))
    tx.execute(delete(question_vote).where(or_(own, double)))
    voters = select(vote_voter.c.vote_id, vote_voter.c.person_id, vote_voter.c.voted, vote_key.c.key)
    voters = voters.outerjoin(vote_key, vote_key.c.vote_id == vote_voter.c.vote_id)
    rows = tx.execute(voters.where(vote_voter.c.person_id.in_([keep, gone]))).all()
    kept = {row.vote_id: row for row in rows if row.person_id == keep}
    for row in (row for row in rows if row.person_id == gone):
        other = kept.get(row.vote_id)
        if row.voted and row.key is not None:  # a closed vote has no key and no ballots
            _move_ballot(tx, row.vote_id, row.key, keep, gone, double=other is not None and other.voted)
        if other is not None:
            mine = vote_voter.c.vote_id == row.vote_id
            tx.execute(delete(vote_voter).where(mine, vote_voter.c.person_id == gone))
            if row.voted:
                tx.execute(update(vote_voter).where(mine, vote_voter.c.person_id == keep).values(voted=True))


def _one_preference(tx: Connection, keep: int, gone: int) -> None:
    if tx.execute(select(preference.c.person_id).where(preference.c.person_id == keep)).first() is not None:
        tx.execute(delete(preference).where(preference.c.person_id == gone))
    mine = select(snooze.c.subject).where(snooze.c.person_id == keep)
    tx.execute(delete(snooze).where(snooze.c.person_id == gone, snooze.c.subject.in_(mine)))


def _one_booking_each(tx: Connection, keep: int, gone: int, now: datetime) -> None:
    """Of two appointments in the same office hours the other one's slot is free again."""
    mine = select(booking.c.hours_id).where(booking.c.person_id == keep, booking.c.cancelled_at.is_(None))
    double = and_(booking.c.person_id == gone, booking.c.cancelled_at.is_(None), booking.c.hours_id.in_(mine))
    tx.execute(update(booking).where(double).values(cancelled_at=now))


def _one_check_in(tx: Connection, keep: int, gone: int) -> None:
    """Once in is in."""
    there = select(check_in.c.session_id).where(check_in.c.person_id == keep)
    tx.execute(delete(check_in).where(check_in.c.person_id == gone, check_in.c.session_id.in_(there)))


def _one_feed(tx: Connection, keep: int, gone: int, now: datetime) -> None:
    """Of two calendars the kept one's address stays."""
    still = feed.c.revoked_at.is_(None)
    if tx.execute(select(feed.c.token).where(feed.c.person_id == keep, still)).first() is not None:
        tx.execute(update(feed).where(feed.c.person_id == gone, still).values(revoked_at=now))


def _one_mark_each(tx: Connection, keep: int, gone: int) -> None:
    mine = select(mark.c.item).where(mark.c.person_id == keep)
    tx.execute(delete(mark).where(mark.c.person_id == gone, mark.c.item.in_(mine)))


def _move_ballot(tx: Connection, vote_id: int, key: bytes, keep: int, gone: int, *, double: bool) -> None:
    """The ballot is stored under its voter's tag; of two ballots the kept one's counts."""
    old = and_(ballot.c.vote_id == vote_id, ballot.c.tag == tag(key, vote_id, gone))
    if double:
        tx.execute(delete(ballot).where(old))
    else:
        tx.execute(update(ballot).where(old).values(tag=tag(key, vote_id, keep)))
