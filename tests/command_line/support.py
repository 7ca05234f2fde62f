"""A folder with a config.toml, commands run in it, and the bot running there in the background."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.loopback import LoopbackThread
from tests.support.world import ROOT

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


def discord_section(server: LoopbackThread) -> str:
    there = server.discord
    return f'\n[discord]\napi_base = "{there.api_base}"\ngateway_url = "{there.gateway_url}"\n'


@contextmanager
def running(home: Home, server: LoopbackThread, extra: str = "") -> Iterator[Service]:
    """The bot, ready; killed at the end if it is still there."""
    home.configure(discord_section(server) + extra)
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
