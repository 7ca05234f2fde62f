"""The house keeps its shape: import contracts, thin cogs, small files, no clock but the injected one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [path for folder in ("bot", "cogs", "migrations") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
    assert "5 kept, 0 broken" in found.stdout


def _loaded_by(module: str) -> set[str]:
    """What importing `module` in a fresh Python loads."""
    code = f"import sys, {module}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("layer", ["bot.core.groups", "bot.importers.page", "bot.store.groups", "bot.services.groups"])
def test_what_lies_under_the_fronts_loads_no_chat_platform(layer: str) -> None:
    """The contracts look at imports in the text; this looks at what is really loaded."""
    heavy = ["discord", "openai", "slack_sdk", "simcord"] + (["sqlalchemy"] if "core" in layer else [])
    assert not _loaded_by(layer) & set(heavy)


def test_the_command_line_answers_without_loading_what_only_some_commands_need() -> None:
    assert not _loaded_by("bot.__main__") & {"discord", "sqlalchemy", "alembic", "rich"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    if path.parent.name == "versions":
        return  # a migration is as long as its tables
    assert len(path.read_text().splitlines()) <= 330  # most are far below


def _names(tree: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {ast.unparse(call) for call in calls}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_clock_reads_the_machines_time(path: Path) -> None:
    if path == ROOT / "bot" / "core" / "times.py":
        return
    forbidden = {"datetime.now", "datetime.utcnow", "time.time", "date.today", "datetime.today", "discord.utils.utcnow"}
    assert not _names(ast.parse(path.read_text())) & forbidden


@pytest.mark.parametrize("path", sorted((ROOT / "cogs").glob("*.py")), ids=lambda path: path.name)
def test_a_cog_runs_no_sql(path: Path) -> None:
    assert not [name for name in _names(ast.parse(path.read_text())) if name.endswith((".execute", ".scalars"))]


def test_every_public_thing_says_what_it_is() -> None:
    silent = []
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        if path.read_text().strip() and not ast.get_docstring(tree):
            silent.append(str(path.relative_to(ROOT)))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                bases = {ast.unparse(base) for base in node.bases}
                if "CourseError" not in bases:  # the sentence in its constructor says it
                    silent.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert silent == []


def test_pins_name_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        assert lines
        assert all("==" in line and "://" not in line and " @ " not in line for line in lines)


def test_ci_runs_exactly_the_readmes_test_command() -> None:
    command = (ROOT / ".ci" / "run").read_text().splitlines()[-1]
    assert command == "make test"
    assert "make test" in (ROOT / "README.md").read_text()
