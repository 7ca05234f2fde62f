"""Messages about hand-ins stay within what Discord takes, whatever people write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.deadlines import Work
from bot.core.hand_in_notices import GroupReceipt, SlidesIn
from bot.core.links import LINK_MAX
from bot.core.receipts import Content, Receipt
from bot.core.summaries import HEADINGS, QUESTIONS, TEXT_MAX
from bot.fronts.discord.render.submissions import group_receipt, slides_in, standing, writing_embed
from bot.services.summary_drafts import Clash, Writing

DUE = datetime(2024, 1, 26, 17, 0, tzinfo=UTC)
LONG = "*" * TEXT_MAX
NOT_LATE = timedelta(0)


def receipt(kind: Work = Work.SUMMARY, after: timedelta = NOT_LATE) -> Receipt:
    digest = Content(link="https://example.org").digest()
    owner = {"owner": "group 3", "by": "person 7", "version": 12, "code": "7K3Q-M2XD"}
    return Receipt("course", kind, "session 5", "_" * 300, at=DUE + after, due_at=DUE, digest=digest, **owner)  # type: ignore[arg-type]


@pytest.mark.parametrize("letter", ["*", "x", "é"])
def test_the_longest_summary_fits_into_an_embed(letter: str) -> None:
    """Eleven headings: the staff changed the template while the group wrote."""
    titles = [one.title for one in (*HEADINGS, *QUESTIONS)]
    text = letter * TEXT_MAX
    writing = Writing(
        session_id=1,
        title="T" * 300,
        group="G" * 100,
        template=HEADINGS,
        pages=2,
        written=tuple((title, text) for title in titles),
        writers=dict.fromkeys(titles, "N" * 100),
        missing=tuple(titles[:6]),
        due_at=DUE,
        late=True,
        mark="0",
        before=receipt(),
        clashes=tuple(Clash(one.title, "N" * 100, text, text) for one in HEADINGS[:5]),
    )
    embed = writing_embed(writing)
    assert len(embed) <= 6000
    assert len(embed.description or "") <= 4096
    assert len(embed.fields) == 11
    assert all(len(field.name or "") <= 256 and 0 < len(field.value or "") <= 1024 for field in embed.fields)


def test_messages_to_the_group_and_to_staff_fit() -> None:
    ids = tuple(str(10**18 + n) for n in range(70))
    for notice in (
        GroupReceipt(receipt(), "*" * 80, "_" * 80, ids, timedelta(hours=1)),
        GroupReceipt(receipt(), "*" * 100, "_" * 100, (), timedelta(hours=1)),
    ):
        parts = group_receipt(notice)
        assert all(len(part.text) <= 2000 for part in parts)
    link, hint = "https://example.org/" + "x" * (LINK_MAX - 20), "h" * 100
    (part,) = slides_in(SlidesIn(1, receipt(Work.SLIDES), "*" * 100, "_" * 100, link, hint, timedelta(hours=1)))
    assert len(part.text) <= 2000
    assert f"<{link}>" in part.text


def test_a_late_summary_gives_no_credit_and_other_work_is_late() -> None:
    late = timedelta(milliseconds=1)
    assert standing(receipt()).startswith("on time")
    assert "NO CREDIT" in standing(receipt(after=late))
    for kind in (Work.SLIDES, Work.MILESTONE):
        told = standing(receipt(kind, late))
        assert "**late**" in told
        assert "CREDIT" not in told
