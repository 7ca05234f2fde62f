"""The projector as the process serves it: its address is in no log, and an open stream does not hold up a stop."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing

import pytest

from tests.command_line.support import Home, running
from tests.loopback import LoopbackThread

TOKEN = "A-panel-of-22-letters-"


def _open_panel(home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as database:
        database.executescript(
            "INSERT INTO session (id, course_id, date, starts_at, ends_at, kind, title)"
            " SELECT 1, id, '2024-01-25', 1706196600000000, 1706202000000000, 'lecture', 'Caches' FROM course;"
            "INSERT INTO panel (session_id, course_id, projector, opened_at)"
            f" SELECT 1, id, '{TOKEN}', 1706196600000000 FROM course;"
        )


def test_a_signal_ends_open_streams_in_time(filled: Home) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = f'\n[web]\nenabled = true\nport = {port}\n\n[log]\nlevel = "DEBUG"\n'
    with LoopbackThread() as server, running(filled, server, web) as service:
        _open_panel(filled)
        base = f"http://127.0.0.1:{port}/projector"
        with urllib.request.urlopen(f"{base}/{TOKEN}", timeout=5) as answer:
            assert "Caches" in answer.read().decode()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{base}/{TOKEN[::-1]}", timeout=5)
        with urllib.request.urlopen(f"{base}/{TOKEN}/events", timeout=10) as stream:
            assert stream.readline().startswith(b"data: ")
            service.process.send_signal(signal.SIGTERM)
            assert service.ended(within=5) == 0
            with contextlib.suppress(http.client.IncompleteRead):
                assert stream.read().strip() == b""
    said = "".join(service.lines)
    assert "DEBUG" in said
    assert TOKEN not in said
    assert "Traceback" not in said
