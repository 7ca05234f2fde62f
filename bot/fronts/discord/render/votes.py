"""Votes in Discord's words: the announcement, the ballot paper, the result."""

from __future__ import annotations

from datetime import datetime

import discord

from bot.core.ballots import Standing
from bot.core.messages import Button, File, Part
from bot.core.vote_notices import VoteCalledOff, VoteOpen, VoteRefused, VoteReminder, VoteResult
from bot.fronts.discord import charts
from bot.fronts.discord.render.mentions import mentioning
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit, moment
from bot.services.ballot_box import Cast, Panel
from bot.services.vote_desk import Closed, Opened, Standings, VoidPreview

_TEXT_MAX = 2000
_ALT_MAX = 1024
_TITLE_MAX = 240
_WINNERS_MAX = 4


def _vote_button(vote_id: int) -> tuple[Button, ...]:
    return (Button("Vote", f"vote:open:{vote_id}"),)


def open_text(notice: VoteOpen) -> str:
    """The announcement, with the turnout as it is."""
    asks = (
        "Everyone in the course is asked."
        if notice.poll
        else "Which group did best? Those whose group performed do not vote."
    )
    return (
        f"🗳️ **{'Poll' if notice.poll else 'Vote'}: {_title(notice.title)}**\n"
        f"{asks}\n"
        f"**{notice.voted} of {notice.voters}** have voted. It closes {moment(notice.closes_at)}.\n"
        "-# Only you see your ballot, and you can change it until then. Nobody is shown who voted for what."
    )


def ended_text(notice: VoteOpen, at: datetime, *, void: bool) -> str:
    """What becomes of the announcement when the vote ends."""
    what = "Poll" if notice.poll else "Vote"
    if void:
        return f"🗳️ **{what}: {_title(notice.title)}**\nCalled off by the staff: no vote in it counts."
    return (
        f"🗳️ **{what}: {_title(notice.title)}**\n"
        f"Closed {moment(at)}: **{notice.voted} of {notice.voters}** have voted. The result is in this channel."
    )


def vote_open(notice: VoteOpen) -> list[Part]:
    """The message with the Vote button."""
    return [Part(open_text(notice), buttons=_vote_button(notice.vote_id))]


def vote_reminder(notice: VoteReminder) -> list[Part]:
    """To those who have not voted."""
    return mentioning(
        notice.recipients,
        lambda mentions: [
            f"⏰ **The vote on {_title(notice.title)} closes {moment(notice.closes_at)}.**",
            f"Not voted yet: {mentions}",
        ],
        notice.late,
        _vote_button(notice.vote_id),
    )


def vote_result(notice: VoteResult) -> list[Part]:
    """The ranking, ties as ties, with a picture of the numbers."""
    result, names = notice.result, {choice: _label(label) for choice, label in notice.labels.items()}
    lines = [f"🏁 **Result: {_title(notice.title)}**"]
    if not result.ballots:
        lines.append("Nobody voted, so nobody won.")
    elif len(result.winners) > 1:
        shown = [f"**{names[choice]}**" for choice in result.winners[:_WINNERS_MAX]]
        shown += [f"{more} more"] if (more := len(result.winners) - _WINNERS_MAX) > 0 else []
        lines.append(f"🏆 A tie: {' and '.join(shown)}, {count(result.counts[result.winners[0]], 'vote')} each.")
    else:
        lines.append(f"🏆 **{names[result.winners[0]]}** with {count(result.counts[result.winners[0]], 'vote')}.")
    ranking = [_place(tied, result.places[tied[0]], names, result.counts[tied[0]]) for tied in result.ranks]
    lines += fit(ranking, 900).splitlines() if result.ballots else []
    if notice.bonus and result.winners:
        whose = "the winning group" if len(result.winners) == 1 else "each group that shares the first place"
        lines.append(
            f"🎁 Each member of {whose} who was on duty in this class gets "
            f"{count(notice.bonus, 'participation point')}."
        )
    lines.append(f"-# {result.ballots} of {notice.voters} voted. A tie is a tie: nobody is preferred.")
    if notice.standings:
        lines += ["**Over the term**", *_standing_lines(notice.standings, notice.names or {})[:5]]
    files = () if not result.ballots else (_picture(notice),)
    return [Part(fit(lines, _TEXT_MAX), files=files)]


