"""The demo as a newcomer meets it: the real process, a real browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.demo.browser import Page, chromium

ROOT = Path(__file__).parents[2]
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DISCORD = "frames[0].document"


@contextmanager
def _demo(temporary: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "bot", "demo", "--port", "0"]
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
            assert address, "the first line names the address"
            yield process, address[0]
        finally:
            process.kill()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _demo(tmp_path_factory.mktemp("demo")) as (_, url):
        yield url


async def _command(page: Page, name: str, option: str = "", *, chosen: str = "") -> None:
    """Run a command as a person does: type it, take the suggestion, type an option, take a suggestion, send."""
    await page.until("frames[0].simcordPreview.ready")
    await page.run(f"{DISCORD}.getElementById('channel-composer-input').focus()")
    await page.type(name)
    await page.until(f"{DISCORD}.querySelector('[role=listbox]:not([hidden])')?.innerText.includes({name!r})")
    await page.press("Enter", 13)
    if option:
        await page.until(f"!{DISCORD}.querySelector('#channel-composer-input:focus')")
        await page.type(option)
        await page.until(f"{DISCORD}.querySelector('[role=listbox]:not([hidden])')?.innerText.includes({chosen!r})")
        await page.press("Enter", 13)
    await page.until("frames[0].simcordPreview.ready")
    await page.press("Enter", 13)


async def _press(page: Page, label: str) -> None:
    await page.until("frames[0].simcordPreview.ready")
    button = (
        f"[...{DISCORD}.querySelectorAll('#channel-timeline button')].findLast((b) => b.innerText.includes('{label}'))"
    )
    await page.until(f"{button}.click() || true")


async def _go(page: Page, channel: str, viewer: str, sees: str) -> None:
    await page.run(f"location.hash = '{channel}/{viewer}'")
    await page.until(
        f"frames[0].simcordPreview.viewerId === state.viewers.find((v) => v.name === '{viewer}').id"
        " && frames[0].simcordPreview.ready"
    )
    await _sees(page, sees)


async def _sees(page: Page, text: str) -> None:
    await page.until(f"{DISCORD}.getElementById('channel-message-list').innerText.includes({text!r})")


async def test_a_newcomer_joins_a_group_and_sees_the_reminder(demo: str, tmp_path: Path) -> None:
    assert BROWSER is not None, "install Debian's chromium package (make test does it for root)"
    async with chromium(BROWSER, tmp_path / "profile") as page:
        await page.call("Page.navigate", url=demo)
        await _sees(page, "Groups lock")
        assert await page.run("document.querySelector('[aria-pressed=true]').innerText.startsWith('Student09')")

        await _command(page, "/join-group", "lost", chosen="Lost in Context")
        await _sees(page, "You are in Lost in Context: @Student07, @Student08, @Student09 (3 of 3, full).")

        await _go(page, "general", "Student10", sees="Join Attention Seekers")
        await _press(page, "Join Attention Seekers")
        await _sees(page, "You are in Attention Seekers")
        await _sees(page, "Attention Seekers · 3/3")

        await _command(page, "/schedule")
        await _sees(page, "Page 1 of 6")
        await _press(page, "Later")
        await _sees(page, "Page 2 of 6")

        shown = "document.getElementById('now').innerText"
        for _ in range(10):  # what is due before is sent on the way
            before = await page.run(shown)
            if before == "Sat, Jan 20, 23:59":
                break
            await page.run("document.querySelector('[data-step=next]').click()")
            await page.until(f"{shown} != {before!r}")
        assert await page.run(shown) == "Sat, Jan 20, 23:59"
        await _sees(page, "Still without a group: @Student06 @Student11\n")

        await _go(page, "staff", "Staff01", sees="")
        await _command(page, "/staff doctor")
        await _sees(page, "The bot can post in #announcements")


async def test_answers_only_its_own_page(demo: str) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("", "demo/state", "discord", "app.js"):
            async with session.get(demo + path) as answer:
                assert answer.status == 200
            for foreign in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
                async with session.get(demo + path, headers=foreign) as answer:
                    assert answer.status == 403
        async with session.post(demo + "demo/time", data={"step": "day"}) as answer:
            assert answer.status == 415  # a form, which any page may post, is not a press of our button


def test_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    with _demo(tmp_path) as (process, _):
        assert list(tmp_path.glob("colloquy-demo-*"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    assert not list(tmp_path.iterdir())


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "bot", "demo", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"colloquy: port {port} cannot be used")
    assert done.stderr.count("\n") == 1
