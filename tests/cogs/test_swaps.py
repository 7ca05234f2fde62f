"""/swap-duty: the private choice, the public request, and its answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord

from bot.core.course import Role
from tests.support.duty_world import give, group_of, lectures
from tests.support.world import World, said, text

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER


class Deal:
    """Attention (ada, ben) presents on Jan 25 and Feb 15, Diffusion (cyd, dan) summarises on Feb 1; eve watches."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ada, self.ben, self.cyd, self.dan, self.eve = (world.student(n) for n in range(1, 6))

    async def open(self) -> Deal:
        world = self.world
        await world.set_up(staff_channel=world.announcements)
        await group_of(world, "Attention", self.ada, self.ben)
        await group_of(world, "Diffusion", self.cyd, self.dan)
        self.sessions = await lectures(world)
        await give(world, self.sessions[0], P, "Attention")
        await give(world, self.sessions[3], P, "Attention")
        await give(world, self.sessions[2], S, "Attention")
        self.summary = await give(world, self.sessions[1], S, "Diffusion")
        self.other = await give(world, self.sessions[3], S, "Diffusion")
        return self

    async def command(self) -> Any:
        return await self.ada.slash(self.world.general, "swap-duty", duty="2024-01-25", with_group="Diffusion")

    async def ask(self, wanted: str) -> Any:
        """The public message of a request."""
        pressed = await self.ada.select(said(await self.command()), [wanted])
        return said(pressed)


def _labels(message: Any) -> list[str]:
    parts = [part for row in message.components for part in row["components"]]
    return [option["label"] for part in parts for option in part.get("options", [])] or [
        part["label"] for part in parts if "label" in part
    ]


def _words(message: Any) -> str:
    return "\n".join([message.content, *(embed.description or "" for embed in message.embeds)])


async def test_ask_and_accept(world: World) -> None:
    deal = await Deal(world).open()
    shown = await deal.command()
    assert shown.ephemeral
    assert "You offer your **Thu Jan 25 presentation (Paper of Jan 25)**" in text(shown)
    assert _labels(said(shown)) == [
        "Their Thu Feb 1 summary",
        "Nothing in return: they take it over",
    ]
    assert "their Thu Feb 15 summary: Attention would summarise its own lecture on Feb 15." in text(shown)
    pressed = await deal.ada.select(said(shown), [str(deal.summary)])
    assert "Asked **Diffusion**: Attention gives the Thu Jan 25 presentation" in _words(shown.response)
    assert _labels(shown.response) == ["Withdraw"]
    public = said(pressed)
    assert not public.ephemeral
    assert public.content == f"<@{deal.cyd.id}> <@{deal.dan.id}>"
    assert {user.id for user in public.message.mentions} == {deal.cyd.id, deal.dan.id}
    assert _labels(public) == ["Accept", "Decline", "Withdraw"]
    answered = await deal.dan.click(public, label="Accept")
    assert "✅ Diffusion accepted: it is done." in _words(answered.response)
    assert answered.response.components == []
    assert said(answered).content == f"<@{deal.ada.id}>: Diffusion accepted your swap."
    told = world.announcements.last_message
    assert told
    assert told.content == (
        "**Attention** and **Diffusion** agreed on a swap: Attention gives the Thu Jan 25 presentation "
        "(Paper of Jan 25), Diffusion the Thu Feb 1 summary (Paper of Feb 1)."
    )
    mine = text(await deal.cyd.slash(world.general, "my-duties"))
    assert "Thu Jan 25 · Paper of Jan 25" in mine
    assert "Feb 1 ·" not in mine


async def test_nothing_in_return(world: World) -> None:
    deal = await Deal(world).open()
    public = await deal.ask("0")
    assert "Diffusion takes over the Thu Jan 25 presentation (Paper of Jan 25) from Attention" in _words(public)
    await deal.cyd.click(public, label="Accept")
    assert "You present" in text(await deal.dan.slash(world.general, "my-duties"))


async def test_declined_and_withdrawn(world: World) -> None:
    deal = await Deal(world).open()
    first = await deal.ask(str(deal.summary))
    declined = await deal.cyd.click(first, label="Decline")
    assert "❌ Diffusion declined" in _words(declined.response)
    assert said(declined).content == f"<@{deal.ada.id}>: Diffusion declined your swap."
    second = await deal.ask(str(deal.summary))
    withdrawn = await deal.ben.click(second, label="Withdraw")
    assert "↩️ Attention withdrew the request" in _words(withdrawn.response)
    assert withdrawn.followups == []
    assert world.announcements.last_message is None


