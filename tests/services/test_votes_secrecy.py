"""After the close nothing links a person to a choice; while a vote is open, nothing but its key does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from bot.core.ballots import tag
from bot.outbox.planner import Planner
from bot.services.ballot_box import Press, cast
from bot.store import ballots
from bot.store.database import Database
from bot.store.tables import account, metadata, vote_key
from tests.support.people import PLACE, STAFF
from tests.support.voting import SOON, START, Hall, voter

VOTERS = 12


def dump(tx: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as the database gives it unasked, and where it lies in the file."""
    place = "rowid" if tx.dialect.name == "sqlite" else "ctid::text"
    found = {}
    for table in metadata.sorted_tables:
        where = "0" if table.name == "ballot" and place == "rowid" else place  # it has no rowid
        found[table.name] = [tuple(row) for row in tx.execute(text(f"SELECT {where} AS place, * FROM {table.name}"))]
    return found


async def _held(database: Database, choices: Sequence[int], changes: Sequence[int]) -> dict[str, list[tuple[Any, ...]]]:
    """What is left of a vote in which voter n first said `changes[n]` and then `choices[n]`."""
    hall = await Hall(database).fill(voters=VOTERS)
    vote_id = await hall.open_vote()
    for said in (changes, choices):
        for number, choice in enumerate(said):
            await hall.cast(voter(number), vote_id, choice, at=START)
    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    await Planner(database, ()).plan(SOON)
    return await database.read(dump)


@pytest.fixture(params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Two empty databases of a kind."""
    if request.param == "sqlite":
        data = request.getfixturevalue("migrated_file").read_bytes()
        for name in ("a", "b"):
            (tmp_path / f"{name}.db").write_bytes(data)
        opened = [Database(f"sqlite:///{tmp_path / name}.db") for name in ("a", "b")]
    else:
        server = request.getfixturevalue("postgres_server")
        opened = [Database(server.new_database(request.getfixturevalue("migrated_postgres"))) for _ in range(2)]
    yield opened
    for database in opened:
        database.close()


async def test_two_courses_whose_voters_swapped_their_choices_leave_the_same_behind(two: list[Database]) -> None:
    choices = [1 + n % 3 for n in range(VOTERS)]
    swapped = random.Random(3).sample(choices, VOTERS)
    assert swapped != choices
    first = await _held(two[0], choices, [1] * VOTERS)
    second = await _held(two[1], swapped, [3] * VOTERS)
    assert first == second
    assert first["ballot"] == first["vote_key"] == []
    assert [row[-1] for row in first["vote_choice"]] == [4, 4, 4]


async def test_no_time_of_voting_is_kept_anywhere(database: Database) -> None:
    hall = await Hall(database).fill(voters=VOTERS)
    vote_id = await hall.open_vote()
    before = await database.read(dump)
    await hall.cast(voter(3), vote_id, 2, at=SOON)
    after = await database.read(dump)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"ballot", "vote_voter"}
    assert SOON.isoformat()[:13] not in str(after["ballot"]) + str(after["vote_voter"])
    assert len(after["ballot"][0]) == 1 + 3  # vote, tag, choices
    assert len(after["vote_voter"][0]) == 1 + 3  # vote, person, voted


async def test_while_open_ballots_lie_in_the_order_of_their_tags_not_of_casting(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    hall = await Hall(database).fill(voters=60)
    vote_id = await hall.open_vote()
    order = random.Random(5).sample(range(60), 60)
    for number in order:
        await hall.cast(voter(number), vote_id, 1)
    lying = [row[2] for row in (await database.read(dump))["ballot"]]
    key = await database.read(ballots.key_of, vote_id)
    people = await database.read(lambda tx: {r.user_id: r.person_id for r in tx.execute(select(account))})
    assert key is not None
    cast_in = [tag(key, vote_id, people[voter(number).user_id]) for number in order]
    assert lying == sorted(lying) == sorted(cast_in)
    assert lying != cast_in
    voters = [row[2] for row in (await database.read(dump))["vote_voter"]]
    assert voters == sorted(voters)
    database.close()


async def test_a_batch_does_not_keep_who_of_it_was_first(database: Database) -> None:
    hall = await Hall(database).fill(voters=20)
    vote_id = await hall.open_vote()
    presses = [Press(PLACE, "discord", voter(n).user_id, vote_id, (1,), START) for n in range(20)]
    await database.write(cast, presses[::-1])
    stored = (await database.read(dump))["ballot"]
    assert [row[2] for row in stored] == sorted(row[2] for row in stored)


async def test_the_key_and_the_tags_are_in_no_file_after_the_close(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    database = Database(sqlite_url)
    hall = await Hall(database).fill(voters=300)
    vote_id = await hall.open_vote()
    for number in range(300):
        await hall.cast(voter(number), vote_id, 1 + number % 3)
    key = await database.read(lambda tx: bytes(tx.execute(select(vote_key.c.key)).scalar_one()))
    tags = set(await hall.stored(vote_id))

    def bytes_on_disk() -> bytes:
        return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))

    assert key in bytes_on_disk()
    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    left = bytes_on_disk()
    assert key not in left
    assert not [its_tag for its_tag in tags if its_tag in left]
    database.close()


async def test_postgresql_keeps_no_page_of_ballots_or_keys_after_the_close(
    request: pytest.FixtureRequest,
) -> None:
    server = request.getfixturevalue("postgres_server")
    database = Database(server.new_database(request.getfixturevalue("migrated_postgres")))
    hall = await Hall(database).fill(voters=30)
    vote_id = await hall.open_vote()
    for number in range(30):
        await hall.cast(voter(number), vote_id, 1)
    sizes = text("SELECT pg_relation_size('ballot') + pg_relation_size('vote_key')")
    assert await database.read(lambda tx: tx.execute(sizes).scalar()) > 0
    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    assert await database.read(lambda tx: tx.execute(sizes).scalar()) == 0
    database.close()


async def test_logs_say_nothing_of_choices(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    hall = await Hall(database).fill(voters=3)
    vote_id = await hall.open_vote()
    await hall.cast(voter(0), vote_id, 2)
    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    assert "Group 1" not in caplog.text
