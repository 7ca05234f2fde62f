"""`export`, `import` and `course purge` as somebody types them: exit codes, one line a mistake."""

from __future__ import annotations

from tests.command_line.support import Home
from tests.support.world import SAMPLE


def test_a_course_moves_to_another_database_and_is_purged_when_it_is_over(home: Home) -> None:
    home.bot("course", "import", SAMPLE)
    done = home.bot("export", "out", "--with-keys")
    assert (done.code, done.err) == (0, "")
    assert "rows and 0 files to out.\nkeys.json in it holds secrets" in done.out
    refused = home.bot("import", "out")
    assert refused.code == 1
    assert "the database is not empty" in refused.complaint
    before = home.content()
    asked = home.bot("course", "purge")  # the sample's term was long ago
    assert asked.code == 1
    assert "nothing was changed. It would be" in asked.complaint
    assert home.content() == before
    assert home.bot("course", "purge", "--yes").out.startswith("Purged: ")
    assert home.rows("SELECT name FROM person WHERE name NOT LIKE 'Former %'") == []
    home.database.unlink()
    (home.folder / "out" / "tables" / "person.jsonl").write_text("")
    damaged = home.bot("import", "out")
    assert damaged.code == 1
    assert "tables/person.jsonl is not what was exported" in damaged.complaint
    assert not home.database.exists()  # what is no good does not so much as create it
