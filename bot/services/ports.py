"""What the services and the outbox need from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.messages import Part


class DeliveryFailed(Exception):
    """The platform did not take a message; the text says why, for staff and the log. It may have taken it all the same
    when the connection broke after the request was sent, so a retry uses the same nonce."""


class Unreachable(DeliveryFailed):
    """The destination takes no message from us and trying again would not help: direct messages that are closed."""


class Messenger(Protocol):
    """Posts to one chat platform."""

    def render(self, notice: object) -> list[Part]:
        """A notice (one of the dataclasses of `bot.core`) in the platform's words, split where it would be too long."""
        ...

    async def post(self, destination: str, part: Part, nonce: str) -> str:
        """Post to the channel with this id, or to the person of "dm:<user id>", and return the message's id.

        Posting again with the same nonce within a few minutes must not make a second message.

        Raises:
            DeliveryFailed: it was not, or not surely, posted.
            Unreachable: it was not, and never will be.
        """
        ...

    async def find(self, destination: str, part: Part, since: datetime) -> str | None:
        """The id of our own message with this text, posted at `since` or later, if the channel's history shows one.

        Raises:
            DeliveryFailed: the history cannot be read now.
        """
        ...
