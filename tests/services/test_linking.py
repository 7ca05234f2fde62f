"""Accounts and people: codes, guesses, links by hand, and two rows for one human, on a database of each kind."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from bot.core.errors import CourseError, NotStaff
from bot.core.people import Actor, NotLinked
from bot.core.roster import WRONG_CODES, show_code
from bot.services.groups import Groups
from bot.services.linking import Linked, Linking, TooManyCodes, WrongCode
from bot.services.policies import PolicyService
from bot.services.roster import Roster
from bot.store import audit, people, roster
from bot.store.database import Database
from bot.store.tables import account, link_attempt, link_code, person
from tests.conftest import NOW
from tests.support.people import PLACE, STAFF, open_course, student

ROSTER = b"Name,Email,Login\n" + b"".join(b"Human%02d,h%02d@uni.edu,login%02d\n" % (n, n, n) for n in range(1, 6))


@pytest.fixture
async def linking(database: Database) -> Linking:
    await open_course(database, NOW)
    return Linking(database)


async def _import(database: Database, data: bytes = ROSTER) -> dict[str, str]:
    """The codes by login."""
    service = Roster(database)
    preview = await service.preview(PLACE, STAFF, data, NOW)
    done = await service.confirm(PLACE, STAFF, preview.token or "", NOW)
    return {one.entry.key: one.code for one in done.codes}


def _accounts(tx: Connection) -> dict[str, str]:
    rows = select(account.c.user_id, person.c.roster_key).join(person, person.c.id == account.c.person_id)
    return {row.user_id: row.roster_key for row in tx.execute(rows)}


def _page(database: Database, name: str) -> Awaitable[int]:
    return database.write(people.add, 1, f"page:{name.casefold()}", name, "student", NOW, origin="page")


async def test_a_code_ties_an_account_to_its_entry_once(linking: Linking, database: Database) -> None:
    codes = await _import(database)
    code = codes["login01"]
    assert await linking.link(PLACE, student(1), f" {show_code(code).lower()} ", NOW) == Linked("Human01", None)
    assert await database.read(_accounts) == {"1001": "login01"}
    assert (await linking.link(PLACE, student(1), code, NOW)).already
    assert (await linking.link(PLACE, student(1), codes["login02"], NOW)).name == "Human01"
    with pytest.raises(WrongCode):
        await linking.link(PLACE, student(2), code, NOW)
    left = [one.entry.key for one in await Roster(database).codes(PLACE, STAFF, NOW)]
    assert left == ["login02", "login03", "login04", "login05"]
    with pytest.raises(CourseError, match="No course"):
        await linking.link("discord:2", student(3), code, NOW)


async def test_who_was_met_before_keeps_group_and_is_one_person(linking: Linking, database: Database) -> None:
    groups = Groups(database)
    await groups.create(PLACE, student(1), "Attention", NOW)
    await groups.join(PLACE, student(2), "Attention", NOW)
    codes = await _import(database)
    with pytest.raises(NotLinked):
        await groups.create(PLACE, student(3), "Diffusion", NOW)
    assert await linking.link(PLACE, student(1), codes["login01"], NOW) == Linked("Human01", "Attention")
    board = await groups.board(PLACE, "discord", NOW)
    assert [(one.name, one.user_id) for one in board.groups[0].members] == [("Human01", "1001"), ("Student02", "1002")]
    met = select(person.c.roster_key).where(person.c.origin == "met").order_by(person.c.id)
    assert await database.read(lambda tx: tx.execute(met).scalars().all()) == ["discord:1002"]


async def test_a_crowd_that_links_at_once(linking: Linking, database: Database) -> None:
    codes = await _import(database)
    presses = [linking.link(PLACE, student(n), codes[f"login{n:02}"], NOW) for n in range(1, 6) for _ in range(3)]
    presses += [linking.link(PLACE, student(n), codes["login01"], NOW) for n in range(6, 12)]
    done = await asyncio.gather(*presses, return_exceptions=True)
    accounts = await database.read(_accounts)
    assert set(accounts.values()) == {f"login{n:02}" for n in range(1, 6)}
    assert len(accounts) == 5
    assert Counter(type(one) for one in done)[Linked] + Counter(type(one) for one in done)[WrongCode] == len(done)


async def test_five_wrong_codes_an_hour_and_then_none(linking: Linking, database: Database) -> None:
    codes = await _import(database)
    minutes = [0, 10, 20, 30, 40]
    for n, minute in enumerate(minutes):
        with pytest.raises(WrongCode, match=f"{WRONG_CODES - 1 - n} more|no more tries"):
            await linking.link(PLACE, student(1), "WRONG-WRONG", NOW + timedelta(minutes=minute))
    for minute in (41, 59):
        with pytest.raises(TooManyCodes) as refused:
            await linking.link(PLACE, student(1), codes["login01"], NOW + timedelta(minutes=minute))
        assert refused.value.at == NOW + timedelta(hours=1)
    assert not (await linking.link(PLACE, student(2), codes["login02"], NOW + timedelta(minutes=41))).already
    with pytest.raises(WrongCode):
        await linking.link(PLACE, student(1), "WRONG-WRONG", NOW + timedelta(minutes=60))
    with pytest.raises(TooManyCodes) as refused:
        await linking.link(PLACE, student(1), codes["login01"], NOW + timedelta(minutes=61))
    assert refused.value.at == NOW + timedelta(minutes=70)
    assert await linking.link(PLACE, student(1), codes["login01"], NOW + timedelta(minutes=70)) == Linked(
        "Human01", None
    )
    assert await database.read(lambda tx: tx.execute(select(link_attempt)).all()) == []


async def test_guesses_that_come_all_at_once_are_counted_too(linking: Linking, database: Database) -> None:
    codes = await _import(database)
    guesses = [linking.link(PLACE, student(1), f"GUESS{n:05}", NOW) for n in range(40)]
    done = await asyncio.gather(*guesses, return_exceptions=True)
    assert Counter(map(type, done)) == {WrongCode: WRONG_CODES, TooManyCodes: 40 - WRONG_CODES}
    with pytest.raises(TooManyCodes):
        await linking.link(PLACE, student(1), codes["login01"], NOW)


async def test_the_code_of_who_was_dropped_is_refused_and_is_no_guess(linking: Linking, database: Database) -> None:
    codes = await _import(database)
    await _import(database, ROSTER.replace(b"Human01,h01@uni.edu,login01\n", b""))
    with pytest.raises(CourseError, match="no longer in the course"):
        await linking.link(PLACE, student(1), codes["login01"], NOW)
    assert await database.read(lambda tx: tx.execute(select(link_attempt)).all()) == []
    await _import(database)
    assert (await linking.link(PLACE, student(1), codes["login01"], NOW)).name == "Human01"


async def test_two_groups_are_for_people_to_sort_out(linking: Linking, database: Database) -> None:
    groups = Groups(database)
    await groups.create(PLACE, student(1), "Attention", NOW)
    await groups.create(PLACE, student(2), "Diffusion", NOW)
    codes = await _import(database)
    await linking.link(PLACE, student(2), codes["login02"], NOW)
    await linking.unlink(PLACE, STAFF, student(2), NOW)
    (again,) = [one.code for one in await Roster(database).codes(PLACE, STAFF, NOW) if one.entry.key == "login02"]
    with pytest.raises(CourseError, match="You are in Attention here, but the staff have put you in Diffusion"):
        await linking.link(PLACE, student(1), again, NOW)
    await groups.leave(PLACE, student(1), NOW)
    assert await linking.link(PLACE, student(1), again, NOW) == Linked("Human02", "Diffusion")


async def test_staff_link_by_hand(linking: Linking, database: Database) -> None:
    groups = Groups(database)
    await groups.create(PLACE, student(1), "Attention", NOW)
    codes = await _import(database)
    assert await linking.link_by_hand(PLACE, STAFF, "LOGIN01", student(1), NOW) == Linked("Human01", "Attention")
    assert (await linking.link_by_hand(PLACE, STAFF, "Human01", student(1), NOW)).already
    with pytest.raises(WrongCode):
        await linking.link(PLACE, student(2), codes["login01"], NOW)
    for whom, member, words in [
        ("h01@uni.edu", student(2), "Human01 has another account already"),
        ("login02", student(1), "This account is linked to Human01 already"),
        ("Nobody", student(2), "Nobody here is called “Nobody”"),
        ("id:999", student(2), "Nobody here"),
    ]:
        with pytest.raises(CourseError, match=words):
            await linking.link_by_hand(PLACE, STAFF, whom, member, NOW)
    (entry, *_) = await database.read(audit.latest, 1, 9)
    assert (entry.actor, entry.what) == (STAFF.key, "linked discord:1001 to Human01 (login01)")


async def test_replace_moves_accounts_and_leaves_what_is_anothers(linking: Linking, database: Database) -> None:
    await _import(database)
    groups = Groups(database)
    await linking.link_by_hand(PLACE, STAFF, "login01", student(1), NOW)
    await groups.create(PLACE, student(1), "Attention", NOW)
    await linking.link_by_hand(PLACE, STAFF, "login02", student(2), NOW)
    moved = await linking.link_by_hand(PLACE, STAFF, "login02", student(1), NOW, replace=True)
    assert moved == Linked("Human02", None)
    assert await database.read(_accounts) == {"1001": "login02"}
    board = await groups.board(PLACE, "discord", NOW)
    assert [(one.name, one.user_id) for one in board.groups[0].members] == [("Human01", None)]
    assert "login01" in [one.entry.key for one in await Roster(database).codes(PLACE, STAFF, NOW)]


async def test_an_account_that_was_tied_to_the_wrong_name_of_a_page_is_moved_not_merged(
    linking: Linking, database: Database
) -> None:
    wrong, right = await _page(database, "Student Alpha"), await _page(database, "Student Beta")
    await linking.link_by_hand(PLACE, STAFF, f"id:{wrong}", student(1), NOW)
    with pytest.raises(CourseError, match="linked to Student Alpha already"):
        await linking.link_by_hand(PLACE, STAFF, f"id:{right}", student(1), NOW)
    await linking.link_by_hand(PLACE, STAFF, f"id:{right}", student(1), NOW, replace=True)
    assert await database.read(_accounts) == {"1001": "page:student beta"}
    assert await database.read(lambda tx: tx.execute(select(person.c.id)).scalars().all()) == [wrong, right]


async def test_whom_nobody_can_be_linked_to(linking: Linking, database: Database) -> None:
    await Groups(database).create(PLACE, student(7), "Attention", NOW)
    await _import(database)
    await _import(database, ROSTER.replace(b"Human01,h01@uni.edu,login01\n", b"Human02,,twin\n"))
    for whom, words in [
        ("Student07", "Student07 is not on the roster"),
        ("login01", "Human01 is no longer in the course"),
        ("human02", "2 people are called “human02”"),
    ]:
        with pytest.raises(CourseError, match=words):
            await linking.link_by_hand(PLACE, STAFF, whom, student(1), NOW)


async def test_unlinking_gives_a_new_code(linking: Linking, database: Database) -> None:
    codes = await _import(database)
    await linking.link(PLACE, student(1), codes["login01"], NOW)
    assert await linking.unlink(PLACE, STAFF, student(1), NOW) == "Human01"
    with pytest.raises(CourseError, match="linked to nobody"):
        await linking.unlink(PLACE, STAFF, student(1), NOW)
    new = {one.entry.key: one.code for one in await Roster(database).codes(PLACE, STAFF, NOW)}["login01"]
    assert new != codes["login01"]
    assert (await linking.link(PLACE, student(2), new, NOW)).name == "Human01"


async def test_suggestions(linking: Linking, database: Database) -> None:
    await Groups(database).create(PLACE, student(7), "Attention", NOW)
    await _page(database, "Student Alpha")
    await _import(database)
    await linking.link_by_hand(PLACE, STAFF, "login01", student(1), NOW)

    async def labels(typed: str, *, unlinked: bool = False, actor: Actor = STAFF) -> list[str]:
        return [one.label for one in await linking.suggest(PLACE, actor, typed, unlinked=unlinked)]

    assert await labels("login0") == [f"Human{n:02} (login{n:02})" for n in range(1, 6)]
    assert await labels("H02@") == ["Human02 (login02)"]
    assert await labels("human", unlinked=True) == [f"Human{n:02} (login{n:02})" for n in range(2, 6)]
    assert await labels("STUDENT") == ["Student Alpha (from the course page)", "Student07 (not on the roster)"]
    assert await labels("student", unlinked=True) == ["Student Alpha (from the course page)"]
    assert await labels("", actor=student(1)) == []
    assert await linking.suggest("discord:2", STAFF, "") == []


async def test_a_pages_spelling_goes_into_the_roster_whichever_way_it_is_given(
    linking: Linking, database: Database
) -> None:
    await _import(database)
    for n, turned in ((1, False), (2, True)):
        page = await _page(database, f"Hu Man {n}")
        pair = (f"login{n:02}", f"id:{page}")
        shown = await linking.preview_merge(PLACE, STAFF, *(pair[::-1] if turned else pair), NOW)
        assert (shown.keep.label, shown.gone.label) == (
            f"Human{n:02} (login{n:02})",
            f"Hu Man {n} (from the course page)",
        )
        assert shown.turned == turned
        await linking.confirm_merge(PLACE, STAFF, shown.token or "", NOW)
        names = await database.read(lambda tx: tx.execute(select(person.c.name)).scalars().all())
        assert f"Hu Man {n}" not in names
    (entry, *_) = await database.read(audit.latest, 1, 1)
    assert entry.what == "merged Hu Man 2 (from the course page) into Human02 (login02)"


async def test_two_entries_of_the_roster_made_one_keep_one_code(linking: Linking, database: Database) -> None:
    codes = await _import(database)
    shown = await linking.preview_merge(PLACE, STAFF, "login01", "login02", NOW)
    await linking.confirm_merge(PLACE, STAFF, shown.token or "", NOW)
    left = await database.read(lambda tx: set(tx.execute(select(link_code.c.code)).scalars()))
    assert left == set(codes.values()) - {codes["login02"]}


async def test_what_cannot_be_merged(linking: Linking, database: Database) -> None:
    await _import(database)
    for n in (1, 2):
        await linking.link_by_hand(PLACE, STAFF, f"login{n:02}", student(n), NOW)
    await _import(database, ROSTER.replace(b"Human05,h05@uni.edu,login05\n", b""))
    for keep, duplicate, words in [
        ("login01", "Human01", "the same person already"),
        ("login01", "login02", "has an account already"),
        ("login05", "login03", "Human05 is no longer in the course"),
        ("login01", "nobody", "Nobody here"),
    ]:
        with pytest.raises(CourseError, match=words):
            await linking.preview_merge(PLACE, STAFF, keep, duplicate, NOW)
    assert (await linking.preview_merge(PLACE, STAFF, "login03", "login05", NOW)).keep.entry.key == "login03"


async def test_a_merge_is_refused_when_one_of_the_two_has_changed(linking: Linking, database: Database) -> None:
    await _import(database)
    shown = await linking.preview_merge(PLACE, STAFF, "login01", "login02", NOW)
    await linking.link_by_hand(PLACE, STAFF, "login02", student(2), NOW)
    with pytest.raises(CourseError, match="has changed since this preview"):
        await linking.confirm_merge(PLACE, STAFF, shown.token or "", NOW)
    assert "login02" in await database.read(roster.ids, 1)


async def test_only_staff(linking: Linking) -> None:
    who = student(1)
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: linking.link_by_hand(PLACE, who, "login01", who, NOW),
        lambda: linking.unlink(PLACE, who, who, NOW),
        lambda: linking.preview_merge(PLACE, who, "login01", "login02", NOW),
        lambda: linking.confirm_merge(PLACE, who, "token", NOW),
    ]
    for call in calls:
        with pytest.raises(NotStaff):
            await call()


async def test_without_a_roster_rule_anyone_takes_part(linking: Linking, database: Database) -> None:
    groups, policies = Groups(database), PolicyService(database, lambda: None)
    await _import(database)
    with pytest.raises(NotLinked):
        await groups.create(PLACE, student(9), "Attention", NOW)
    await policies.put(PLACE, STAFF, "roster_required", "no", NOW)
    assert (await groups.create(PLACE, student(9), "Attention", NOW)).group.free == 2
    await policies.put(PLACE, STAFF, "roster_required", "auto", NOW)
    assert await database.read(people.without_group, 1, "discord") == []
    with pytest.raises(NotLinked):
        await groups.join(PLACE, student(8), "Attention", NOW)
