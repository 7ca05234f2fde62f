"""`python -m bot …` as people and service managers run it: exit codes, signals, one clear line when it fails."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.store import migrate
from tests.loopback import LoopbackThread
from tests.support.world import ROOT, SAMPLE

TOKEN = "loopback.token.of-the-bot"


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on standard error."""
        (line,) = self.err.splitlines()
        assert line.startswith("colloquy: ")
        return line


@dataclass(frozen=True)
class Home:
    """A folder with a config.toml, and commands run in it."""

    folder: Path
    environment: dict[str, str]

    @property
    def database(self) -> Path:
        return self.folder / "colloquy.db"

    def configure(self, extra: str = "", text: str | None = None) -> None:
        """The example's configuration with more TOML at the end, or other text altogether."""
        shown = (ROOT / "config.example.toml").read_text() if text is None else text
        for section in ("web", "log", "discord"):
            if f"[{section}]" in extra:
                head, _, tail = shown.partition(f"[{section}]")
                shown = head + tail.partition("\n\n")[2]
        (self.folder / "config.toml").write_text(shown + extra)

    def bot(self, *words: str | Path, **environment: str) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *map(str, words)],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        return Finished(done.returncode, done.stdout, done.stderr)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(statement).fetchall()

    def content(self) -> str:
        """The whole database as text, but for when config.toml was last read."""
        with closing(sqlite3.connect(self.database)) as database:
            return "\n".join(database.iterdump())


@dataclass
class Service:
    """`run` in the background; what it writes is collected as it comes."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            self.lines.extend(line for line in stream)

    def wait_for(self, *words: str, within: float = 30) -> None:
        """Wait for a line that contains all `words`."""
        end = time.monotonic() + within
        while not any(all(word in line for word in words) for line in list(self.lines)):
            assert time.monotonic() < end, "".join(self.lines)
            assert self.process.poll() is None, "".join(self.lines)
            time.sleep(0.01)

    def ended(self, within: float) -> int:
        code = self.process.wait(within)
        self._reader.join(5)
        return code


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes keep their byte code: compiling everything takes each of them seconds."""
    return tmp_path_factory.getbasetemp().parent / "compiled"


@pytest.fixture
def home(tmp_path: Path, compiled: Path) -> Home:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(compiled)}
    made = Home(tmp_path, environment)
    made.configure()
    return made


@pytest.fixture
def filled(home: Home, migrated_file: Path) -> Home:
    """A home whose database is up to date."""
    home.database.write_bytes(migrated_file.read_bytes())
    return home


def _discord(server: LoopbackThread) -> str:
    there = server.discord
    return f'\n[discord]\napi_base = "{there.api_base}"\ngateway_url = "{there.gateway_url}"\n'


@contextmanager
def _running(home: Home, server: LoopbackThread, extra: str = "") -> Iterator[Service]:
    """The bot, ready; killed at the end if it is still there."""
    home.configure(_discord(server) + extra)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=home.folder,
        env=home.environment | {"DISCORD_TOKEN": TOKEN},
        stderr=subprocess.PIPE,
        text=True,
    )
    service = Service(process)
    try:
        service.wait_for("ready")
        yield service
    finally:
        process.kill()
        process.wait()


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
        filled.configure(_discord(server))
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
def test_a_signal_ends_it_cleanly_and_the_token_was_never_shown(filled: Home, number: signal.Signals) -> None:
    with LoopbackThread() as server, _running(filled, server, '\n[log]\nlevel = "DEBUG"\n') as service:
        ada = server.discord.add_member("ada")
        server.call(server.discord.slash(ada, "help"))
        service.process.send_signal(number)
        assert service.ended(within=5) == 0
    said = "".join(service.lines)
    assert "DEBUG" in said
    assert TOKEN not in said
    assert "Traceback" not in said


def test_health_is_answered_once_ready(filled: Home) -> None:
    with _taken_port() as port:
        pass  # free again
    with LoopbackThread() as server, _running(filled, server, f"\n[web]\nenabled = true\nport = {port}\n") as service:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert (answer.status, json.load(answer)) == (200, {"ready": True})
        service.process.terminate()
        assert service.ended(within=5) == 0


