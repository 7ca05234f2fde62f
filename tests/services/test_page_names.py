"""The page calls people by other names than the roster does: once staff have said who is who, it stays so."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from bot.app import page_hints
from bot.config import load
from bot.core.course import Role
from bot.services.imports import Imports
from bot.store import merge, people, schedule
from bot.store.database import Database
from bot.store.tables import person
from tests.conftest import NOW
from tests.services.test_imports import PATTERN
from tests.support.people import SEED, open_course
from tests.support.world import ROOT

HEAD = "| Date | Readings | Presenter | Summary |\n|---|---|---|---|\n"
PAGE = (HEAD + "| Jan 25 | [A](https://x.org/a) (Required) | Bobby, Ann | Cleo |\n").encode()
SWAPPED = PAGE.replace(b"Bobby, Ann | Cleo", b"Cleo | bobby")


@pytest.fixture
async def imports(database: Database) -> Imports:
    await open_course(database, NOW)
    return Imports(database, SEED.key, page_hints(load(ROOT / "config.example.toml")), PATTERN)


async def _enter(database: Database, login: str, name: str) -> int:
    return await database.write(people.add, 1, login, name, "student", NOW, origin="roster")


async def _people(database: Database) -> list[tuple[str, str]]:
    statement = select(person.c.roster_key, person.c.name).order_by(person.c.roster_key)
    return await database.read(lambda tx: [tuple(row) for row in tx.execute(statement)])


async def _duties(database: Database) -> dict[Role, tuple[str, ...]]:
    (view,) = await database.read(schedule.every, 1)
    return view.duties


async def test_the_pages_name_is_kept_for_the_next_edition(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE, "test", NOW)
    robert = await _enter(database, "rob", "Robert")
    (bobby,) = [id_ for name, id_ in (await database.read(people.named, 1, {"Bobby"})).items() if name == "Bobby"]
    await database.write(merge.merge, robert, bobby, NOW)
    assert await _duties(database) == {Role.PRESENTER: ("Robert", "Ann"), Role.SUMMARIZER: ("Cleo",)}
    assert (await imports.compare(PAGE)).changes == ()
    await imports.apply(SWAPPED, "test", NOW)
    assert await _duties(database) == {Role.PRESENTER: ("Cleo",), Role.SUMMARIZER: ("Robert",)}
    assert await _people(database) == [("page:ann", "Ann"), ("page:cleo", "Cleo"), ("rob", "Robert")]


async def test_a_name_that_two_people_bear_is_given_to_neither(imports: Imports, database: Database) -> None:
    first, second = await _enter(database, "ann1", "Ann"), await _enter(database, "ann2", "ANN")
    await imports.apply(PAGE, "test", NOW)
    held = await database.read(people.named, 1, {"Ann"})
    assert held["Ann"] not in (first, second)
    assert ("page:ann", "Ann") in await _people(database)


async def test_a_name_that_one_person_bears_is_theirs_however_it_is_written(
    imports: Imports, database: Database
) -> None:
    ann = await _enter(database, "ann", "ANN")
    await database.write(lambda tx: tx.execute(insert(person).values(_met("ann"))))
    await imports.apply(PAGE, "test", NOW)
    assert (await database.read(people.named, 1, {"Ann"}))["Ann"] == ann
    assert (await imports.compare(PAGE)).changes == ()


def _met(name: str) -> dict[str, object]:
    return {"course_id": 1, "roster_key": "discord:9", "name": name, "kind": "student", "created_at": NOW}
