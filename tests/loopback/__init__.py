"""A Discord server on loopback for the real discord.py client: HTTP, gateway, people, faults.

    async with LoopbackDiscord() as server, ...:
        ada = server.add_member("ada")
        answer = await server.slash(ada, "join-group", {"group": "Bayes"})
        assert "joined" in answer.text

Point a bot at `server.api_base` and `server.gateway_url` with the token `server.token`.
"""

from .commands import CannotUse, Upload
from .faults import Fault
from .interactions import Answer, AnsweredTwice, NoAnswer
from .server import LoopbackDiscord, LoopbackThread
from .state import Channel, Guild, Role, User

__all__ = [
    "Answer",
    "AnsweredTwice",
    "CannotUse",
    "Channel",
    "Fault",
    "Guild",
    "LoopbackDiscord",
    "LoopbackThread",
    "NoAnswer",
    "Role",
    "Upload",
    "User",
]
