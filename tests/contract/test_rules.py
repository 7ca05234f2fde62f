"""Every rule with a request that breaks it and one that just fits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract import check_request, openapi

NOW = datetime(2024, 1, 10, tzinfo=UTC)
NOBODY: dict[str, Any] = {"parse": []}
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def no_description(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the hand-written rules; the description has tests of its own."""
    monkeypatch.setattr(openapi, "spec_path", lambda: None)


def command(**changes: Any) -> Json:
    return {"name": "vote", "description": "Vote", "type": 1, **changes}


def option(name: str = "o", **changes: Any) -> Json:
    return {"name": name, "description": "An option", "type": 3, **changes}


def options(number: int, **changes: Any) -> list[Json]:
    return [option(f"o{i}", **changes) for i in range(number)]


def choices(number: int) -> list[Json]:
    return [{"name": f"c{i}", "value": f"v{i}"} for i in range(number)]


def button(number: int = 0, **changes: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Join", "custom_id": f"b:{number}", **changes}


def row(*parts: Json) -> Json:
    return {"type": 1, "components": list(parts)}


def select(**changes: Any) -> Json:
    return {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}], **changes}


def entries(number: int, **changes: Any) -> list[Json]:
    return [{"label": f"l{i}", "value": f"v{i}", **changes} for i in range(number)]


def field(**changes: Any) -> Json:
    return {"type": 18, "label": "Why", "component": {"type": 4, "style": 1, "custom_id": "t", **changes}}


def fields(number: int) -> list[Json]:
    return [field(custom_id=f"t{i}") for i in range(number)]


def in_commands(*commands: Json) -> list[str]:
    return check_request("PUT", "/applications/1/commands", None, list(commands))


def in_message(**body: Any) -> list[str]:
    return check_request("POST", "/channels/1/messages", None, {"allowed_mentions": NOBODY, **body})


def in_modal(**changes: Any) -> list[str]:
    data = {"title": "Ask", "custom_id": "m", "components": fields(1), **changes}
    return check_request("POST", "/interactions/1/t/callback", None, {"type": 9, "data": data})


def in_autocomplete(listed: list[Json]) -> list[str]:
    body = {"type": 8, "data": {"choices": listed}}
    return check_request("POST", "/interactions/1/t/callback", {"with_response": "1"}, body)


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


COMMAND_CASES: list[tuple[str, list[Json], list[Json]]] = [
    ("32", [command(name="x" * 33)], [command(name="x" * 32)]),
    ("may hold only", [command(name="join group")], [command(name="join-group")]),
    ("may hold only", [command(name="vote!")], [command(name="l'été_2")]),
    ("may hold only", [command(name="a\u20dd")], [command(name="हिन्दी"), command(name="ไทย่")]),
    ("lower case", [command(name="Vote")], [command(name="投票")]),
    ("description has 101", [command(description="x" * 101)], [command(description="x" * 100)]),
    ("description has 0", [command(description="")], [command(description="x")]),
    ("26 entries", [command(options=options(26))], [command(options=options(25))]),
    (
        "26 entries",
        [command(options=[option("sub", type=1, options=options(26))])],
        [command(options=[option("sub", type=1, options=options(25))])],
    ),
    ("101 entries", [command(name=f"c{i}") for i in range(101)], [command(name=f"c{i}") for i in range(100)]),
    ("'vote' comes twice", [command(), command()], [command(), command(name="vote", type=2, description="")]),
    ("'a' comes twice", [command(options=[option("a"), option("a")])], [command(options=options(2))]),
    (
        "required option comes after",
        [command(options=[option("a"), option("b", required=True)])],
        [command(options=[option("b", required=True), option("a")])],
    ),
    ("26 entries", [command(options=[option(choices=choices(26))])], [command(options=[option(choices=choices(25))])]),
    (
        "name of a choice has 101",
        [command(options=[option(choices=[{"name": "x" * 101, "value": 1}])])],
        [command(options=[option(choices=[{"name": "x" * 100, "value": 1}])])],
    ),
    (
        "value of a choice has 101",
        [command(options=[option(choices=[{"name": "x", "value": "x" * 101}])])],
        [command(options=[option(choices=[{"name": "x", "value": "x" * 100}])])],
    ),
    (
        "exclude each other",
        [command(options=[option(choices=choices(1), autocomplete=True)])],
        [command(options=[option(autocomplete=True)])],
    ),
    (
        "min_value is above",
        [command(options=[option(type=4, min_value=2, max_value=1)])],
        [command(options=[option(type=4, min_value=1, max_value=1)])],
    ),
    ("are mixed", [command(options=[option("a", type=1), option("b")])], [command(options=[option("a", type=1)])]),
    (
        "no deeper",
        [command(options=[option("a", type=2, options=[option("b", type=2, options=[])])])],
        [command(options=[option("a", type=2, options=[option("b", type=1)])])],
    ),
    (
        "Discord takes 8000",
        [
            command(
                options=options(25, description="d" * 100, choices=[{"name": "n" * 100, "value": "v" * 100}]),
                name_localizations={"de": "y" * 1000},
            )
        ],
        [command(options=options(25, description="d" * 100, choices=[{"name": "n" * 100, "value": "v" * 100}]))],
    ),
    ("takes none", [command(type=3, description="x")], [command(type=3, name="Note This!", description="")]),
]


