"""What a policy is, and how the texts are read that staff write for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from bot.core.course import Role
from bot.core.rota import Bounds
from bot.core.times import parse_span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One policy. `read` turns text into the value, and raises ValueError with what to write instead."""

    key: str
    default: str
    about: str
    read: Callable[[str], T]


def choice(*allowed: str) -> Callable[[str], str]:
    """One of these words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"write {', '.join(allowed[:-1])} or {allowed[-1]}")
        return text

    return read


def bounds(text: str) -> Bounds:
    """How often a group does something: "1-2", "1+", "1"."""
    match = re.fullmatch(r"(\d{1,2})(\+|-(\d{1,2}))?", text)
    if not match:
        raise ValueError("write how often each group does it: 1-2, or 1+ for at least once, or 1 for exactly once")
    least = int(match[1])
    if match[2] == "+":
        return Bounds(least, None)
    most = int(match[3] or match[1])
    if most < least:
        raise ValueError(f"{most} is less than {least}")
    return Bounds(least, most)


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number in this range."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,4}", text) or not lowest <= int(text) <= highest:
            raise ValueError(f"write a number from {lowest} to {highest}")
        return int(text)

    return read


def roles(text: str) -> frozenset[Role]:
    """Roles with commas between them."""
    try:
        return frozenset(Role(word.strip()) for word in text.split(",") if word.strip())
    except ValueError:
        raise ValueError(f"write one or more of {', '.join(Role)}, with commas between them") from None


def spans(text: str) -> tuple[timedelta, ...]:
    """Lengths of time with commas between them, or none."""
    if text == "none":
        return ()
    return tuple(parse_span(word) for word in text.split(","))


def up_to(least: timedelta, most: timedelta) -> Callable[[str], timedelta]:
    """A length of time in this range."""

    def read(text: str) -> timedelta:
        span = parse_span(text)
        if not least <= span <= most:
            raise ValueError(f"write from {_short(least)} to {_short(most)}")
        return span

    return read


def _short(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds}s" if seconds % 60 else f"{seconds // 60}m"


def span_or_none(text: str) -> timedelta | None:
    """A length of time, or none."""
    return None if text == "none" else parse_span(text)


def span_or_forever(text: str) -> timedelta | None:
    """A length of time; None for "forever"."""
    return None if text == "forever" else parse_span(text)


def parse_leads(text: str) -> tuple[timedelta, ...]:
    """Lead times such as "3d,24h,3h", or "none".

    Raises:
        ValueError: one is no length of time or longer than four weeks or 0, or there are more than six.
    """
    leads = spans(text)
    if len(leads) > 6 or any(lead > timedelta(weeks=4) for lead in leads):
        raise ValueError("write at most six lead times of at most 4w each")
    if not all(leads):
        raise ValueError("a lead time is longer than 0: write for example 3d, 24h or 90m")
    return leads


def offset(text: str) -> timedelta:
    """A length of time of at most four weeks."""
    span = parse_span(text)
    if span > timedelta(weeks=4):
        raise ValueError("write at most 4w")
    return span
