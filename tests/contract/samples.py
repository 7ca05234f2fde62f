"""Parts of the requests that the tests of the rules send."""

from __future__ import annotations

from typing import Any

NOBODY: dict[str, Any] = {"parse": []}
Json = dict[str, Any]


def button(number: int = 0, **changes: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Join", "custom_id": f"b:{number}", **changes}


def row(*parts: Json) -> Json:
    return {"type": 1, "components": list(parts)}


def select(**changes: Any) -> Json:
    return {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}], **changes}


def entries(number: int, **changes: Any) -> list[Json]:
    return [{"label": f"l{i}", "value": f"v{i}", **changes} for i in range(number)]
