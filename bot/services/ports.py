"""What the services and the outbox need from outside."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.messages import Part


class DeliveryFailed(Exception):
    """The platform did not take a message; the text says why, for staff and the log. It may have taken it all the same
    when the connection broke after the request was sent, so a retry uses the same nonce.

    `retry_after` is how long the platform asked to be left alone, `everywhere` whether it meant all destinations.
    """

    def __init__(self, reason: str, *, retry_after: timedelta | None = None, everywhere: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.everywhere = everywhere


class NotTaken(DeliveryFailed):
    """The platform surely did not take it: it said so."""


class Refused(NotTaken):
    """The destination takes no message from us until people change something there. What was posted to one that is
    `gone`, nobody can read any more."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


class Rejected(NotTaken):
    """This message will not be taken as it is; another one to the same destination may be."""


class Unreachable(NotTaken):
    """The person takes no direct messages from us, and trying again would not help."""


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
            NotTaken: it was surely not posted; its subclasses say what is in the way.
        """
        ...

    async def find(self, destination: str, part: Part, since: datetime, known: Collection[str]) -> str | None:
        """The id of our own message with this text, posted at `since` or later, if the channel's history shows one.

        Our clock and the platform's may differ by up to a day. `known` are the ids of messages that are others for
        certain, though they may read the same.

        Raises:
            DeliveryFailed: the history cannot be read now.
        """
        ...
