"""`export`, `import` and `course purge` as somebody types them: exit codes, one line a mistake."""

from __future__ import annotations

import pytest

from bot.__main__ import main
from tests.command_line.support import Finished, Home
from tests.support.world import SAMPLE


def test_a_course_moves_to_another_database_and_is_purged_when_it_is_over(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home.folder)

    def bot(*words: str) -> Finished:
        """In this process: each of its own takes a second."""
        code = main(list(words))
        return Finished(code, *capsys.readouterr())

    bot("course", "import", str(SAMPLE))
    done = bot("export", "out", "--with-keys")
    assert (done.code, done.err) == (0, "")
    assert "rows and 0 files to out.\nkeys.json in it holds secrets" in done.out
    taken = bot("export", "out")
    assert taken.code == 1
    assert "out exists: name a new file or folder" in taken.complaint
    refused = bot("import", "out")
    assert refused.code == 1
    assert "the database is not empty" in refused.complaint
    replaced = bot("import", "out", "--replace")
    assert replaced.code == 0
    assert "Saved what was there: " in replaced.out
    before = home.rows("SELECT * FROM person")
    asked = bot("course", "purge")  # the sample's term was long ago
    assert asked.code == 1
    assert "nothing was changed. It would be" in asked.complaint
    assert home.rows("SELECT * FROM person") == before
    assert bot("course", "purge", "--yes").out.startswith("Purged: ")
    assert home.rows("SELECT name FROM person WHERE name NOT LIKE 'Former %'") == []
    home.database.unlink()
    (home.folder / "out" / "tables" / "person.jsonl").write_text("")
    damaged = bot("import", "out")
    assert damaged.code == 1
    assert "tables/person.jsonl is not what was exported" in damaged.complaint
    assert not home.database.exists()  # what is no good does not so much as create it
