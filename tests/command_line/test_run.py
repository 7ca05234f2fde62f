"""`run`: what it refuses, and how it starts, answers and stops."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.command_line.support import TOKEN, Home, discord_section, running
from tests.loopback import LoopbackThread


@contextmanager
def _taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


# -- run, refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ["config.toml", "no such file", "config.example.toml"]),
        ("[course\n", ["config.toml", "not valid TOML", "line 1"]),
        ("[groups]\nsise = 3\n", ["`groups.sise`", "did you mean `size`?"]),
        ("[discord]\ntoken = 'abc'\n", ["`discord.token`", '{ env = "NAME" }']),
        ("", ["DISCORD_TOKEN", "not set"]),
    ],
    ids=["missing", "malformed", "unknown key", "token in the file", "no token in the environment"],
)
def test_a_bad_configuration_is_one_line_and_exit_2(home: Home, text: str | None, words: list[str]) -> None:
    (home.folder / "config.toml").unlink()
    if text is not None:
        home.configure(text=text)
    done = home.bot("run")
    assert done.code == 2
    assert all(word in done.complaint for word in words)
    assert not home.database.exists()


def test_a_refused_token_is_exit_3(filled: Home) -> None:
    with LoopbackThread() as server:
        filled.configure(discord_section(server))
        at_login = filled.bot("run", DISCORD_TOKEN="wrong-secret")
        server.discord.gateway.token = "another"
        at_the_gateway = filled.bot("run", DISCORD_TOKEN=TOKEN)
    for done, token in ((at_login, "wrong-secret"), (at_the_gateway, TOKEN)):
        assert done.code == 3
        last = done.err.splitlines()[-1]
        assert last.startswith("colloquy: Discord refused the token")
        assert [line for line in done.err.splitlines() if "ERROR" in line] == []
        assert token not in done.err + done.out


def test_a_port_that_is_taken_is_exit_2(filled: Home) -> None:
    with _taken_port() as port:
        filled.configure(f"\n[web]\nenabled = true\nport = {port}\n")
        done = filled.bot("run", DISCORD_TOKEN=TOKEN)
    assert done.code == 2
    assert f"[web] cannot listen on 127.0.0.1:{port} (Address already in use)" in done.complaint


def test_a_discord_that_is_not_there_is_not_taken_for_a_bad_configuration(filled: Home) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        base = f"http://127.0.0.1:{unused.getsockname()[1]}/api/v10"
        filled.configure(f'\n[discord]\napi_base = "{base}"\n')
        done = filled.bot("run", DISCORD_TOKEN=TOKEN)
    assert done.code == 1
    assert f"colloquy: cannot start on Discord at {base}" in done.err.splitlines()[-1]


def test_a_database_newer_than_this_version_is_left_alone(filled: Home) -> None:
    with closing(sqlite3.connect(filled.database)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    before = filled.content()
    done = filled.bot("run", DISCORD_TOKEN=TOKEN)
    assert done.code == 1
    assert "9999" in done.complaint
    assert filled.content() == before


# -- run, running ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_neither_token_nor_words_nor_names_are_logged(
    filled: Home, number: signal.Signals
) -> None:
    with LoopbackThread() as server, running(filled, server, '\n[log]\nlevel = "DEBUG"\n') as service:
        ada = server.discord.add_member("Student-with-a-name")
        server.call(server.discord.slash(ada, "create-group", {"name": "Words of their own"}))
        service.process.send_signal(number)
        assert service.ended(within=5) == 0
    said = "".join(service.lines)
    assert "DEBUG" in said
    assert not [word for word in (TOKEN, "Student-with-a-name", "Words of their own") if word in said]
    assert "Traceback" not in said


def test_health_is_answered_once_ready_and_a_backup_is_made(filled: Home) -> None:
    with _taken_port() as port:
        pass  # free again
    with LoopbackThread() as server, running(filled, server, f"\n[web]\nenabled = true\nport = {port}\n") as service:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert (answer.status, json.load(answer)) == (200, {"ready": True})
        service.wait_for("made the backup", "nightly-")
        service.process.terminate()
        assert service.ended(within=5) == 0
    (saved,) = (filled.folder / "backups").glob("nightly-*.db")
    assert filled.bot("restore", saved, "--yes").code == 0


def test_what_is_being_answered_is_answered_before_it_stops(filled: Home) -> None:
    with LoopbackThread() as server, running(filled, server) as service:
        discord = server.discord
        staff, crowd = discord.add_member("Staff01", staff=True), [discord.add_member(f"s{n}") for n in range(20)]
        lock = {"announcements": discord.channel, "lock": "2099-01-01"}
        server.call(discord.slash(staff, "staff setup", lock))
        discord.fail("delay", "POST /interactions/*/*/callback", times=None, seconds=0.4)

        async def storm() -> list[str]:
            asked = [discord.slash(who, "create-group", {"name": f"Group {n}"}) for n, who in enumerate(crowd)]
            asking = [asyncio.ensure_future(one) for one in asked]
            await discord.wait_until(lambda: len(discord.requests_to("POST /interactions/*/*/callback")) == 21)
            service.process.terminate()
            return [answer.content for answer in await asyncio.gather(*asking)]

        answers = server.call(storm())
        assert service.ended(within=5) == 0
    assert all(answer.startswith("You are in **Group ") for answer in answers)
    assert len(filled.rows("SELECT * FROM membership WHERE left_at IS NULL")) == 20
    assert "Traceback" not in "".join(service.lines)


def test_an_answer_that_never_gets_through_does_not_hold_up_the_stop(filled: Home) -> None:
    with LoopbackThread() as server, running(filled, server) as service:
        discord = server.discord
        discord.fail("hang", "POST /interactions/*/*/callback", times=None)

        async def ask() -> None:
            asking = asyncio.ensure_future(discord.slash(discord.add_member("ada"), "help"))
            await discord.wait_until(lambda: bool(discord.requests_to("POST /interactions/*/*/callback")))
            asking.cancel()

        server.call(ask())
        service.process.terminate()
        assert service.ended(within=5) == 0
