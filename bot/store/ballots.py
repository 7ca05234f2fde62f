"""Queries on ballots: casting many in one pass, counting them, and destroying what could link them to people.

A ballot is stored under its voter's tag (`bot.core.ballots.tag`). Nothing here stores a time or an order.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from bot.core.ballots import KEY_BYTES, Method, State, tag
from bot.store.database import erase
from bot.store.tables import account, ballot, course, membership, person, vote, vote_choice, vote_key, vote_voter
from bot.store.upsert import insert_for
from bot.store.votes import Choice


@dataclass(frozen=True, slots=True)
class Paper:
    """A vote as a voter meets it. `key` is None once it is closed."""

    id: int
    course_id: int
    session_id: int | None
    place: str | None
    linked_only: bool
    title: str
    method: Method
    state: State
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    key: bytes | None
    choices: dict[int, Choice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Voter:
    """Someone with an account in the course. `votes` says, for each vote they may vote in, whether they have."""

    person_id: int
    kind: str
    origin: str
    dropped: bool
    group_id: int | None
    votes: dict[int, bool] = field(default_factory=dict)


# In the order of the columns of `_PAPERS`; one row a choice.
_PLAIN = [name for name in Paper.__dataclass_fields__ if name != "choices"]

Who = tuple[int, str, str]
"""Course, platform and user id."""

# Statements are built once: building one costs more than running it.
_PAPERS = (
    select(
        vote.c.id,
        vote.c.course_id,
        vote.c.session_id,
        course.c.place,
        course.c.linked_only,
        vote.c.title,
        vote.c.method,
        vote.c.state,
        vote.c.opened_at,
        vote.c.closes_at,
        vote.c.closed_at,
        vote_key.c.key,
        vote_choice.c.choice,
        vote_choice.c.label,
        vote_choice.c.group_id,
    )
    .join(course, course.c.id == vote.c.course_id)
    .join(vote_choice, vote_choice.c.vote_id == vote.c.id)
    .outerjoin(vote_key, vote_key.c.vote_id == vote.c.id)
    .order_by(vote.c.id, vote_choice.c.choice)
)
_SOME_PAPERS = _PAPERS.where(vote.c.id.in_(bindparam("votes", expanding=True)))
# Most batches are about one vote: a list that is spelled out anew for each execution costs as much as the query.
_ONE_PAPER = _PAPERS.where(vote.c.id == bindparam("votes"))


def _voters(of_votes: Any, by_whom: Any) -> Any:
    """People with their accounts, their group, and their rows in the electorates of these votes."""
    columns = (account.c.course_id, account.c.platform, account.c.user_id, person.c.id, person.c.kind, person.c.origin)
    return (
        select(*columns, person.c.dropped_at, membership.c.group_id, vote_voter.c.vote_id, vote_voter.c.voted)
        .join(person, person.c.id == account.c.person_id)
        .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
        .outerjoin(vote_voter, and_(vote_voter.c.person_id == person.c.id, of_votes))
        .where(by_whom)
    )


_SOME_VOTERS = _voters(
    vote_voter.c.vote_id.in_(bindparam("votes", expanding=True)),
    and_(
        account.c.course_id.in_(bindparam("courses", expanding=True)),
        account.c.platform.in_(bindparam("platforms", expanding=True)),
        account.c.user_id.in_(bindparam("users", expanding=True)),
    ),
)
_ONE_VOTER = _voters(
    vote_voter.c.vote_id == bindparam("votes"),
    and_(
        account.c.course_id == bindparam("courses"),
        account.c.platform == bindparam("platforms"),
        account.c.user_id == bindparam("users"),
    ),
)
_NAMES = ("votes", "courses", "platforms", "users")
_OF_VOTER = (person.c.id, person.c.kind, person.c.origin, person.c.dropped_at, membership.c.group_id)
# Who presses alone waits for every statement: this one reads all that most presses need.
_MEETING = (
    _PAPERS.with_only_columns(*_PAPERS.selected_columns, *_OF_VOTER, vote_voter.c.voted, maintain_column_froms=True)
    .order_by(None)
    .join(
        account,
        and_(
            account.c.course_id == vote.c.course_id,
            account.c.platform == bindparam("platform"),
            account.c.user_id == bindparam("user"),
        ),
    )
    .join(person, person.c.id == account.c.person_id)
    .join(vote_voter, and_(vote_voter.c.vote_id == vote.c.id, vote_voter.c.person_id == person.c.id))
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .where(vote.c.id == bindparam("votes"), vote_choice.c.choice == bindparam("pressed"))
)
_MARK = (
    update(vote_voter)
    .where(vote_voter.c.vote_id == bindparam("of_vote"), vote_voter.c.person_id == bindparam("of_person"))
    .values(voted=True)
)


def papers(tx: Connection, vote_ids: Collection[int], *, hold: bool = False) -> dict[int, Paper]:
    """These votes; with `hold`, none of them is closed until this transaction ends."""
    found: dict[int, Paper] = {}
    one = len(vote_ids) == 1
    statement = _ONE_PAPER if one else _SOME_PAPERS
    if hold:
        statement = _holding(tx, statement)
    for row in tx.execute(statement, {"votes": next(iter(vote_ids)) if one else sorted(vote_ids)}):
        paper = found.get(row[0])
        if paper is None:
            found[row[0]] = paper = _paper(row)
        number, label, group_id = row[len(_PLAIN) :]
        paper.choices[number] = Choice(number, label, group_id)
    return found


def meeting(tx: Connection, vote_id: int, platform: str, user_id: str, pressed: int) -> tuple[Paper, Voter] | None:
    """The vote, which stays open until this transaction ends, with only the choice that was pressed; and who pressed
    it. None for those who may not vote in it, and for a choice that it has not."""
    names = {"votes": vote_id, "platform": platform, "user": user_id, "pressed": pressed}
    row = tx.execute(_holding(tx, _MEETING), names).first()
    if row is None:
        return None
    paper = _paper(row)
    number, label, own_group, person_id, kind, origin, dropped_at, group_id, voted = row[len(_PLAIN) :]
    paper.choices[number] = Choice(number, label, own_group)
    return paper, Voter(person_id, kind, origin, dropped_at is not None, group_id, {vote_id: voted})


def _holding(tx: Connection, statement: Any) -> Any:
    return statement if tx.dialect.name == "sqlite" else statement.with_for_update(read=True, of=vote)


def _paper(row: Sequence[Any]) -> Paper:
    # By position, which is faster than by name.
    values = dict(zip(_PLAIN, row, strict=False))
    return Paper(**values | {"method": Method(values["method"]), "state": State(values["state"])})


def voters(tx: Connection, who: Collection[Who], vote_ids: Collection[int]) -> dict[Who, Voter]:
    """Those of `who` that the course knows, and in which of the votes they may vote."""
    found: dict[Who, Voter] = {}
    if len(who) == len(vote_ids) == 1:
        names: list[Any] = [next(iter(vote_ids)), *next(iter(who))]
        rows = tx.execute(_ONE_VOTER, dict(zip(_NAMES, names, strict=True)))
    else:
        names = [sorted(vote_ids), *(sorted(set(part)) for part in zip(*who, strict=True))]
        rows = tx.execute(_SOME_VOTERS, dict(zip(_NAMES, names, strict=True)))
    for course_id, platform, user_id, person_id, kind, origin, dropped_at, group_id, vote_id, voted in rows:
        voter = found.get((course_id, platform, user_id))
        if voter is None:
            voter = Voter(person_id, kind, origin, dropped_at is not None, group_id)
            found[course_id, platform, user_id] = voter
        if vote_id is not None:
            voter.votes[vote_id] = voted
    return found


def put(tx: Connection, cast: Mapping[tuple[int, bytes], Sequence[int]], first: Collection[tuple[int, int]]) -> None:
    """Store the ballots, by vote and tag, in place of earlier ones; `first` are the (vote, person) who had none."""
    # In the order of their tags: which of a batch was pressed first is not kept.
    rows = [
        {"vote_id": vote_id, "tag": its_tag, "choices": ",".join(map(str, cast[vote_id, its_tag]))}
        for vote_id, its_tag in sorted(cast)
    ]
    tx.execute(_upsert(tx), rows)
    if first:
        tx.execute(_MARK, [{"of_vote": vote_id, "of_person": person_id} for vote_id, person_id in sorted(first)])


def of_vote(tx: Connection, vote_id: int) -> dict[bytes, tuple[int, ...]]:
    """Every ballot by its tag, in the order of tags."""
    statement = select(ballot.c.tag, ballot.c.choices).where(ballot.c.vote_id == vote_id).order_by(ballot.c.tag)
    return {bytes(row.tag): tuple(map(int, row.choices.split(","))) for row in tx.execute(statement)}


def own_choices(tx: Connection, vote_id: int, key: bytes) -> dict[bytes, int]:
    """By tag: the choice that is the voter's own group now, for each voter who has one."""
    statement = (
        select(vote_voter.c.person_id, vote_choice.c.choice)
        .join(
            membership,
            and_(membership.c.person_id == vote_voter.c.person_id, membership.c.left_at.is_(None)),
        )
        .join(
            vote_choice,
            and_(vote_choice.c.vote_id == vote_voter.c.vote_id, vote_choice.c.group_id == membership.c.group_id),
        )
        .where(vote_voter.c.vote_id == vote_id)
    )
    return {tag(key, vote_id, row.person_id): row.choice for row in tx.execute(statement)}


def new_key(tx: Connection, vote_id: int) -> None:
    """Give a vote its key."""
    tx.execute(insert(vote_key).values(vote_id=vote_id, key=secrets.token_bytes(KEY_BYTES)))


def key_of(tx: Connection, vote_id: int) -> bytes | None:
    """The key, while the vote is open."""
    found = tx.execute(select(vote_key.c.key).where(vote_key.c.vote_id == vote_id)).scalar()
    return None if found is None else bytes(found)


def destroy(tx: Connection, vote_id: int) -> None:
    """Delete the ballots and the key, and have their traces removed from the files after the commit."""
    tx.execute(delete(ballot).where(ballot.c.vote_id == vote_id))
    tx.execute(delete(vote_key).where(vote_key.c.vote_id == vote_id))
    erase(tx, ballot, vote_key)


_by_dialect: dict[str, Any] = {}


def _upsert(tx: Connection) -> Any:
    statement = _by_dialect.get(tx.dialect.name)
    if statement is None:
        statement = insert_for(tx, ballot)
        statement = statement.on_conflict_do_update(
            index_elements=["vote_id", "tag"], set_={"choices": statement.excluded.choices}
        )
        _by_dialect[tx.dialect.name] = statement
    return statement
