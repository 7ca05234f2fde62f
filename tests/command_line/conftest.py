"""A folder to run commands in, with a database and without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command_line.support import Home
from tests.support.world import ROOT


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
