"""/staff policy and /staff audit."""

from __future__ import annotations

from tests.support.world import World, said, text


async def test_all_policies_with_value_source_and_meaning(world: World) -> None:
    await world.set_up()
    shown = await world.staff.slash(world.general, "staff policy")
    assert said(shown).ephemeral
    assert "**groups.joining** = `open` · default\n-# open: whoever finds a free seat takes it" in text(shown)
    assert "**roster\\_required**" not in text(shown)
    assert "… and" not in text(shown)


async def test_one_policy_is_shown_set_and_in_force(world: World) -> None:
    await world.set_up()
    one = await world.staff.slash(world.general, "staff policy", key="roster_required")
    assert "**roster_required** = `auto` · default" in text(one)
    assert "groups.joining" not in text(one)
    done = await world.staff.slash(world.general, "staff policy", key="roster_required", value="yes")
    assert "**roster_required** = `yes` · set by staff" in text(done)
    refused = await world.student(1).slash(world.general, "create-group", name="Attention")
    assert "I cannot find you on the course's roster" in text(refused)
    await world.restart()
    assert "`yes` · set by staff" in text(await world.staff.slash(world.general, "staff policy", key="roster_required"))
    assert "policy roster\\_required: auto → yes" in text(await world.staff.slash(world.general, "staff audit"))


async def test_what_cannot_be_set_is_refused_with_what_can(world: World) -> None:
    await world.set_up()
    for options, words in [
        ({"key": "groups.joinning"}, "Did you mean `groups.joining`?"),
        ({"key": "groups.joining", "value": "maybe"}, "write open or request"),
        ({"key": "nothing like it at all", "value": "1"}, "There is no policy"),
        ({"value": "yes"}, "Say which policy this is for"),
    ]:
        refused = await world.staff.slash(world.general, "staff policy", **options)
        assert words in text(refused)
        assert said(refused).ephemeral
    assert ": policy" not in text(await world.staff.slash(world.general, "staff audit"))


async def test_keys_are_suggested_with_their_values(world: World) -> None:
    await world.set_up()
    choices = await world.staff.autocomplete(world.general, "staff policy", "key", "JOIN")
    assert choices == [{"name": "groups.joining = open", "value": "groups.joining"}]


async def test_the_audit_has_pages_that_work_after_a_restart_and_for_staff_alone(world: World) -> None:
    await world.set_up()
    for n in range(1, 34):
        await world.staff.slash(world.general, "staff policy", key="rota.ranks", value=str(n % 20 + 1))
    shown = await world.staff.slash(world.general, "staff audit")
    assert "Page 1 of 3 · 34 deeds" in text(shown)
    assert f"<t:{int(world.env.now().timestamp())}:f> <@{world.staff.id}>: policy rota.ranks: 13 → 14" in text(shown)
    await world.restart()
    await world.staff.click(said(shown), label="Older →")
    assert "Page 2 of 3" in text(shown)
    await world.staff.click(said(shown), label="Older →")
    assert "policy rota.ranks: 5 → 2" in text(shown)
    assert [button["label"] for button in said(shown).components[0]["components"]] == ["← Newer"]
    await world.staff.click(said(shown), label="← Newer")
    assert "Page 2 of 3" in text(shown)
    assert "Page 3 of 3" in text(await world.staff.slash(world.general, "staff audit", page=99))


async def test_a_deed_from_the_command_line_names_its_user(world: World) -> None:
    await world.set_up()
    page = b"| Date | Topic |\n|--|--|\n| Jan 25 | Attention |\n"
    await world.app.services.imports.apply(page, "cli:_root_", world.env.now())
    shown = text(await world.staff.slash(world.general, "staff audit"))
    assert "cli:\\_root\\_: imported a schedule: 1 session changed" in shown


async def test_the_audit_shows_set_up_and_accounts_by_name(world: World) -> None:
    await world.set_up()
    await world.set_up(lock="2024-01-30")
    page = b"| Date | Presenter |\n|--|--|\n| Jan 25 | Cleo |\n"
    await world.app.services.imports.apply(page, "cli:root", world.env.now())
    ada = world.student(1)
    await world.staff.slash(world.general, "staff student link", person="Cleo", member=ada)
    shown = await world.staff.slash(world.general, "staff audit")
    assert f"linked <@{ada.id}> to Cleo" in text(shown)
    assert "changed the set-up: announcement channel, groups lock 2024-01-30" in text(shown)
    assert "set up the course on this server: announcement channel" in text(shown)
    assert said(shown).message.mentions == []