def vote_called_off(notice: VoteCalledOff) -> list[Part]:
    """To everyone: a result that they have read does not count any more."""
    what = "poll" if notice.poll else "vote"
    rest = (
        "If it is asked again, you can answer anew."
        if notice.poll
        else "It gives no win over the term and no bonus. If the vote is held again, you can vote anew."
    )
    return [
        Part(
            f"↩️ **Correction: the result of {_title(notice.title)} does not count.**\n"
            f"The staff have called this {what} off since it was posted. {rest}"
        )
    ]


def vote_refused(notice: VoteRefused) -> list[Part]:
    """To staff: no vote has opened by itself, and why."""
    return [
        Part(
            f"🗳️ **{_title(notice.title)}**: {clip(notice.reason, 900)}\n"
            "-# When that is put right, the vote opens by itself while there is time, or with `/staff vote open`."
        )
    ]


def _place(tied: tuple[int, ...], place: int, names: dict[int, str], votes: int) -> str:
    together = ", ".join(names[choice] for choice in tied)
    return f"{place}. {clip(together, 300)}: {count(votes, 'vote')}" + (" each (tie)" if len(tied) > 1 else "")


def _picture(notice: VoteResult) -> File:
    best_first = [choice for tied in notice.result.ranks for choice in tied]
    bars = [(notice.labels[choice], notice.result.counts[choice]) for choice in best_first]
    numbers = "; ".join(f"{label}: {count(votes, 'vote')}" for label, votes in bars)
    return File(
        "result.png",
        charts.bars(notice.title, bars, f"{notice.result.ballots} of {notice.voters} voted"),
        clip(f"Bar chart. {notice.title}. {numbers}.", _ALT_MAX),
    )


def _standing_lines(standings: tuple[Standing, ...], names: dict[int, str]) -> list[str]:
    return [
        f"{one.place}. {_label(names.get(one.choice, '?'))}: {count(one.wins, 'win')}, {count(one.votes, 'vote')} "
        f"({'once' if one.appearances == 1 else f'{one.appearances} times'} on the ballot)"
        for one in standings
    ]


def _title(title: str) -> str:
    return escape(clip(title, _TITLE_MAX))


def _label(label: str) -> str:
    return escape(clip(label, 100))


# -- in answer to a press --------------------------------------------------------------------------------------


def panel_text(panel: Panel) -> str:
    """The words above a ballot paper."""
    before = "Your vote is in; choosing again changes it." if panel.voted else "You have not voted yet."
    return (
        f"🗳️ **{_title(panel.title)}**\n{before} It closes {moment(panel.closes_at)}; "
        f"{panel.turnout.voted} of {panel.turnout.voters} have voted."
    )


def cast_text(cast: Cast) -> str:
    """What the voter is told, in the message that only they see."""
    chosen = clip(", ".join(_label(label) for label in cast.chosen), 1200)
    done = "changed" if cast.again else "in"
    return (
        f"✅ **{_title(cast.title)}**\nYour vote is {done}: {chosen}. You can change it until {moment(cast.closes_at)}."
    )


# -- to staff --------------------------------------------------------------------------------------------------


def opened_text(opened: Opened) -> str:
    """To the member of staff who opened a vote."""
    return (
        f"**{_title(opened.title)}** is open for {count(opened.voters, 'voter')} until {moment(opened.closes_at)}. "
        "It is announced in the announcement channel."
    )


def closed_text(closed: Closed) -> str:
    """To the member of staff who closed one."""
    return (
        f"**{_title(closed.title)}** is closed with {count(closed.ballots, 'ballot')}. "
        "The result is posted in the announcement channel."
    )


def void_embed(preview: VoidPreview) -> discord.Embed:
    """What calling off a vote would do."""
    embed = discord.Embed(title="Call off this vote?", colour=COLOUR)
    embed.description = (
        f"**{_title(preview.title)}** is {preview.state}, with {count(preview.voted, 'ballot')} cast. They will count "
        f"for nothing, and this cannot be undone.\nReason: {escape(preview.reason)}"
    )
    return embed


def standings_embed(found: Standings) -> discord.Embed:
    """The standings over the term."""
    lines = _standing_lines(found.standings, found.names)
    embed = discord.Embed(title="Votes over the term", colour=COLOUR)
    embed.description = fit(lines, 4000) or "No vote has been closed yet."
    embed.set_footer(text="By wins, then by votes; a shared first place is a win for each.")
    return embed
