"""Chromium driven over its DevTools protocol: what these tests need of a browser, and nothing to install for it."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"),
]


class Page:
    """One tab. Expressions are JavaScript and run in it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last = 0

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One DevTools command; events that arrive meanwhile are dropped."""
        self._last += 1
        await self._socket.send_json({"id": self._last, "method": method, "params": params})
        async for message in self._socket:
            answer = json.loads(message.data)
            if answer.get("id") == self._last:
                assert "error" not in answer, (method, answer["error"])
                return dict(answer["result"])
        raise AssertionError("the browser closed the connection")

    async def run(self, expression: str) -> Any:
        """The value of `expression`, awaited if it is a promise."""
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, (expression, answer["exceptionDetails"])
        return answer["result"].get("value")

    async def until(self, expression: str, seconds: float = 30) -> Any:
        """Wait for `expression` to become true; a page that is just loading counts as not yet."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            value = await self.run(f"(() => {{ try {{ return {expression} }} catch {{ return null }} }})()")
            if value:
                return value
            if asyncio.get_running_loop().time() > end:
                shown = await self.run("document.body.innerText + (frames[0]?.document.body.innerText ?? '')")
                raise AssertionError(f"never true: {expression}\nthe page shows:\n{shown}")
            await asyncio.sleep(0.05)

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, code: int) -> None:
        """Press a named key such as Enter (13)."""
        for kind in ("rawKeyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    async def screenshot(self, path: Path) -> None:
        """What is visible, as PNG."""
        path.write_bytes(base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"]))


@asynccontextmanager
async def chromium(program: str, profile: Path, size: tuple[int, int] = (1200, 800)) -> AsyncIterator[Page]:
    """A fresh browser with one empty tab."""
    arguments = [*_FLAGS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}", "about:blank"]
    process = await asyncio.create_subprocess_exec(program, *arguments, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(20):
            port = ""
            while not port:
                line = (await process.stderr.readline()).decode()
                assert line, "the browser did not start"
                port = "".join(re.findall(r"DevTools listening on ws://127\.0\.0\.1:(\d+)", line))
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tab = next(item for item in await answer.json() if item["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        process.kill()
        await process.wait()
