"""When the next nightly backup is due, and which old ones go. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.times import wall

_NAME = re.compile(r"nightly-(\d{8}T\d{6}Z)\.db")
_STAMP = "%Y%m%dT%H%M%SZ"


def name_of(moment: datetime) -> str:
    """The file's name says when it was made."""
    return f"nightly-{moment.astimezone(UTC):{_STAMP}}.db"


def made_at(name: str) -> datetime | None:
    """When the backup of this name was made; None for another file."""
    match = _NAME.fullmatch(name)
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def due(names: Iterable[str], at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """When the next backup is due, given the files there are: at `now` if there is none since the last time of day `at`
    (the bot was away then), else at the next one. What a clock that was ahead has stamped with the future is none."""
    today = now.astimezone(zone).date()
    moments = [wall(today + timedelta(days=offset), at, zone) for offset in (-1, 0, 1, 2)]
    since = max(moment for moment in moments if moment <= now)
    there = [stamp for name in names if (stamp := made_at(name)) and stamp <= now]
    if max(there, default=datetime.min.replace(tzinfo=UTC)) < since:
        return now
    return min(moment for moment in moments if moment > now)


def surplus(names: Iterable[str], keep: int) -> list[str]:
    """The nightly backups that are too many: all but the newest `keep`."""
    return sorted((name for name in names if made_at(name)), reverse=True)[keep:]
