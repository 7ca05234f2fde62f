"""`course export`: files and standard output, and the page that comes back as it was."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.command_line.support import Home
from tests.support.world import SAMPLE


@pytest.mark.parametrize("form", ["md", "html"])
def test_an_exported_page_imports_with_nothing_changed(filled: Home, form: str) -> None:
    assert filled.bot("course", "import", SAMPLE).code == 0
    page = filled.folder / f"page.{form}"
    written = filled.bot("course", "export", "--format", form, "--output", page)
    assert (written.code, written.out) == (0, f"Wrote 27 sessions to {page}.\n")
    again = filled.bot("course", "import", page)
    assert (again.code, again.out.splitlines()[-1]) == (0, "Nothing has changed since the last import.")
    assert filled.bot("course", "export", "--format", form).out == page.read_text()


def test_bytes_go_to_standard_output_as_they_are(filled: Home) -> None:
    assert filled.bot("course", "import", SAMPLE).code == 0
    for form, begin, end in (
        ("ics", b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n"),
        ("csv", b"\xef\xbb\xbfDate,", b"\r\n"),
    ):
        command = [sys.executable, "-m", "bot", "course", "export", "--format", form, "--output", "-"]
        done = subprocess.run(command, cwd=filled.folder, env=filled.environment, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.startswith(begin)
        assert done.stdout.endswith(end)


def test_what_stands_in_the_way_is_said_in_a_line(filled: Home) -> None:
    empty = filled.bot("course", "export", "--format", "md")
    assert (empty.code, empty.out) == (1, "")
    assert "import the course page first" in empty.complaint
    assert filled.bot("course", "import", SAMPLE).code == 0
    nowhere = filled.bot("course", "export", "--format", "md", "--output", "no/such/folder.md")
    assert (nowhere.code, nowhere.out) == (1, "")
    assert "no/such/folder.md" in nowhere.complaint
    assert filled.bot("course", "export", "--format", "pdf").code == 2
    assert filled.bot("course", "export").code == 2
    assert filled.bot("course", "export", "--format", "md", "--config", "other.toml").code == 2
