"""The bot as a process that can be told what time it is and at which step to die. Run by test_kill.py.

    python tests/faults/outbox_process.py CONFIG --at 2024-01-23T04:59:01+00:00 [--kill-at posted]

Prints "ready" once it is; with --kill-at it ends itself there by SIGKILL, so that nothing after that step runs.
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
from bot.run import point_at


class OffsetClock:
    """The machine's clock, moved so that it shows `start` when made: a lease is jumped over, not waited for."""

    def __init__(self, start: datetime) -> None:
        self._offset = start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset


async def serve(config: Path, clock: OffsetClock, kill_at: str | None) -> None:
    settings = load(config)
    point_at(settings)

    def checkpoint(step: str) -> None:
        if step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def say_ready() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    async with build(settings, clock, checkpoint) as app:
        app.bot.when_ready(app.outbox.start)
        app.bot.when_ready(say_ready)
        await app.bot.start(settings.discord.token.reveal())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--at", type=datetime.fromisoformat, required=True)
    parser.add_argument("--kill-at")
    args = parser.parse_args()
    asyncio.run(serve(args.config, OffsetClock(args.at), args.kill_at))


if __name__ == "__main__":
    main()