def test_what_is_being_answered_is_answered_before_it_stops(filled: Home) -> None:
    with LoopbackThread() as server, _running(filled, server) as service:
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
    with LoopbackThread() as server, _running(filled, server) as service:
        discord = server.discord
        discord.fail("hang", "POST /interactions/*/*/callback", times=None)

        async def ask() -> None:
            asking = asyncio.ensure_future(discord.slash(discord.add_member("ada"), "help"))
            await discord.wait_until(lambda: bool(discord.requests_to("POST /interactions/*/*/callback")))
            asking.cancel()

        server.call(ask())
        service.process.terminate()
        assert service.ended(within=5) == 0


# -- course import ---------------------------------------------------------------------------------------------


def test_a_dry_run_shows_the_plan_and_writes_nothing(home: Home) -> None:
    done = home.bot("course", "import", SAMPLE, "--dry-run")
    assert done.code == 0
    assert "27 sessions, 65 readings, 38 required" in done.out
    assert "nothing was changed" in done.out
    assert sorted(path.name for path in home.folder.iterdir()) == ["config.toml"]


def test_the_plan_as_json_is_the_hand_checked_course(home: Home) -> None:
    done = home.bot("course", "import", SAMPLE, "--dry-run", "--json")
    assert done.code == 0
    plan = json.loads(done.out)
    assert set(plan) == {"sessions", "milestones", "warnings"}
    expected = json.loads((ROOT / "tests" / "importers" / "expected_eecs598_w24.json").read_text())
    assert plan["sessions"] == expected["sessions"]
    readings = [reading for session in plan["sessions"] for reading in session["readings"]]
    assert (len(plan["sessions"]), len(readings), sum(reading["required"] for reading in readings)) == (27, 65, 38)
    assert {"name": "Project proposal", "due": "2024-02-09"} in plan["milestones"]
    assert all(set(warning) == {"line", "text"} for warning in plan["warnings"])
    assert not home.database.exists()


def test_importing_twice_changes_nothing_the_second_time(filled: Home) -> None:
    first = filled.bot("course", "import", SAMPLE)
    assert (first.code, first.out.splitlines()[-1]) == (0, "Imported.")
    before = filled.content()
    second = filled.bot("course", "import", SAMPLE)
    assert (second.code, second.out.splitlines()[-1]) == (0, "Nothing has changed since the last import.")
    assert filled.content() == before
    assert filled.rows("SELECT count(*) FROM session") == [(27,)]


def test_importing_with_json_prints_json_alone(filled: Home) -> None:
    done = filled.bot("course", "import", SAMPLE, "--json")
    assert done.code == 0
    assert len(json.loads(done.out)["sessions"]) == 27
    assert filled.rows("SELECT count(*) FROM session") == [(27,)]


def _page(*dates: str) -> bytes:
    rows = [f"| {date} | [Paper {n}](https://example.org/{n}) |" for n, date in enumerate(dates)]
    return "\n".join(["| Date | Readings |", "|---|---|", *rows]).encode()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (bytes(range(256)) * 40, "binary"),
        (b"We meet on Tuesdays and read papers.\n", "no table"),
        (_page("Jan 10, 2019", "Jan 15, 2019", "Jan 17, 2019"), "2019"),
        (_page("Thu Jan 10", "Tue Jan 15", "Thu Jan 17"), "2019"),
    ],
    ids=["missing", "empty", "binary", "prose", "dates of another year", "weekdays of another year"],
)
def test_a_page_that_is_no_schedule_of_the_term_changes_nothing(home: Home, page: bytes | None, words: str) -> None:
    if page is not None:
        (home.folder / "page.md").write_bytes(page)
    done = home.bot("course", "import", "page.md")
    assert (done.code, done.out) == (1, "")
    assert words in done.complaint
    assert not home.database.exists()


def test_a_bad_page_leaves_an_imported_course_as_it_was(filled: Home) -> None:
    assert filled.bot("course", "import", SAMPLE).code == 0
    before = filled.content()
    (filled.folder / "page.md").write_bytes(_page("Jan 10, 2019", "Jan 15, 2019"))
    assert filled.bot("course", "import", "page.md").code == 1
    assert filled.content() == before


