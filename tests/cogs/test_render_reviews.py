"""What staff decided as the group reads it in its own room, and the longest of everything."""

from __future__ import annotations

from bot.core.deadlines import Work
from bot.core.receipts import Content, FileRef
from bot.core.review_notices import Card, Decision, ReviewGiven, Verdict
from bot.fronts.discord.render.reviews import asked, given, seen_embed
from tests.conftest import NOW

BY = "discord:123456789012345678"


def _given(decision: Decision, work: Work = Work.MILESTONE) -> str:
    (part,) = given(ReviewGiven(7, work, "Project *proposal*", decision, ("1", "2"), private=True))
    assert part.mentions == ("1", "2")
    assert [one.label for one in part.buttons] == ["See what they say"]
    return part.text


def test_in_their_own_room_the_group_reads_all_of_it() -> None:
    changes = Decision(Verdict.CHANGES, "Say @everyone\nwhy", BY, NOW, 2)
    assert _given(changes) == (
        "<@1> <@2>\n📝 Your **Project \\*proposal\\***, version 2:\n"
        "✏️ <@123456789012345678> requests changes:\n> Say \\@everyone\n> why\n"
        "Hand in the next version with `/submit-milestone`; it is looked at anew."
    )
    approved = Decision(Verdict.APPROVED, "", BY, NOW, 1)
    assert _given(approved, Work.SUMMARY).endswith(
        "Your summary of **Project \\*proposal\\***, version 1:\n✅ Approved by <@123456789012345678>."
    )


def test_the_longest_of_everything_fits() -> None:
    note = "*" * 1000
    decision = Decision(Verdict.CHANGES, note, BY, NOW, 1)
    content = Content("https://e.org/" + "x" * 980, files=(FileRef("_" * 80, "0" * 64), FileRef("_" * 80, "0" * 64)))
    card = Card(7, Work.SUMMARY, "*" * 500, "*" * 80, "*" * 80, 3, NOW, NOW, content, "CODE-CODE", decision, decision)
    (part,) = asked(card)
    assert len(part.text) <= 2000
    assert "Changes requested by" in part.text
    assert len(seen_embed(card).description or "") <= 4096
    (told,) = given(ReviewGiven(7, Work.SUMMARY, "*" * 500, decision, ("1" * 18,) * 25, private=True))
    assert len(told.text) <= 2000
