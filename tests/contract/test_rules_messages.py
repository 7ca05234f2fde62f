"""Every rule for messages with a request that breaks it and one that just fits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import check_request
from tests.contract.samples import NOBODY, Json, button, entries, row, select

pytestmark = pytest.mark.usefixtures("no_description")


def in_message(**body: Any) -> list[str]:
    return check_request("POST", "/channels/1/messages", None, {"allowed_mentions": NOBODY, **body})


MESSAGE_CASES: list[tuple[str, Json, Json]] = [
    ("content has 2001", {"content": "x" * 2001}, {"content": "x" * 2000}),
    ("11 entries", {"embeds": [{"title": "t"}] * 11}, {"embeds": [{"title": "t"}] * 10}),
    (
        "6001 characters",
        {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]},
        {"embeds": [{"description": "x" * 3000}] * 2},
    ),
    (
        "26 entries",
        {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]},
        {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 25}]},
    ),
    (
        "name of a field has 257",
        {"embeds": [{"fields": [{"name": "x" * 257, "value": "v"}]}]},
        {"embeds": [{"fields": [{"name": "x" * 256, "value": "v"}]}]},
    ),
    (
        "value of a field has 1025",
        {"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]},
        {"embeds": [{"fields": [{"name": "n", "value": "x" * 1024}]}]},
    ),
    (
        "value of a field has 0",
        {"embeds": [{"fields": [{"name": "n", "value": ""}]}]},
        {"embeds": [{"fields": [{"name": "n", "value": "v"}]}]},
    ),
    ("title has 257", {"embeds": [{"title": "x" * 257}]}, {"embeds": [{"title": "x" * 256}]}),
    ("description has 4097", {"embeds": [{"description": "x" * 4097}]}, {"embeds": [{"description": "x" * 4096}]}),
    ("footer has 2049", {"embeds": [{"footer": {"text": "x" * 2049}}]}, {"embeds": [{"footer": {"text": "x" * 2048}}]}),
    ("author has 257", {"embeds": [{"author": {"name": "x" * 257}}]}, {"embeds": [{"author": {"name": "x" * 256}}]}),
    (
        "6 entries",
        {"components": [row(button(i)) for i in range(6)]},
        {"components": [row(button(i)) for i in range(5)]},
    ),
    ("6 entries", {"components": [row(*map(button, range(6)))]}, {"components": [row(*map(button, range(5)))]}),
    ("0 entries", {"components": [row()]}, {"components": [row(button())]}),
    (
        "only action rows",
        {"components": [button()]},
        {"flags": 1 << 15, "components": [{"type": 10, "content": "x"}, row(button())]},
    ),
    (
        "41 entries",
        {"flags": 1 << 15, "components": [{"type": 14}] * 41},
        {"flags": 1 << 15, "components": [{"type": 14}] * 40},
    ),
    (
        "no content and no embeds",
        {"flags": 1 << 15, "content": "x", "components": [row(button())]},
        {"flags": 64, "content": "x", "components": [row(button())]},
    ),
    ("something else too", {"components": [row(select(), button())]}, {"components": [row(select()), row(button())]}),
    (
        "custom_id has 101",
        {"components": [row(button(custom_id="x" * 101))]},
        {"components": [row(button(custom_id="x" * 100))]},
    ),
    (
        "custom_id is missing",
        {"components": [row(button(custom_id=None))]},
        {"components": [row(button(custom_id=None, style=5, url="https://x.org"))]},
    ),
    (
        "'b:1' comes twice",
        {"components": [row(button(1)), row(button(1))]},
        {"components": [row(button(1)), row(button(2))]},
    ),
    ("label has 81", {"components": [row(button(label="x" * 81))]}, {"components": [row(button(label="x" * 80))]}),
    (
        "neither a label",
        {"components": [row(button(label=None))]},
        {"components": [row(button(label=None, emoji={"name": "👍"}))]},
    ),
    (
        "26 entries",
        {"components": [row(select(options=entries(26)))]},
        {"components": [row(select(options=entries(25)))]},
    ),
    ("0 entries", {"components": [row(select(options=[]))]}, {"components": [row({"type": 5, "custom_id": "u"})]}),
    (
        "label of an option has 101",
        {"components": [row(select(options=entries(1, label="x" * 101)))]},
        {"components": [row(select(options=entries(1, label="x" * 100)))]},
    ),
    (
        "value of an option has 101",
        {"components": [row(select(options=entries(1, value="x" * 101)))]},
        {"components": [row(select(options=entries(1, value="x" * 100)))]},
    ),
    (
        "description of an option has 101",
        {"components": [row(select(options=entries(1, description="x" * 101)))]},
        {"components": [row(select(options=entries(1, description="x" * 100)))]},
    ),
    (
        "'v' comes twice",
        {"components": [row(select(options=entries(2, value="v")))]},
        {"components": [row(select(options=entries(2, label="l")))]},
    ),
    (
        "placeholder has 151",
        {"components": [row(select(placeholder="x" * 151))]},
        {"components": [row(select(placeholder="x" * 150))]},
    ),
    (
        "min_values 2",
        {"components": [row(select(min_values=2))]},
        {"components": [row(select(min_values=0, max_values=25))]},
    ),
    ("nonce has 26", {"content": "x", "nonce": "n" * 26}, {"content": "x", "nonce": "n" * 25}),
    ("11 entries", {"attachments": [{"id": i} for i in range(11)]}, {"attachments": [{"id": i} for i in range(10)]}),
    (
        "exclude each other",
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": [1]}},
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": [], "roles": [1]}},
    ),
    (
        "101 entries",
        {"content": "x", "allowed_mentions": {"users": list(range(101))}},
        {"content": "x", "allowed_mentions": {"users": list(range(100))}},
    ),
    (
        "parse has 'all'",
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        {"content": "x", "allowed_mentions": {"parse": ["everyone"]}},
    ),
    (
        "without allowed_mentions",
        {"content": "x", "allowed_mentions": None},
        {"embeds": [{"title": "x"}], "allowed_mentions": None},
    ),
    (
        "without allowed_mentions",
        {"flags": 1 << 15, "components": [{"type": 10, "content": "x"}], "allowed_mentions": None},
        {"components": [row(button())], "allowed_mentions": None},
    ),
    ("is empty", {"content": "", "embeds": []}, {"poll": {"question": {"text": "?"}}}),
]


@pytest.mark.parametrize(("said", "broken", "fitting"), MESSAGE_CASES)
def test_messages(said: str, broken: Json, fitting: Json) -> None:
    assert any(said in problem for problem in in_message(**broken))
    assert in_message(**fitting) == []


@pytest.mark.parametrize(
    ("method", "path", "wrap"),
    [
        ("POST", "/channels/1/messages", None),
        ("PATCH", "/channels/1/messages/2", None),
        ("POST", "/webhooks/1/token", None),
        ("PATCH", "/webhooks/1/token/messages/@original", None),
        ("PATCH", "/webhooks/1/token/messages/5", None),
        ("POST", "/interactions/1/token/callback", 4),
        ("POST", "/interactions/1/token/callback", 7),
    ],
)
def test_message_rules_hold_on_every_road(method: str, path: str, wrap: int | None) -> None:
    def sent(body: Json) -> list[str]:
        return check_request(method, path, None, body if wrap is None else {"type": wrap, "data": body})

    fitting = {"content": "x", "allowed_mentions": NOBODY}
    assert sent(fitting) == []
    assert sent({"content": "x"}) == [f"{method} {path}: a text is sent without allowed_mentions"]
    assert len(sent(fitting | {"content": "x" * 2001})) == 1


def test_an_edit_may_leave_out_what_stays_but_not_empty_everything() -> None:
    def edited(body: Json) -> list[str]:
        return check_request("PATCH", "/channels/1/messages/2", None, body)

    assert edited({"components": []}) == []
    assert len(edited({"content": None, "embeds": [], "components": [], "attachments": []})) == 1


def test_a_first_answer_may_be_deferred() -> None:
    for body in ({"type": 5, "data": {"flags": 64}}, {"type": 6}):
        assert check_request("POST", "/interactions/1/t/callback", None, body) == []


def test_the_first_message_of_a_forum_thread_is_a_message() -> None:
    def opened(message: Json) -> list[str]:
        return check_request("POST", "/channels/1/threads", None, {"name": "t", "message": message})

    assert opened({"content": "x", "allowed_mentions": NOBODY}) == []
    assert len(opened({"content": "x"})) == 1


def test_history_is_read_a_hundred_at_a_time() -> None:
    assert check_request("GET", "/channels/1/messages", {"limit": 100}, None) == []
    assert len(check_request("GET", "/channels/1/messages?limit=101", None, None)) == 1


def test_the_address_of_the_api_in_front_changes_nothing() -> None:
    for path in (
        "/channels/1/messages",
        "/api/v10/channels/1/messages",
        "https://discord.com/api/v10/channels/1/messages",
    ):
        assert len(check_request("post", path, None, {"content": "", "embeds": []})) == 1
