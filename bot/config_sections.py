"""The tables of config.toml, each a frozen, typed value that checks itself."""

from __future__ import annotations

import os
import re
from datetime import date, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec

from bot.core.errors import CourseError
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
    backup_at: str = "03:30"
    keep: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 14

    def __post_init__(self) -> None:
        if self.backup_at != "never" and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", self.backup_at):
            raise ValueError('`backup_at` must be a time of day such as "03:30" (course time), or "never"')
        if not self.url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError(
                "`url` must begin with sqlite:/// (a file) or postgresql:// (a server), "
                'for example "sqlite:///colloquy.db"'
            )

    @property
    def nightly(self) -> time | None:
        """When a backup is made each night, by the course's wall clock; None: never, or by the server's own means."""
        if self.backup_at == "never" or not self.url.startswith("sqlite"):
            return None
        hour, minute = map(int, self.backup_at.split(":"))
        return time(hour, minute)


class Files(Section, frozen=True):
    """Where files that are handed in lie. A relative `folder` starts at config.toml's; by default it is the folder
    `files` beside the SQLite database."""

    folder: str = ""


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


class Recap(Section, frozen=True):
    """The model that drafts recaps; without `base_url` there is none. Tokens it may take for one recap, a day and the
    term; `price` is dollars for a million tokens, for the staff's eyes."""

    base_url: str = ""
    model: str = ""
    api_key: Secret = Secret(env="RECAP_API_KEY")
    timeout: Annotated[float, msgspec.Meta(gt=0, le=300)] = 30.0
    tokens_per_recap: Annotated[int, msgspec.Meta(ge=0)] = 100_000
    tokens_per_day: Annotated[int, msgspec.Meta(ge=0)] = 500_000
    tokens_per_term: Annotated[int, msgspec.Meta(ge=0)] = 5_000_000
    price: float | None = None

    def __post_init__(self) -> None:
        if self.base_url and not re.fullmatch(r"https?://[^\s?#<>]+", self.base_url):
            raise ValueError("`base_url` must be an OpenAI-compatible address, such as https://api.openai.com/v1")
        if bool(self.base_url) != bool(self.model):
            raise ValueError("`base_url` and `model` go together: write both, or neither for recaps without a model")


class Log(Section, frozen=True):
    """What is written to standard error."""

    level: str = "INFO"

    def __post_init__(self) -> None:
        if self.level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("`level` must be DEBUG, INFO, WARNING or ERROR")
