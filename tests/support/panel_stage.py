"""A class with a panel on the offline Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord

from bot.core.people import Actor
from tests.conftest import NOW
from tests.support.panels import ask, give_papers, support
from tests.support.voting import prepare_class
from tests.support.world import World


def _actor(member: simcord.MemberActor) -> Actor:
    return Actor("discord", str(member.id), member.name)


class Stage:
    """A class with two who perform as groups of one (ada presents, ben summarises) and three who listen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ada, self.ben = world.student(1), world.student(2)
        self.cyd, self.dan, self.eve = (world.student(n) for n in (11, 12, 13))

    async def prepare(self) -> Stage:
        await self.world.set_up()
        performers, rest = [_actor(self.ada), _actor(self.ben)], [_actor(one) for one in (self.cyd, self.dan, self.eve)]
        write, place = self.world.app.database.write, f"discord:{self.world.guild.id}"
        self.session = await write(prepare_class, place, performers, rest)
        self.papers = await write(give_papers, self.session, "Paper A", "Paper B")
        return self

    async def ask(self, who: simcord.MemberActor, words: str, paper: int = 0, fans: tuple[Any, ...] = ()) -> int:
        write, at = self.world.app.database.write, NOW - timedelta(hours=1)
        asked = await write(ask, self.session, self.papers[paper], _actor(who), words, at)
        if fans:
            await write(support, asked, [_actor(fan) for fan in fans])
        return asked

    async def staff(self, command: str, **options: Any) -> Any:
        return await self.world.staff.slash(self.world.general, f"staff panel {command}", **options)

    async def open(self) -> Any:
        return await self.staff("open", session=str(self.session))

    @property
    def thread(self) -> simcord.ChannelHandle:
        (found,) = self.world.announcements.threads
        return found

    @property
    def last(self) -> Any:
        message = self.thread.last_message
        assert message is not None
        return message

    def question(self, number: int) -> Any:
        """The message of the question that was put on the table as the `number`-th."""
        there = [one for one in self.thread.history() if one.embeds and one.components]
        return there[number - 1]
