"""`db`, `backup`, `restore` and `doctor`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import migrate
from tests.command_line.support import TOKEN, Home


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