# -- the database ----------------------------------------------------------------------------------------------


def test_the_schema_goes_up_down_and_is_checked(home: Home) -> None:
    up = home.bot("db", "upgrade")
    assert (up.code, up.out.splitlines()[-1]) == (0, "The database is up to date.")
    check = home.bot("db", "check")
    assert (check.code, check.out.splitlines()[-1]) == (0, "The database fits this version.")
    down = home.bot("db", "downgrade", "base")
    assert down.code == 0
    assert home.rows("SELECT name FROM sqlite_master WHERE name = 'course'") == []
    for words in (("db", "check"), ("db", "downgrade", "no-such-revision")):
        done = home.bot(*words)
        assert done.code == 1
        assert done.complaint


def test_a_backup_is_restored_only_when_told_to_overwrite(filled: Home) -> None:
    saved = filled.bot("backup")
    assert saved.code == 0
    copy = Path(saved.out.strip())
    assert copy.parent == filled.folder / "backups"
    with closing(sqlite3.connect(filled.database)) as database:
        database.execute("INSERT INTO fact (key, value, at) VALUES ('later', 'x', 0)")
        database.commit()
    refused = filled.bot("restore", copy)
    assert refused.code == 1
    assert "--yes" in refused.complaint
    assert filled.rows("SELECT key FROM fact WHERE key = 'later'") != []
    unsound = filled.bot("restore", "config.toml", "--yes")
    assert unsound.code == 1
    assert "not a sound Colloquy backup" in unsound.complaint
    done = filled.bot("restore", copy, "--yes")
    assert done.code == 0
    assert filled.rows("SELECT key FROM fact WHERE key = 'later'") == []
    assert filled.rows("SELECT version_num FROM alembic_version") == [(migrate.HEAD,)]


@pytest.mark.parametrize("words", [("doctor",), ("backup",), ("run",)])
def test_a_file_that_is_no_database_is_one_line(home: Home, words: tuple[str, ...]) -> None:
    home.database.write_text("These are not the rows you are looking for.\n" * 100)
    done = home.bot(*words, DISCORD_TOKEN=TOKEN)
    assert done.code == 1
    assert "not a database" in done.complaint


def test_a_backup_to_where_nothing_can_be_written_is_one_line(filled: Home) -> None:
    done = filled.bot("backup", filled.folder / "config.toml" / "x.db")
    assert done.code == 1
    assert "config.toml" in done.complaint


def test_the_doctor_names_what_is_missing(filled: Home) -> None:
    done = filled.bot("doctor")
    assert (done.code, done.err) == (1, "")
    failing = [line for line in done.out.splitlines() if line.lstrip().startswith("fail")]
    assert len(failing) == 1
    assert "No announcement channel" in failing[0]


# -- the rest --------------------------------------------------------------------------------------------------


def test_the_version_is_printed(home: Home) -> None:
    done = home.bot("version")
    assert (done.code, done.err) == (0, "")
    assert done.out.strip()[0].isdigit()


@pytest.mark.parametrize("words", [(), ("nonsense",), ("course",), ("run", "--nonsense")])
def test_wrong_usage_is_exit_2(home: Home, words: tuple[str, ...]) -> None:
    done = home.bot(*words)
    assert done.code == 2
    assert "usage: python -m bot" in done.err


@pytest.mark.parametrize(
    "words",
    [("version",), ("--help",), ("course", "import", str(SAMPLE), "--dry-run"), ("doctor",)],
    ids=["version", "help", "import", "doctor"],
)
def test_a_reader_that_stops_reading_causes_no_noise(filled: Home, words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as out:
        command = [sys.executable, "-m", "bot", *words]
        done = subprocess.run(
            command,
            cwd=filled.folder,
            env=filled.environment,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.stderr == ""
    assert done.returncode in (0, 1)


def test_times_are_the_courses_whatever_the_machines_zone(filled: Home) -> None:
    here, there = (filled.bot("doctor", TZ=zone) for zone in ("UTC", "Asia/Tokyo"))
    assert here == there
    assert "2024-01-23 23:59 EST" in here.out
