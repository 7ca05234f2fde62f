"""`python -m bot demo`: the real bot in a Discord of its own, in the browser."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import tempfile
from pathlib import Path

from simcord.preview import _markdown

from bot.app import build
from bot.core.errors import CourseError
from bot.demo.clock import DemoClock
from bot.demo.control import control_server
from bot.demo.timeline import Timeline
from bot.demo.world import START, VIEWERS, demo_settings, open_world

_HINTS = """\
  Try: press a Join button, run /join-group, /next-class or /schedule, then move time to the next reminder.
  Switch between a student without a group, a group's member and staff on the left. Nothing here reaches Discord.
  Ctrl+C ends the demo and removes its data."""


async def main(port: int) -> int:
    """Serve the demo on loopback until SIGINT or SIGTERM; port 0 takes a free one.

    Raises:
        CourseError: the port cannot be used.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    # Taken first: a port in use is said at once, not after the start-up.
    with _listen(port) as sock, tempfile.TemporaryDirectory(prefix="colloquy-demo-") as folder:
        await _serve(sock, Path(folder), stop)
    return 0


def _show_embeds_as_discord_does() -> None:
    """Discord turns mentions, commands and small print in embeds into names; simcord 3.2.1's preview leaves them raw.

    Its tables of what each place understands are private: without them the demo is less pretty, not broken.
    """
    policies = getattr(_markdown, "_FIELD_POLICIES", {})
    for place in ("embed_description", "embed_field_value"):
        policies.get(place, {}).update(mentions=True, commands=True, subtext=True)


async def _serve(sock: socket.socket, folder: Path, stop: asyncio.Event) -> None:
    _show_embeds_as_discord_does()
    clock = DemoClock(START)
    async with contextlib.AsyncExitStack() as stack:
        app = await stack.enter_async_context(build(demo_settings(folder), clock))
        world = await stack.enter_async_context(open_world(app, clock))
        preview = await stack.enter_async_context(
            # Opened on a channel without a message: other channels' pages begin at their newest message then.
            world.env.preview(
                world.channels["announcements"],
                viewers=[world.members[name] for name in VIEWERS],
                layout="channel",
                timezone=app.settings.course.timezone,
            )
        )
        timeline = Timeline(world, preview)
        await timeline.catch_up()
        await stack.enter_async_context(control_server(sock, world, preview, timeline))
        sys.stdout.write(f"Colloquy demo: http://127.0.0.1:{sock.getsockname()[1]}/\n{_HINTS}\n")
        sys.stdout.flush()
        await stop.wait()


def _listen(port: int) -> socket.socket:
    sock = socket.socket()
    # Without it, a port stays taken for a minute after the last demo ended.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", port))
    except OverflowError:
        sock.close()
        raise CourseError(f"there is no port {port}: choose one from 0 to 65535") from None
    except OSError as error:
        sock.close()
        raise CourseError(
            f"port {port} cannot be used ({error.strerror}): stop what uses it, or choose another with --port"
        ) from None
    sock.listen()
    return sock
