"""The check against an OpenAPI description: a small one that is always here, and the published one when it is."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract import check_request, openapi
from tests.contract.openapi import KNOWN_DIFFERENCES, Spec

HERE = Path(__file__).parent
SMALL = HERE / "small_openapi.json"
RECORDED: list[dict[str, Any]] = json.loads((HERE / "recorded.json").read_text(encoding="utf-8"))
"""Requests that discord.py 2.7.1 really sent."""

SPECS = [path for path in (SMALL, openapi.spec_path()) if path]


@pytest.fixture(params=SPECS, ids=lambda path: path.stem)
def spec(request: pytest.FixtureRequest) -> Spec:
    return openapi.load(request.param)


def known(spec: Spec, method: str, path: str) -> bool:
    return spec.template(method, path) is not None


def test_what_the_client_really_sends_is_accepted(spec: Spec) -> None:
    requests = [r for r in RECORDED if known(spec, r["method"], r["path"])]
    assert len(requests) >= 10
    assert [p for r in requests for p in spec.check(r["method"], r["path"], r["body"])] == []


def test_the_published_description_knows_every_route_the_client_uses() -> None:
    for path in SPECS[1:]:
        spec = openapi.load(path)
        assert [r for r in RECORDED if not known(spec, r["method"], r["path"])] == []


def test_recorded_requests_break_no_other_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "spec_path", lambda: None)
    problems = [p for r in RECORDED for p in check_request(r["method"], r["path"], r["query"], r["body"])]
    assert problems == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"content": 3}, "body.content: 3 is not of type 'string', 'null'"),
        ({"content": "x" * 4001}, "is too long"),
        ({"allowed_mentions": {"users": ["ada"]}}, "body.allowed_mentions.users[0]"),
        (["content"], "is not of type 'object'"),
    ],
)
def test_a_broken_message_is_rejected(spec: Spec, body: Any, said: str) -> None:
    (problem,) = spec.check("POST", "/channels/1/messages", body)
    assert problem.startswith("POST /channels/{channel_id}/messages: body")
    assert said in problem


def test_of_alternatives_the_one_meant_is_named(spec: Spec) -> None:
    path = "/interactions/1/token/callback"
    (reply,) = spec.check("POST", path, {"type": 4, "data": {"content": 3}})
    assert reply.endswith("body.data.content: 3 is not of type 'string', 'null'")
    (choices,) = spec.check("POST", path, {"type": 8})
    assert choices.endswith("body: 'data' is a required property")
    assert spec.check("POST", path, {"data": {}})


def test_an_unknown_route_is_a_violation(spec: Spec) -> None:
    assert spec.check("GET", "/nowhere", None) == ["GET /nowhere: Discord's description has no such route"]
    assert spec.check("PUT", "/users/@me", None)
    assert spec.template("GET", "/channels/1/messages/pins") == "/channels/{channel_id}/messages/pins"
    assert spec.check("GET", "/channels/1/messages/2", None) == []


def test_every_known_difference_is_needed() -> None:
    for path in SPECS[1:]:
        document = json.loads(path.read_text(encoding="utf-8"))
        for difference in KNOWN_DIFFERENCES:
            others = [d for d in KNOWN_DIFFERENCES if d is not difference]
            stricter = Spec(copy.deepcopy(document), others)
            assert [p for r in RECORDED for p in stricter.check(r["method"], r["path"], r["body"])], difference


def test_ids_as_numbers_are_one_of_the_known_differences() -> None:
    body = {"content": "x", "allowed_mentions": {"users": [5]}}
    assert openapi.load(SMALL).check("POST", "/channels/1/messages", body) == []
    strict = Spec(json.loads(SMALL.read_text(encoding="utf-8")), ())
    assert strict.check("POST", "/channels/1/messages", body)


def test_check_request_uses_the_description_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLOQUY_OPENAPI", str(SMALL))
    (problem,) = check_request("GET", "/guilds/1")
    assert problem == "GET /guilds/1: Discord's description has no such route"
    monkeypatch.setenv("COLLOQUY_OPENAPI", str(HERE / "absent.json"))
    assert check_request("GET", "/guilds/1") == []
