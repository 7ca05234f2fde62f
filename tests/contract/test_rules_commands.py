"""Every rule for commands and their autocompletion with a request that breaks it and one that just fits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import check_request
from tests.contract.samples import Json

pytestmark = pytest.mark.usefixtures("no_description")


def command(**changes: Any) -> Json:
    return {"name": "vote", "description": "Vote", "type": 1, **changes}


def option(name: str = "o", **changes: Any) -> Json:
    return {"name": name, "description": "An option", "type": 3, **changes}


def options(number: int, **changes: Any) -> list[Json]:
    return [option(f"o{i}", **changes) for i in range(number)]


def choices(number: int) -> list[Json]:
    return [{"name": f"c{i}", "value": f"v{i}"} for i in range(number)]


def in_commands(*commands: Json) -> list[str]:
    return check_request("PUT", "/applications/1/commands", None, list(commands))


def in_autocomplete(listed: list[Json]) -> list[str]:
    body = {"type": 8, "data": {"choices": listed}}
    return check_request("POST", "/interactions/1/t/callback", {"with_response": "1"}, body)


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


def test_autocomplete() -> None:
    assert in_autocomplete(choices(25)) == []
    assert in_autocomplete([{"name": "x" * 100, "value": 1}]) == []
    assert len(in_autocomplete(choices(26))) == 1
    assert len(in_autocomplete([{"name": "x" * 101, "value": 1}])) == 1
    assert len(in_autocomplete([{"name": "", "value": 1}])) == 1
