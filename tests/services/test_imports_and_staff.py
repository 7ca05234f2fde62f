"""A page imported again beside what staff changed by command: an old one undoes nothing, a new one says so."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from bot.app import page_hints
from bot.config import load
from bot.core.course import Kind
from bot.core.meetings import Meeting
from bot.fronts.discord.render.staff import plan_embed
from bot.services.imports import Imports
from bot.services.sessions import Sessions
from bot.store import schedule
from bot.store.database import Database
from tests.conftest import NOW
from tests.support.people import PLACE, SEED, STAFF, open_course
from tests.support.world import ROOT, SAMPLE

PAGE = SAMPLE.read_bytes()
PATTERN = [Meeting(frozenset({1, 3}), time(10, 30), time(12), "133 CHRYS")]
TUE_13, THU_15, WED_14 = date(2024, 2, 13), date(2024, 2, 15), date(2024, 2, 14)


class Office:
    """The sample page is imported; staff change it by command."""

    def __init__(self, database: Database) -> None:
        hints = page_hints(load(ROOT / "config.example.toml"))
        self.database = database
        self.imports = Imports(database, SEED.key, hints, PATTERN)
        self.sessions = Sessions(database, hints.term, PATTERN, lambda: None)

    async def do(self, verb: str, *args: Any, **said: Any) -> None:
        shown = await getattr(self.sessions, verb)(PLACE, STAFF, *args, NOW, **said)
        assert shown.token
        await self.sessions.confirm(PLACE, STAFF, shown.token, NOW)

    async def bring(self, page: bytes = PAGE) -> Any:
        """Import a page as staff do; what the preview said. What is applied is what was shown."""
        shown = await self.imports.preview(PLACE, STAFF, page, NOW + timedelta(days=2))
        if shown.token:
            done = await self.imports.confirm(PLACE, STAFF, shown.token, NOW + timedelta(days=2))
            assert (done.changes, done.kept, done.undone) == (shown.plan.changes, shown.plan.kept, shown.plan.undone)
        return shown.plan

    async def held(self, *, cancelled: bool = False) -> dict[date, Any]:
        views = await self.database.read(lambda tx: schedule.every(tx, 1, cancelled=cancelled))
        return {view.date: view for view in views}


@pytest.fixture
async def office(database: Database) -> Office:
    await open_course(database, NOW)
    made = Office(database)
    await made.bring()
    return made


def without(page: bytes, day: bytes) -> bytes:
    return b"".join(line for line in page.splitlines(keepends=True) if not line.startswith(b"| " + day))


async def test_an_old_page_undoes_nothing_that_staff_changed(office: Office) -> None:
    await office.do("move", "Feb 13", date="Feb 14", start="13:00", room="EECS 1200")
    await office.do("cancel", "Feb 15", reason="Snow")
    await office.do("add", Kind.MAKEUP, date="Feb 16", title="Make-up")
    for _ in range(2):  # and not the second time either
        plan = await office.bring()
        assert plan.changes == ()
        assert plan.undone == ()
        moved, cancelled, added = sorted(plan.kept, key=lambda line: ("stays on" not in line, "cancelled" not in line))
        assert moved == (
            "Finetuned Language Models Are Zero-Shot Learners stays on Feb 14, 13:00-14:30, EECS 1200, as staff "
            "decided on Jan 19: the page says Feb 13, 10:30-12:00, 133 CHRYS, as it did before."
        )
        assert "on Feb 15 stays cancelled, as staff decided on Jan 19: the page lists it" in cancelled
        assert added == "Make-up on Feb 16 stays, though the page does not list it: staff added it on Jan 19."
    held = await office.held()
    assert WED_14 in held
    assert date(2024, 2, 16) in held
    assert not {TUE_13, THU_15} & held.keys()


async def test_what_else_the_page_changes_about_such_a_class_is_taken(office: Office) -> None:
    await office.do("move", "Feb 13", date="Feb 14")
    page = PAGE.replace(b"[Student29, Student28](/Slides/021324.pdf)", b"[Student29, Student01](/Slides/021324.pdf)")
    plan = await office.bring(page)
    (change,) = plan.changes
    assert change.startswith("Changed: Finetuned Language Models")
    assert "presenter Student29, Student28 → Student29, Student01" in change
    assert len(plan.kept) == 1
    again = await office.bring(page)
    assert again.changes == ()
    assert len(again.kept) == 1
    assert WED_14 in await office.held()


async def test_a_page_that_says_something_new_is_followed_and_the_preview_says_what_it_undoes(office: Office) -> None:
    for day, to in (("Feb 13", "Feb 14"), ("Feb 15", "Feb 16"), ("Mar 12", "Mar 13")):
        await office.do("move", day, date=to)
    await office.do("cancel", "Apr 9")
    new = without(PAGE.replace(b"| Feb 13  |", b"| Feb 12  |"), b"Feb 15")
    plan = await office.bring(new)
    assert len(plan.undone) == 2
    assert plan.undone[0] == (
        "Finetuned Language Models Are Zero-Shot Learners on Feb 14: importing undoes what staff changed on Jan 19, "
        "because the page says something new about this class."
    )
    assert "on Feb 16: importing undoes" in plan.undone[1]
    assert len(plan.kept) == 2
    held = await office.held()
    assert date(2024, 2, 12) in held
    assert date(2024, 3, 13) in held
    assert not {TUE_13, WED_14, THU_15, date(2024, 2, 16), date(2024, 4, 9)} & held.keys()
    # Now that the page was followed, it is the page's to say when that class is.
    plan = await office.bring(without(PAGE, b"Feb 15"))
    assert plan.undone == ()
    assert TUE_13 in await office.held()


async def test_what_staff_brought_back_stays(office: Office) -> None:
    gone = without(PAGE, b"Feb 13")
    await office.bring(gone)
    await office.do("restore", "Feb 13")
    plan = await office.bring(gone)
    assert plan.changes == ()
    assert plan.kept[0].endswith("on Feb 13 stays, though the page does not list it: staff brought it back on Jan 19.")
    assert TUE_13 in await office.held()


async def test_the_preview_shows_it(office: Office) -> None:
    await office.do("move", "Feb 13", date="Feb 14")
    await office.do("cancel", "Feb 15")
    shown = await office.imports.preview(PLACE, STAFF, PAGE.replace(b"| Feb 13  |", b"| Feb 12  |"), NOW)
    fields = {field.name: field.value or "" for field in plan_embed(shown.plan, False).fields}
    assert fields["Changes by staff that this undoes"].startswith("⚠️ Finetuned Language Models")
    assert fields["Changes by staff that stay"].startswith("📌 Orca")
    assert "`/staff session move`, `cancel` or `restore`" in fields["Changes by staff that stay"]
    old = await office.imports.preview(PLACE, STAFF, PAGE, NOW)
    assert old.token is None
    assert plan_embed(old.plan, False).title == "Nothing to change"
    assert plan_embed(old.plan, False).fields[0].name == "Changes by staff that stay"
