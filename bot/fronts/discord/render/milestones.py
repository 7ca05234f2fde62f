"""What somebody is told who has handed in a milestone."""

from __future__ import annotations

import discord

from bot.core.review_notices import Verdict
from bot.fronts.discord.render.submissions import received_embed
from bot.fronts.discord.text import escape
from bot.services.milestone_hand_ins import MilestoneHandedIn


def handed_in_embed(done: MilestoneHandedIn) -> discord.Embed:
    """The receipt, and what to look at once more."""
    embed, warnings = received_embed(done.received), []
    if done.missing:
        named = ", ".join(escape(one) for one in done.missing)
        warnings.append(f"⚠️ The version before also had {named}. A version stands alone: hand in all of it together.")
    if done.earlier and done.earlier.verdict is Verdict.APPROVED:
        warnings.append(f"⚠️ Version {done.earlier.version} was approved; the staff look at this one anew.")
    embed.description = "\n".join([embed.description or "", *warnings])
    if done.checklist:
        embed.add_field(name="Is it all there?", value="\n".join(f"☐ {one}" for one in done.checklist), inline=False)
    return embed
