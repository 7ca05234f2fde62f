"""Where personal data lies: nothing is forgotten, neither in the export of one's data nor when it is deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, LargeBinary, Text, select

from bot.core.pseudonyms import Identity
from bot.store import courses, dump, erasing, my_rows
from bot.store.engine import make_engine
from bot.store.merge import person_columns
from bot.store.personal import BY_TABLE, RULES
from bot.store.tables import audit, metadata, outbox, person, study_group
from tests.conftest import NOW
from tests.support.full_course import OTHER_ID, TRACES, USER_ID, fill


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    yield made
    made.dispose()


def test_every_table_and_every_text_is_decided_about() -> None:
    assert sorted(rule.table.name for rule in RULES) == sorted(table.name for table in metadata.sorted_tables)
    for rule in RULES:
        texts = {column.name for column in rule.table.c if isinstance(column.type, Text | LargeBinary)}
        said = " ".join((rule.keys, rule.user_ids, rule.sentences, rule.folded, rule.words, rule.plain)).split()
        assert sorted(said) == sorted(texts), rule.table.name
        assert set(rule.hidden.split()) <= set(rule.table.c.keys())


def test_every_column_that_names_a_person_is_exported_or_said_to_be_another_persons() -> None:
    named = {(table.name, column.name) for table, column in person_columns()} | {("person", "id")}
    said = {(rule.table.name, name) for rule in RULES for name in (rule.mine + " " + rule.others).split()}
    assert said == named
    # Whatever is somebody's has a place in their export, and who deletes it a name for it.
    assert all(rule.title for rule in RULES if rule.mine or rule.keys or rule.user_ids)
    assert len({rule.title for rule in RULES if rule.title}) == sum(1 for rule in RULES if rule.title)


def _me(tx: Connection) -> Identity:
    (me,) = erasing.identities(tx, 1, {1})
    return me


def test_an_export_has_a_row_of_each_table_and_nobody_else_in_it(engine: Engine) -> None:
    with engine.begin() as tx:
        fill(tx)
        held = my_rows.held_on(tx, courses.by_id(tx, 1), _me(tx))
    assert set(held) == {rule.title for rule in RULES if rule.title}
    text = json.dumps(held, ensure_ascii=False)
    assert all(trace in text for trace in TRACES)
    assert OTHER_ID not in text
    assert "Student02" not in text
    assert "link_code.code" not in text
    assert "feed.token" not in text
    assert "ballot.tag" not in text
    assert "ballot.choices" not in text
    assert held["questions"][0]["session"].startswith("2024-01-21 session.title 1")
    assert held["messages in recaps"][0]["added_by_id"] == "somebody else"
    assert held["hand-ins of yours and of your groups"][0]["person_id"] == "you"


def _whole(tx: Connection) -> dict[str, str]:
    """Every cell of every table as text."""
    return {
        f"{table.name}.{name}": "\n".join(str(row._mapping[name]) for row in tx.execute(select(table)))
        for table in metadata.sorted_tables
        for name in table.columns.keys()  # noqa: SIM118
    }


def test_after_a_deletion_no_cell_anywhere_knows_them(engine: Engine) -> None:
    with engine.begin() as tx:
        fill(tx)
        me = _me(tx)
        gone, kept = erasing.what_goes(tx, 1, me)
        before = {table.name: len(tx.execute(select(table)).all()) for table in metadata.sorted_tables}
        erasing.erase(tx, 1, [me])
        cells = _whole(tx)
        # What the bot still has to take back on the platform it has to know; see docs/privacy.md.
        assert USER_ID in cells.pop("group_space_member.user_id")
        found = {place for place, text in cells.items() if any(trace.casefold() in text.casefold() for trace in TRACES)}
        assert found == set()
        after = {table.name: len(tx.execute(select(table)).all()) for table in metadata.sorted_tables}
        lost = {name: before[name] - after[name] for name in before if before[name] != after[name]}
        titles = {BY_TABLE[table].title: lost[table.name] for table in metadata.sorted_tables if table.name in lost}
        # Both rows of `seeking_with` name them; previews go, whoever asked for them; so does the recap of their words.
        assert {title: count for title, count in titles.items() if title in gone} == gone
        assert set(lost) - {BY_TABLE_NAME[title] for title in gone} == {"proposal"}
        assert set(gone) | set(kept) == {rule.title for rule in RULES if rule.title} - {
            "who you are",
            "files of those hand-ins",
        }
        row = tx.execute(select(person).where(person.c.id == 1)).one()
        assert (row.name, row.roster_key, row.email, row.section) == ("Former student 1", "former:1", None, None)
        assert tx.execute(select(audit.c.actor).order_by(audit.c.id)).scalars().all() == [
            "former:1",
            f"discord:{OTHER_ID}",
        ]
        assert "Former student 1 (former:1, former:1) is Former student 1" in cells["audit.what"]
        assert "former student 1" in cells["study_group.name_key"]
        assert tx.execute(select(outbox.c.parts)).scalars().all() == [None, None]
        assert erasing.identities(tx, 1, {1}) == []  # there is nobody to delete any more


BY_TABLE_NAME = {rule.title: rule.table.name for rule in RULES}


def test_who_left_no_mark_is_gone_altogether(engine: Engine) -> None:
    with engine.begin() as tx:
        fill(tx)
        tx.execute(
            person.insert().values(
                id=9, course_id=1, roster_key="discord:99999", name="Nobody", kind="student", created_at=NOW
            )
        )
        erasing.erase(tx, 1, erasing.identities(tx, 1, {9}))
        assert tx.execute(select(person.c.id).order_by(person.c.id)).scalars().all() == [1, 2]


def test_a_purge_leaves_no_person(engine: Engine) -> None:
    with engine.begin() as tx:
        fill(tx)
        tx.execute(
            person.update()
            .where(person.c.id == 2)
            .values(name="Zeno Veryown", email="zeno@umich.example", origin="page")
        )
        tx.execute(study_group.update().where(study_group.c.id == 1).values(name="Zeno Veryown fans"))
        assert erasing.to_purge(tx, 1) == 2
        assert erasing.purge(tx, 1) == 2
        text = "\n".join(_whole(tx).values()).casefold()
        for trace in (*TRACES, OTHER_ID, "Zeno Veryown", "zeno@umich.example"):
            assert trace.casefold() not in text
        assert erasing.to_purge(tx, 1) == 0
        empty = {table.name for table in metadata.sorted_tables if not tx.execute(select(table)).all()}
        assert empty == {rule.table.name for rule in RULES if rule.purge} | {
            "account",
            "proposal",
            "group_space_member",
        }
        assert dump.is_empty(tx) is False