async def test_only_the_right_people_press(world: World) -> None:
    deal = await Deal(world).open()
    public = await deal.ask(str(deal.summary))
    for who, label, group in [
        (deal.ada, "Accept", "Diffusion"),
        (deal.ben, "Decline", "Diffusion"),
        (deal.eve, "Accept", "Diffusion"),
        (world.staff, "Accept", "Diffusion"),
        (deal.cyd, "Withdraw", "Attention"),
        (deal.eve, "Withdraw", "Attention"),
    ]:
        refused = await who.click(public, label=label)
        assert said(refused).content == f"Only members of {group} can do this."
        assert said(refused).ephemeral
        assert _labels(refused.response) == ["Accept", "Decline", "Withdraw"]
    assert "✅" in _words((await deal.dan.click(public, label="Accept")).response)


async def test_everything_works_after_a_restart(world: World) -> None:
    deal = await Deal(world).open()
    shown = await deal.command()
    await world.restart()
    public = said(await deal.ada.select(said(shown), [str(deal.summary)]))
    await world.restart()
    assert "✅" in _words((await deal.cyd.click(public, label="Accept")).response)


async def test_asking_the_same_again_posts_nothing_and_can_be_withdrawn(world: World) -> None:
    deal = await Deal(world).open()
    public = await deal.ask(str(deal.summary))
    shown = await deal.command()
    again = await deal.ada.select(said(shown), [str(deal.summary)])
    assert again.followups == []
    assert "You have asked **Diffusion** already" in _words(shown.response)
    await deal.ada.click(shown.response, label="Withdraw")
    assert "withdrew" in _words(shown.response)
    late = await deal.cyd.click(public, label="Accept")
    assert "withdrew" in _words(late.response)
    assert late.response.components == []
    assert said(late).ephemeral
    assert said(late).content == "This was settled before; the message now says how."


async def test_what_went_away_meanwhile(world: World) -> None:
    deal = await Deal(world).open()
    public = await deal.ask(str(deal.summary))
    stale = await deal.command()
    await world.env.advance_time(timedelta(days=7).total_seconds())
    void = await deal.cyd.click(public, label="Accept")
    assert "⌛ A duty in it has changed hands or begun, so the request is withdrawn" in _words(void.response)
    assert void.followups == []
    refused = await deal.ada.select(said(stale), ["0"])
    assert "Your group has no such duty ahead" in text(refused)
    assert said(refused).ephemeral


async def test_refusals_name_the_rule(world: World) -> None:
    deal = await Deal(world).open()
    refused = await deal.cyd.slash(world.general, "swap-duty", duty="2024-02-15", with_group="Attention")
    assert refused.ephemeral
    assert "Attention would summarise its own lecture on Feb 15." in text(refused)
    for options, words in [
        ({"duty": "2024-02-01", "with_group": "Nobody"}, "There is no group “Nobody”"),
        ({"duty": "2024-02-01", "with_group": "Diffusion"}, "your own group"),
        ({"duty": "2024-02-08", "with_group": "Attention"}, "Your group has no such duty ahead"),
    ]:
        assert words in text(await deal.cyd.slash(world.general, "swap-duty", **options))
    assert "not in a group" in text(
        await deal.eve.slash(world.general, "swap-duty", duty="2024-02-01", with_group="Attention")
    )


async def test_suggestions(world: World) -> None:
    deal = await Deal(world).open()

    async def names(who: simcord.MemberActor, option: str, typed: str = "") -> list[str]:
        return [one["name"] for one in await who.autocomplete(world.general, "swap-duty", option, typed)]

    assert await names(deal.cyd, "duty") == [
        "Thu Feb 1 · Paper of Feb 1 · summarizer",
        "Thu Feb 15 · Paper of Feb 15 · summarizer",
    ]
    assert await names(deal.cyd, "duty", "15") == ["Thu Feb 15 · Paper of Feb 15 · summarizer"]
    assert await names(deal.cyd, "with_group") == ["Attention"]
    assert await names(deal.eve, "duty") == await names(deal.eve, "with_group") == []
