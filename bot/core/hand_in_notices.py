"""What is said about hand-ins: pure values, put into words by each front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.core.receipts import Receipt


@dataclass(frozen=True, slots=True)
class GroupReceipt:
    """To a group: one of them (`by`) has handed in for all. In the group's own room it says everything; elsewhere it
    mentions the others (`recipients`, the platform's ids) and gives nothing away. After a late one, `stays` is the
    version that came in time and goes on counting."""

    receipt: Receipt
    group: str
    by: str
    recipients: tuple[str, ...]
    late: timedelta
    stays: int | None = None


@dataclass(frozen=True, slots=True)
class SlidesIn:
    """To staff: slides are in. `owner` is the group or the person, `hint` what to look at about the link."""

    hand_in_id: int
    receipt: Receipt
    owner: str
    by: str
    link: str
    hint: str | None
    late: timedelta
