"""What holds for every command: the version, wrong usage, a closed pipe, the machine's zone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.command_line.support import Home
from tests.support.world import SAMPLE


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
