"""A message as it is handed to a chat platform: text, who it may ping, buttons, files. Frozen before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Button:
    """A button by its label and the id under which the front end knows what it does."""

    label: str
    custom_id: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a message; `description` is the alternative text of a picture."""

    name: str
    data: bytes
    description: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One message, ready to post. `mentions` are the platform's ids of the people it may ping."""

    text: str
    mentions: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()


def pack(parts: Sequence[Part]) -> str:
    """The parts as text for the database."""
    return msgspec.json.encode(list(parts)).decode()


def unpack(text: str) -> list[Part]:
    """What `pack` was given."""
    return msgspec.json.decode(text, type=list[Part])
