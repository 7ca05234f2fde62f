"""Every rule for modals with a request that breaks it and one that just fits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import check_request
from tests.contract.samples import Json, button, entries, row

pytestmark = pytest.mark.usefixtures("no_description")


def field(**changes: Any) -> Json:
    return {"type": 18, "label": "Why", "component": {"type": 4, "style": 1, "custom_id": "t", **changes}}


def fields(number: int) -> list[Json]:
    return [field(custom_id=f"t{i}") for i in range(number)]


def in_modal(**changes: Any) -> list[str]:
    data = {"title": "Ask", "custom_id": "m", "components": fields(1), **changes}
    return check_request("POST", "/interactions/1/t/callback", None, {"type": 9, "data": data})


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
