"""`python -m bot receipt verify | key`: whether a receipt is genuine, without the bot and without the network.

As in `bot.__main__`, what only some commands need is imported when they run.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import zipfile
from pathlib import Path
from typing import Any

from bot.command_line import FAILED, OK, say
from bot.config import Settings, load
from bot.core.errors import CourseError
from bot.core.times import SystemClock

_KEYS, _TABLE, _PURPOSE = "keys.json", "course_secret", "receipts"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], config: argparse.ArgumentParser) -> None:
    """Add `receipt` and its commands to the parser."""
    receipt = commands.add_parser("receipt", help="receipts of what was handed in").add_subparsers(
        required=True, metavar="what"
    )
    verifying = receipt.add_parser("verify", parents=[config], help="whether a receipt is genuine: 0 if it is, else 1")
    verifying.add_argument("file", type=Path, metavar="FILE", help="the receipt, as /receipt sends it")
    verifying.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="the course's key: what `receipt key` prints, or an export with keys; else it is in the database",
    )
    verifying.set_defaults(run=_verify)
    telling = receipt.add_parser("key", parents=[config], help="print the key that signs receipts; keep it secret")
    telling.set_defaults(run=_tell)


def _verify(args: argparse.Namespace) -> int:
    from bot.core import receipts

    receipt = receipts.from_json(args.file.read_bytes())
    key = _read_key(args.key) if args.key else _stored_key(load(args.config))
    if not receipts.verify(key, receipt):
        say("Not valid: it was changed, or signed by another course.")
        return FAILED
    say(f"Valid: {receipt.kind} for “{receipt.title}”, version {receipt.version}, {receipt.course}.")
    say(f"Received {receipt.at:%Y-%m-%d %H:%M:%S.%f} UTC, {'on time' if receipt.on_time else 'late'}.")
    say(f"Due {receipt.due_at:%Y-%m-%d %H:%M:%S.%f} UTC.")
    say(f"Of {receipt.owner}, handed in by {receipt.by}. Code {receipt.code}.")
    say(f"SHA-256 {receipt.digest}")
    return OK


def _tell(args: argparse.Namespace) -> int:
    say(_stored_key(load(args.config)).hex())
    return OK


def _read_key(path: Path) -> bytes:
    """The key from a file with its hexadecimal digits, or from an export or its keys.json."""
    try:
        text = _text(path).strip()
        if not text.startswith("{"):
            return bytes.fromhex(text)
        rows: Any = json.loads(text)[_TABLE]
        return next(base64.b64decode(row["value"]) for row in rows if row["purpose"] == _PURPOSE)
    except (ValueError, LookupError, TypeError, StopIteration):
        raise CourseError(
            f"{path}: there is no key for receipts in it; an export has one if made --with-keys"
        ) from None


def _text(path: Path) -> str:
    if path.is_dir():
        path = path / _KEYS
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as export:
            return export.read(_KEYS).decode()
    return path.read_text(errors="replace")


def _stored_key(settings: Settings) -> bytes:
    from bot.app import build_services, open_database

    async def look() -> bytes | None:
        async with open_database(settings, SystemClock()) as database:
            services = build_services(settings, database, lambda: None)
            return await services.hand_ins.key(settings.course.key)

    key = asyncio.run(look())
    if key is None:
        raise CourseError(
            "the database has no key: this course has signed no receipt yet, or was imported without keys; "
            "if there is an export with keys, give it as --key"
        )
    return key
