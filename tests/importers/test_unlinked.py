"""Papers without links, alone and beside linked ones."""

from __future__ import annotations

from tests.importers.pages import one, papers, rows, said

X = "https://x.org"


def test_a_paper_that_ends_before_a_link_is_a_paper_of_its_own() -> None:
    plan = rows(f"| Jan 18 | First Paper; Second (Required); [Third]({X}) | Ann |")
    assert papers(plan.sessions[0]) == [
        ("First Paper", None, False, None),
        ("Second", None, True, None),
        ("Third", X, False, None),
    ]
    assert len(said(plan, "read as a paper without a link of its own")) == 2


def test_other_text_beside_links_is_kept_as_notes_and_told_once() -> None:
    plan = rows(
        f"| Jan 18 | Paper X, [Y]({X}) (Required) | Ann |\n| Jan 23 | [Z]({X}), NSDI 2023 (Required) | Ben |\n"
        f"| Jan 25 | [W]({X}) (Chapters 1 and 2) (Required) | Cyd |"
    )
    notes = [session.readings[0].note for session in plan.sessions]
    assert notes == ["Paper X", "NSDI 2023", "(Chapters 1 and 2)"]
    assert len(said(plan, "such text is kept as a note")) == 1


def test_words_that_only_lead_to_a_link_are_not_part_of_the_title() -> None:
    session = one(f"| Jan 18 | Paper S (see [slides]({X})) (Required) | Ann |")
    assert papers(session) == [("Paper S", X, True, None)]
