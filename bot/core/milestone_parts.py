"""What a milestone of the project should contain: a check-list by what the milestone is called."""

from __future__ import annotations

from bot.core.deadlines import slug

PROPOSAL = (
    "two pages at most, references included",
    "Problem",
    "Related work",
    "Approach",
    "Evaluation plan",
    "Timeline",
    "References",
)
"""Source: EECS 598 W24, "a two-page proposal, including references"; the sections are what its template names."""

REPORT = (
    "the paper as a PDF",
    "the code as a zip archive, with a README that says how to run it",
    "what each member of the group did",
)

_LISTS = (("proposal", PROPOSAL), ("report", REPORT), ("paper", REPORT))


def checklist(name: str) -> tuple[str, ...]:
    """What staff will look for in the milestone of this name; nothing for one we know nothing of."""
    words = slug(name).split("-")
    return next((parts for word, parts in _LISTS if word in words), ())
