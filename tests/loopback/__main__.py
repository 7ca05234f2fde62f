"""`python -m tests.loopback --port 0`: the server as a process. Prints one JSON line, then serves until stopped."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from .server import LoopbackDiscord


async def serve(port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with LoopbackDiscord(port=port) as server:
        addresses = {
            "api_base": server.api_base,
            "gateway_url": server.gateway_url,
            "control": server.cdn.base + "/control",
            "token": server.token,
            "guild": str(server.guild.id),
            "channel": str(server.channel.id),
        }
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.loopback", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
