"""The bot as a process that can be told what time it is and at which step to die. Run by test_kill.py.

    python tests/faults/outbox_process.py CONFIG --at 2024-01-23T04:59:01+00:00 [--kill-at posted [--skip 99]]

Prints "ready" once it is; with --kill-at it ends itself there by SIGKILL, so that nothing after that step runs (the
first --skip times it goes on). With --bulk it has so many reminders to send, due at --due, dealt out to --rooms.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.app import build
from bot.config import load
from bot.fronts.discord import messenger
from bot.outbox.kinds import Kind
from bot.outbox.reports import MissedReports, RefusalReports
from bot.run import point_at
from tests.support.bulk import Bulk


class OffsetClock:
    """The machine's clock, moved so that it shows `start` when made: a lease is jumped over, not waited for."""

    def __init__(self, start: datetime) -> None:
        self._offset = start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset


async def serve(args: argparse.Namespace) -> None:
    settings = load(args.config)
    point_at(settings)
    messenger.RATE = args.rate
    left = args.skip
    kinds: list[Kind] | None = None
    if args.bulk:
        kinds = [Bulk(args.bulk, args.rooms.split(","), args.due), MissedReports(), RefusalReports()]

    def checkpoint(step: str) -> None:
        nonlocal left
        if step == args.kill_at:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def say_ready() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    async with build(settings, OffsetClock(args.at), checkpoint, kinds) as app:
        app.bot.when_ready(app.outbox.start)
        app.bot.when_ready(say_ready)
        await app.bot.start(settings.discord.token.reveal())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--at", type=datetime.fromisoformat, required=True)
    parser.add_argument("--kill-at")
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--bulk", type=int, default=0)
    parser.add_argument("--rooms", default="")
    parser.add_argument("--due", type=datetime.fromisoformat)
    parser.add_argument("--rate", type=float, default=messenger.RATE)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
