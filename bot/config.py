"""config.toml -> frozen, typed settings. An error names the file, the key and what to write."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

import msgspec

from bot.core.errors import CourseError
from bot.core.policy import LEADS, check
from bot.core.times import Term, parse_span

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class ConfigError(CourseError):
    """The configuration cannot be used. The command line prints it and exits with 2."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of config.toml."""


class Secret(Section, frozen=True):
    """A secret, given as the name of an environment variable: `{ env = "NAME" }`."""

    env: Annotated[str, msgspec.Meta(min_length=1)]

    def reveal(self) -> str:
        """The secret itself, stripped.

        Raises:
            ConfigError: the variable is unset or empty.
        """
        value = os.environ.get(self.env, "").strip()
        if not value:
            raise ConfigError(f"the environment variable {self.env} is not set: export {self.env}=… and start again")
        return value


class Discord(Section, frozen=True):
    """How to reach Discord. The two addresses change only for tests and proxies."""

    token: Secret = Secret(env="DISCORD_TOKEN")
    api_base: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"


class DatabaseSection(Section, frozen=True):
    """Where the course is kept. A relative SQLite path and `backups` start at config.toml's folder."""

    url: str = "sqlite:///colloquy.db"
    backups: str = "backups"

    def __post_init__(self) -> None:
        if not self.url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError(
                "`url` must begin with sqlite:/// (a file) or postgresql:// (a server), "
                'for example "sqlite:///colloquy.db"'
            )


class Meeting(Section, frozen=True):
    """One line of the weekly pattern: wall times in the course's zone."""

    days: tuple[str, ...]
    start: time
    end: time
    room: str = ""

    def __post_init__(self) -> None:
        for day in self.days:
            if day not in DAYS:
                raise ValueError(f"`days` has {day!r}: use {', '.join(DAYS)}")
        if self.end <= self.start:
            raise ValueError("`end` must be later than `start`")

    @property
    def weekdays(self) -> frozenset[int]:
        """Monday is 0."""
        return frozenset(DAYS.index(day) for day in self.days)


class Course(Section, frozen=True):
    """The course, its zone, its term and when it meets."""

    code: str = ""
    title: str = "Seminar"
    term: str = ""
    timezone: str = "UTC"
    first_day: date | None = None
    last_day: date | None = None
    staff: tuple[str, ...] = ()
    meetings: tuple[Meeting, ...] = ()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"`timezone` {self.timezone!r} is not known: write a name such as America/Detroit"
            ) from None
        if (self.first_day is None) != (self.last_day is None):
            raise ValueError("give both `first_day` and `last_day`, or neither")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("`last_day` is before `first_day`")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def dates(self) -> Term | None:
        """The term's first and last day, if given."""
        if self.first_day is None or self.last_day is None:
            return None
        return Term(self.first_day, self.last_day)

    @property
    def key(self) -> str:
        """What the database calls this course: one config file, one course."""
        words = re.findall(r"[a-z0-9]+", f"{self.code} {self.term}".lower())
        return "-".join(words) or "course"


class Groups(Section, frozen=True):
    """Group size and the moment after which only staff change groups."""

    size: Annotated[int, msgspec.Meta(ge=1, le=25)] = 3
    min_size: Annotated[int, msgspec.Meta(ge=1, le=25)] = 2
    # msgspec has no union of date and date-time; __post_init__ checks what TOML gave.
    lock: Any = None

    def __post_init__(self) -> None:
        if self.lock is not None and not isinstance(self.lock, date):
            raise ValueError("`lock` must be a date such as 2024-01-23, or a date and time, without quotes")
        if self.min_size > self.size:
            raise ValueError("`min_size` is larger than `size`")


class MilestoneSection(Section, frozen=True):
    """A dated piece of the project. `due` is a date (23:59 course time), a date-time, or words as on a page."""

    name: str
    due: Any

    def __post_init__(self) -> None:
        if not isinstance(self.due, date | str):
            raise ValueError(f'`due` of {self.name!r} must be a date, a date and time, or words such as "May 1, 6 PM"')


class Reminders(Section, frozen=True):
    """How long before a deadline reminders go out; the policy `reminders.leads` is set to it."""

    leads: tuple[str, ...] = ("3d", "24h", "3h")
    enabled: bool = True

    def __post_init__(self) -> None:
        for lead in self.leads:
            parse_span(lead)

    @property
    def spans(self) -> tuple[timedelta, ...]:
        return tuple(parse_span(lead) for lead in self.leads)


class Web(Section, frozen=True):
    """GET /healthz and the projector. `address`: where browsers find it, if not at `http://host:port`."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    address: str = ""

    def __post_init__(self) -> None:
        if self.address and not re.fullmatch(r"https?://[^\s?#<>]+", self.address):
            raise ValueError("`address` must be a web address without ? or #, such as https://seminar.example.edu")

    @property
    def base(self) -> str:
        """Where the pages are, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.address or f"http://{host}:{self.port}").rstrip("/")


class Log(Section, frozen=True):
    """What is written to standard error."""

    level: str = "INFO"

    def __post_init__(self) -> None:
        if self.level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("`level` must be DEBUG, INFO, WARNING or ERROR")


class Settings(Section, frozen=True):
    """Everything in config.toml. `folder` is where the file lies: relative paths start there."""

    discord: Discord = Discord()
    database: DatabaseSection = DatabaseSection()
    course: Course = Course()
    groups: Groups = Groups()
    milestones: tuple[MilestoneSection, ...] = ()
    policy: dict[str, Any] = {}
    reminders: Reminders = Reminders()
    web: Web = Web()
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
    fields = {field.name: field.type for field in msgspec.structs.fields(section) if field.name != "folder"}
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