@pytest.mark.parametrize(("said", "broken", "fitting"), COMMAND_CASES)
def test_commands(said: str, broken: list[Json], fitting: list[Json]) -> None:
    assert any(said in problem for problem in in_commands(*broken))
    assert in_commands(*fitting) == []


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


MODAL_CASES: list[tuple[str, Json, Json]] = [
    ("title has 46", {"title": "x" * 46}, {"title": "x" * 45}),
    ("custom_id has 101", {"custom_id": "x" * 101}, {"custom_id": "x" * 100}),
    ("6 entries", {"components": fields(6)}, {"components": fields(5)}),
    ("0 entries", {"components": []}, {"components": fields(1)}),
    ("comes twice", {"components": [field(), field()]}, {"components": fields(2)}),
    ("may not stand", {"components": [button()]}, {"components": [{"type": 10, "content": "x"}]}),
    (
        "a label has 46",
        {"components": [field() | {"label": "x" * 46}]},
        {"components": [field() | {"label": "x" * 45}]},
    ),
    (
        "description of a label",
        {"components": [field() | {"description": "x" * 101}]},
        {"components": [field() | {"description": "x" * 100}]},
    ),
    (
        "its label has 46",
        {"components": [row(field(label="x" * 46)["component"])]},
        {"components": [row(field(label="x" * 45)["component"])]},
    ),
    ("value has 4001", {"components": [field(value="x" * 4001)]}, {"components": [field(value="x" * 4000)]}),
    ("max_length 4001", {"components": [field(max_length=4001)]}, {"components": [field(max_length=4000)]}),
    (
        "min_length 3",
        {"components": [field(min_length=3, max_length=2)]},
        {"components": [field(min_length=3, max_length=3)]},
    ),
    (
        "placeholder has 101",
        {"components": [field(placeholder="x" * 101)]},
        {"components": [field(placeholder="x" * 100)]},
    ),
    (
        "26 entries",
        {"components": [field(type=3, options=entries(26))]},
        {"components": [field(type=3, options=entries(25))]},
    ),
    (
        "1 entries",
        {"components": [field(type=21, options=entries(1))]},
        {"components": [field(type=21, options=entries(2))]},
    ),
    (
        "11 entries",
        {"components": [field(type=22, options=entries(11))]},
        {"components": [field(type=22, options=entries(10))]},
    ),
]


@pytest.mark.parametrize(("said", "broken", "fitting"), MODAL_CASES)
def test_modals(said: str, broken: Json, fitting: Json) -> None:
    assert any(said in problem for problem in in_modal(**broken))
    assert in_modal(**fitting) == []


def test_autocomplete() -> None:
    assert in_autocomplete(choices(25)) == []
    assert in_autocomplete([{"name": "x" * 100, "value": 1}]) == []
    assert len(in_autocomplete(choices(26))) == 1
    assert len(in_autocomplete([{"name": "x" * 101, "value": 1}])) == 1
    assert len(in_autocomplete([{"name": "", "value": 1}])) == 1


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


def test_the_first_message_of_a_forum_thread_is_a_message() -> None:
    def opened(message: Json) -> list[str]:
        return check_request("POST", "/channels/1/threads", None, {"name": "t", "message": message})

    assert opened({"content": "x", "allowed_mentions": NOBODY}) == []
    assert len(opened({"content": "x"})) == 1


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
