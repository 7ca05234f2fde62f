"""Requests against Discord's published OpenAPI description: known route, body as its schema says.

The description is optional. It is looked for beside the repository (or where COLLOQUY_OPENAPI points); without it
only the hand-written rules apply.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]


def spec_path() -> Path | None:
    """Where the published description is, if it is anywhere."""
    named = os.environ.get("COLLOQUY_OPENAPI")
    path = Path(named) if named else ROOT.parent / "shared" / "discord" / "openapi.json"
    return path if path.is_file() else None


# -- where the description and the real Discord differ ---------------------------------------------------------
# Discord takes what discord.py sends; the description is a preview and stricter in these places. Each entry
# widens one named schema, and nothing else.


@dataclass(frozen=True, slots=True)
class Difference:
    """What else is taken at one place of the description, and why."""

    where: str
    """JSON pointer to a schema."""
    also: Json
    why: str


_DIGITS: Json = {"type": "string", "pattern": "^[0-9]+$"}
_OVERWRITE = (
    "/paths/~1channels~1{channel_id}~1permissions~1{overwrite_id}/put/requestBody/content/application~1json"
    "/schema/properties/"
)

KNOWN_DIFFERENCES = (
    Difference(
        "/components/schemas/SnowflakeType",
        {"type": "integer", "minimum": 0},
        "discord.py sends ids as numbers: recipient_id, allowed_mentions.users, an attachment's index.",
    ),
    Difference(
        "/components/schemas/CreateRoleRequest/properties/permissions",
        _DIGITS,
        "Permission bits are too wide for a JSON number in many languages; Discord and discord.py use strings.",
    ),
    Difference(_OVERWRITE + "allow", _DIGITS, "As for a new role."),
    Difference(_OVERWRITE + "deny", _DIGITS, "As for a new role."),
)


def _widen(document: Json, difference: Difference) -> None:
    *parents, last = [
        part.replace("~1", "/").replace("~0", "~") for part in difference.where.removeprefix("/").split("/")
    ]
    holder: Any = document
    for part in parents:
        holder = holder.get(part, {})
    if last in holder:
        holder[last] = {"anyOf": [holder[last], difference.also]}


KNOWN_ROUTES: tuple[tuple[str, str, str], ...] = ()
"""Routes that Discord answers although the description does not have them: method, template, why."""


class Spec:
    """A parsed description. Validators are built when an operation is first met."""

    def __init__(self, document: Json, differences: Iterable[Difference] = KNOWN_DIFFERENCES) -> None:
        for difference in differences:
            _widen(document, difference)
        self._document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:discord", resource)
        self._validators: dict[tuple[str, str], Draft202012Validator | None] = {}
        self._routes = [(template, _matcher(template)) for template in document["paths"]]
        # More literal parts first, so that /messages/pins is not taken for /messages/{message_id}.
        self._routes.sort(key=lambda route: route[0].count("{"))

    def template(self, method: str, path: str) -> str | None:
        """The path template of a request, or None when the description has no such operation."""
        for template, matcher in self._routes:
            if matcher.fullmatch(path) and method.lower() in self._document["paths"][template]:
                return template
        return None

    def check(self, method: str, path: str, body: Any) -> list[str]:
        """What is wrong with a request by the description, as sentences."""
        template = self.template(method, path)
        if template is None:
            known = any(m == method and _matcher(t).fullmatch(path) for m, t, _ in KNOWN_ROUTES)
            return [] if known else [f"{method} {path}: Discord's description has no such route"]
        if (method, template) not in self._validators:
            self._validators[method, template] = self._validator(method, template)
        validator = self._validators[method, template]
        if validator is None or body is None:
            return []
        return [f"{method} {template}: {_said(error)}" for error in validator.iter_errors(body)]

    def _validator(self, method: str, template: str) -> Draft202012Validator | None:
        content = self._document["paths"][template][method.lower()].get("requestBody", {}).get("content", {})
        # Of a form only payload_json is checked, and that has the schema of the JSON body.
        if "application/json" not in content:
            return None
        parts = ("paths", template, method.lower(), "requestBody", "content", "application/json", "schema")
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)
        schema = {"$ref": f"urn:discord#/{pointer}"}
        return Draft202012Validator(schema, registry=self._registry)


def _matcher(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", template)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The causes of an error: of alternatives, those of the one that fits best."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        yield error
        return
    branches: dict[int, list[ValidationError]] = {}
    for cause in error.context:
        branches.setdefault(int(cause.schema_path[0]), []).append(cause)

    def misfit(causes: list[ValidationError]) -> tuple[bool, bool, int]:
        # The branch for another `type` of component or answer, or for null, is not the one that was meant.
        other_kind = any(list(c.path)[-1:] == ["type"] and c.validator in ("enum", "const") for c in causes)
        other_type = any(c.validator == "type" and not c.path for c in causes)
        return other_kind, other_type, len(causes)

    for cause in min(branches.values(), key=misfit):
        yield from _leaves(cause)


def _said(error: ValidationError) -> str:
    told = []
    for leaf in _leaves(error):
        where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in leaf.absolute_path)
        message = leaf.message if len(leaf.message) < 300 else f"{leaf.message[:200]} … {leaf.message[-90:]}"
        told.append(f"body{where}: {message}")
    return "; ".join(dict.fromkeys(told))


@cache
def load(path: Path) -> Spec:
    """The description in a file, parsed once per process."""
    return Spec(json.loads(path.read_text(encoding="utf-8")))


def check(method: str, path: str, body: Any) -> list[str]:
    """What is wrong by the published description; nothing when there is none."""
    found = spec_path()
    return load(found).check(method, path, body) if found else []


def normal_path(path: str) -> str:
    """A path without the API's address and version in front and without a query."""
    return re.sub(r"^(https?://[^/]+)?/api(/v\d+)?(?=/)", "", path.split("?", 1)[0])


def with_query(path: str, query: Mapping[str, Any] | None) -> dict[str, Any]:
    """The query parameters, whether given apart or in the path."""
    found = dict(query or {})
    _, _, tail = path.partition("?")
    for pair in filter(None, tail.split("&")):
        key, _, value = pair.partition("=")
        found.setdefault(key, value)
    return found
