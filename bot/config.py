"""config.toml -> frozen, typed settings. An error names the file, the key and what to write."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec

from bot.config_sections import (
    ConfigError,
    Course,
    DatabaseSection,
    Discord,
    Files,
    Groups,
    Log,
    MilestoneSection,
    Recap,
    Reminders,
    Section,
    Web,
)
from bot.core.errors import CourseError
from bot.core.policy import LEADS, check

__all__ = ["ConfigError", "Settings", "load", "parse"]


class Settings(Section, frozen=True):
    """Everything in config.toml. `folder` is where the file lies: relative paths start there."""

    discord: Discord = Discord()
    database: DatabaseSection = DatabaseSection()
    files: Files = Files()
    course: Course = Course()
    groups: Groups = Groups()
    milestones: tuple[MilestoneSection, ...] = ()
    policy: dict[str, Any] = msgspec.field(default_factory=dict)
    reminders: Reminders = Reminders()
    web: Web = Web()
    recap: Recap = Recap()
    log: Log = Log()
    folder: Path = Path()

    @property
    def database_url(self) -> str:
        """The database's address with a relative SQLite path resolved against `folder`."""
        prefix = "sqlite:///"
        if not self.database.url.startswith(prefix):
            return self.database.url
        return prefix + str((self.folder / self.database.url.removeprefix(prefix)).absolute())

    @property
    def files_folder(self) -> Path:
        """Where files that are handed in lie."""
        if self.files.folder:
            return (self.folder / self.files.folder).absolute()
        beside = Path(self.database_url.removeprefix("sqlite:///")).parent
        return (self.folder if self.database.url.startswith("postgresql") else beside).absolute() / "files"

    @property
    def policies(self) -> dict[str, str]:
        """What `[policy]` sets, by key (see `bot.core.policy`), as text; `[reminders]` has a key of its own."""
        leads = self.reminders.leads
        found = {LEADS.key: ",".join(leads) or "none"} if leads != Reminders().leads else {}
        found |= _flat(self.policy)
        for key, value in found.items():
            check(key, value)
        return found

    @property
    def backup_folder(self) -> Path:
        return (self.folder / self.database.backups).absolute()


def load(path: Path) -> Settings:
    """Read `path`.

    Raises:
        ConfigError: the file is missing or unreadable, is not TOML, or has a key or value that does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; copy config.example.toml to start from") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as text ({_reason(error)})") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """Settings from TOML text; `path` names the file in errors and is where relative paths start."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    _allow_short_times(raw)
    _refuse_unknown(raw, Settings, "", path)
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_where(str(error))}") from None
    try:
        _ = settings.policies
    except CourseError as error:
        raise ConfigError(f"{path}: [policy]: {error}") from None
    return msgspec.structs.replace(settings, folder=path.absolute().parent)


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """TOML reads `rota.presents = "1+"` as a table in a table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _allow_short_times(raw: dict[str, Any]) -> None:
    """Let `start = "10:30"` stand for 10:30:00: TOML's own times need the seconds, people do not."""
    course = raw.get("course")
    meetings = course.get("meetings") if isinstance(course, dict) else None
    for meeting in meetings if isinstance(meetings, list) else []:
        for key in ("start", "end"):
            value = meeting.get(key) if isinstance(meeting, dict) else None
            if isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d{2}", value):
                meeting[key] = f"{value:0>5}:00"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is not UTF-8"


def _refuse_unknown(raw: dict[str, Any], section: type[msgspec.Struct], prefix: str, path: Path) -> None:
    """msgspec refuses unknown keys too, but cannot say which key was meant."""
    fields = {field.name: field.type for field in msgspec.structs.fields(section)}
    if section is Settings:
        del fields["folder"]  # where the file lies is not written in it
    for key, value in raw.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1, cutoff=0.5)
            known = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(fields)}"
            raise ConfigError(f"{path}: unknown key `{prefix}{key}`: {known}")
        inner = _section_of(fields[key])
        if inner is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                _refuse_unknown(item, inner, f"{prefix}{key}.", path)


def _section_of(kind: Any) -> type[msgspec.Struct] | None:
    for candidate in (kind, *get_args(kind)):
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None


def _where(message: str) -> str:
    """msgspec's "… - at `$.course.first_day`" as "`course.first_day`: …"."""
    match = re.fullmatch(r"(.*) - at `\$\.?(.*)`", message, re.DOTALL)
    if not match:
        return message
    text, key = match.groups()
    if key.endswith("token") and "Expected `object`" in text:
        text = 'write secrets as { env = "NAME" }, never in the file'
    return f"`{key}`: {text}" if key else text
