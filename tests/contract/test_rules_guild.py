"""Every rule for events and for names with a request that breaks it and one that just fits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract import check_request
from tests.contract.samples import Json

pytestmark = pytest.mark.usefixtures("no_description")

NOW = datetime(2024, 1, 10, tzinfo=UTC)


def in_event(**changes: Any) -> list[str]:
    body = {
        "name": "class",
        "entity_type": 3,
        "entity_metadata": {"location": "room"},
        "scheduled_start_time": "2024-01-10T00:00:01+00:00",
        "scheduled_end_time": "2024-01-10T01:00:00+00:00",
        **changes,
    }
    return check_request("POST", "/guilds/1/scheduled-events", None, body, now=NOW)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/guilds/1/channels"),
        ("PATCH", "/channels/1"),
        ("POST", "/guilds/1/roles"),
        ("PATCH", "/guilds/1/roles/2"),
        ("POST", "/channels/1/threads"),
        ("POST", "/channels/1/messages/2/threads"),
    ],
)
def test_names_of_things(method: str, path: str) -> None:
    assert check_request(method, path, None, {"name": "x" * 100}) == []
    assert len(check_request(method, path, None, {"name": "x" * 101})) == 1
    assert len(check_request(method, path, None, {"name": ""})) == 1


EVENT_CASES: list[tuple[str, Json, Json]] = [
    ("in the past", {"scheduled_start_time": "2024-01-10T00:00:00+00:00"}, {}),
    ("ends before", {"scheduled_end_time": "2024-01-10T00:00:01+00:00"}, {}),
    ("an end and a location", {"entity_metadata": None}, {"entity_type": 2, "entity_metadata": None}),
    ("name of an event", {"name": "x" * 101}, {"name": "x" * 100}),
    ("description of an event", {"description": "x" * 1001}, {"description": "x" * 1000}),
    (
        "location of an event",
        {"entity_metadata": {"location": "x" * 101}},
        {"entity_metadata": {"location": "x" * 100}},
    ),
]


@pytest.mark.parametrize(("said", "broken", "fitting"), EVENT_CASES)
def test_events(said: str, broken: Json, fitting: Json) -> None:
    assert any(said in problem for problem in in_event(**broken))
    assert in_event(**fitting) == []
