"""A page that says nothing of a seat taken in chat leaves it alone; one that names somebody has the last word."""

from __future__ import annotations

import pytest

from bot.app import page_hints
from bot.config import load
from bot.core.course import Role
from bot.services.groups import Groups
from bot.services.imports import Imports
from bot.store import duties, schedule
from bot.store.database import Database
from tests.conftest import NOW
from tests.services.test_imports import PATTERN
from tests.support.people import PLACE, SEED, open_course, student
from tests.support.world import ROOT

PAGE = (
    "| Date | Readings | Presenter | Summary |\n|---|---|---|---|\n"
    "| Jan 25 | [A](https://x.org/a) (Required) | | Cleo |\n"
    "| Jan 30 | [B](https://x.org/b) (Required) | Ann | Cleo |\n"
)


@pytest.fixture
async def imports(database: Database) -> Imports:
    """Jan 25 has no presenter on the page; a group of one takes the seat in chat."""
    await open_course(database, NOW)
    service = Imports(database, SEED.key, page_hints(load(ROOT / "config.example.toml")), PATTERN)
    await service.apply(PAGE.encode(), "test", NOW)
    await Groups(database).create(PLACE, student(1), "Attention", NOW)
    first = (await database.read(schedule.every, 1))[0]
    await database.write(duties.take, first.id, Role.PRESENTER, 1, "volunteered", "volunteered", NOW)
    return service


async def _first(database: Database) -> tuple[dict[Role, tuple[str, ...]], list[str]]:
    view = (await database.read(schedule.every, 1))[0]
    return view.duties, [one.reason for one in await database.read(duties.holdings, 1)]


async def test_the_same_page_again_changes_nothing(imports: Imports) -> None:
    assert (await imports.compare(PAGE.encode())).changes == ()


async def test_an_edited_class_keeps_the_seat(imports: Imports, database: Database) -> None:
    moved = PAGE.replace("Jan 25", "Jan 26").replace("[A]", "[Another]")
    plan = await imports.apply(moved.encode(), "test", NOW)
    assert len(plan.changes) == 1
    assert "presenter" not in plan.changes[0]
    duties_now, reasons = await _first(database)
    assert duties_now == {Role.PRESENTER: ("Student01",), Role.SUMMARIZER: ("Cleo",)}
    assert reasons == ["volunteered"]


async def test_a_name_on_the_page_has_the_last_word(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE.replace("(Required) | |", "(Required) | Dan |").encode(), "test", NOW)
    duties_now, reasons = await _first(database)
    assert duties_now[Role.PRESENTER] == ("Dan",)
    assert reasons == []


async def test_what_the_page_gave_the_page_can_take(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE.replace("Ann | Cleo", " | Cleo").encode(), "test", NOW)
    assert Role.PRESENTER not in (await database.read(schedule.every, 1))[1].duties


@pytest.mark.parametrize("instead", ["**No Class**", "**Buffer**"])
async def test_where_there_is_no_class_any_more_nobody_is_on_duty(
    imports: Imports, database: Database, instead: str
) -> None:
    line = "| Jan 25 | [A](https://x.org/a) (Required) | | Cleo |"
    plan = await imports.apply(PAGE.replace(line, f"| Jan 25 | {instead} | | |").encode(), "test", NOW)
    assert "presenter Student01 → nobody, summarizer Cleo → nobody" in plan.changes[0]
    assert await _first(database) == ({}, [])
