"""The projector's page in a real browser: it follows along without being loaded again, light and dark."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from bot.config_sections import Web
from bot.fronts.web import web_server
from bot.services.attendance import Attendance
from bot.store.batch import Batches
from bot.store.database import Database
from tests.demo.browser import Page, chromium
from tests.support.panels import Room
from tests.support.people import PLACE, STAFF
from tests.support.voting import END, START

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EVIL = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script> why?'
LONG = ("How does this compare with what was measured before? " * 40)[:2000]


async def _shows(page: Page, words: str) -> None:
    await page.until(f"document.getElementById('panel').innerText.includes({words!r})")


async def _fits(page: Page) -> None:
    """Neither the page nor the question scrolls."""
    assert await page.run(
        "[document.documentElement, document.querySelector('.question')].every("
        "(e) => e.scrollHeight <= e.clientHeight + 1 && e.scrollWidth <= e.clientWidth + 1)"
    )


async def test_the_page_follows_along_without_being_loaded_again(sqlite_url: str, tmp_path: Path) -> None:
    assert BROWSER is not None, "install Debian's chromium package (make test does it for root)"
    database = Database(sqlite_url)
    room = await Room(database).furnish()
    await room.ask(0, EVIL, votes=2)
    second = await room.ask(1, LONG, votes=1)
    token = await room.open_panel()
    attendance = Attendance(database, Batches(database), "http://p")
    async with (
        web_server(Web(enabled=True, port=0), lambda: True, *room.served) as port,
        chromium(BROWSER, tmp_path / "profile", (1280, 720)) as page,
    ):
        await page.call("Page.navigate", url=f"http://127.0.0.1:{port}/projector/{token}")
        await _shows(page, "The next question comes soon.")
        await page.run("window.sameDocument = true")
        await attendance.open(PLACE, STAFF, room.session, START)
        code = "document.querySelector('.code')?.innerText"
        await page.until(f"{code}?.length === 6")
        first, colours = await page.run(code), []
        room.clock.advance(timedelta(seconds=30))
        await page.until(f"{code} !== {first!r}")
        for scheme in ("light", "dark"):
            await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            colours.append(await page.run("getComputedStyle(document.querySelector('.code')).color"))
        assert colours == ["rgb(22, 24, 29)", "rgb(241, 240, 236)"]
        assert await page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        await room.next(0)
        await _shows(page, "<img src=x")  # as text
        await room.next(at=END)
        await _shows(page, LONG[-20:].strip())
        await _fits(page)
        sizes = await page.run("parseFloat(getComputedStyle(document.querySelector('.question')).fontSize)")
        assert sizes >= 14
        assert "owned" not in await page.run("document.title")
        assert await page.run("document.querySelectorAll('#panel img, #panel script').length") == 0
        shades = []
        for scheme in ("light", "dark"):
            await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            shades.append(await page.run("getComputedStyle(document.body).backgroundColor"))
        assert shades == ["rgb(251, 250, 247)", "rgb(18, 20, 26)"]
        await room.panels.mark(PLACE, STAFF, second, "answered", START)
        await _shows(page, "answered")
        await room.panels.close(PLACE, STAFF, None, END)
        await _shows(page, "The panel is over.")
        assert await page.run("window.sameDocument")
        assert await page.run("document.getElementById('away').hidden")
    database.close()


async def test_without_scripts_the_page_shows_the_state_and_loads_itself_again(sqlite_url: str, tmp_path: Path) -> None:
    assert BROWSER is not None, "install Debian's chromium package (make test does it for root)"
    database = Database(sqlite_url)
    room = await Room(database).furnish()
    await room.ask(0, "Why does it work?")
    token = await room.open_panel()
    async with (
        web_server(Web(enabled=True, port=0), lambda: True, *room.served) as port,
        chromium(BROWSER, tmp_path / "profile", (1280, 720)) as page,
    ):
        await page.call("Emulation.setScriptExecutionDisabled", value=True)
        await page.call("Page.navigate", url=f"http://127.0.0.1:{port}/projector/{token}")
        await _shows(page, "The next question comes soon.")
        await room.next(0)
        await _shows(page, "Why does it work?")
    database.close()
