"""The panel on Discord: its thread, the staff's buttons, notes, follow-ups, and the word to who asked."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from tests.support.panel_stage import Stage
from tests.support.world import World, said, text


@pytest.fixture
async def stage(world: World) -> Stage:
    return await Stage(world).prepare()


def _labels(message: Any) -> list[str]:
    return [part.label for row in message.components for part in row.children]


async def test_opening_makes_one_thread_with_the_cast_and_pings_nobody(stage: Stage) -> None:
    await stage.ask(stage.cyd, "Why?")
    (suggested,) = await stage.world.staff.autocomplete(stage.world.general, "staff panel open", "session", "jan 25")
    assert suggested == {"name": "Thu Jan 25 · Paper of Jan 25", "value": str(stage.session)}
    shown = await stage.open()
    assert said(shown).ephemeral
    assert f"is in <#{stage.thread.id}>, with 1 question waiting" in text(shown)
    assert "put `enabled = true` under `[web]`" in text(shown)
    assert stage.thread.name == "Panel · Thu Jan 25 · Paper of Jan 25"
    (first,) = stage.thread.history()
    assert "**Authors** (they present and summarise): **Group 0** (Student01); **Group 1** (Student02)" in first.content
    assert "**Reviewers**: nobody yet" in first.content
    assert first.mentions == []
    assert _labels(first) == ["Next question", "Note"]
    assert text(await stage.open()) == text(shown)
    await stage.world.restart()
    assert text(await stage.open()) == text(shown)
    assert len(stage.thread.history()) == 1


async def test_staff_lead_through_the_questions_by_buttons_from_before_a_restart(stage: Stage) -> None:
    await stage.ask(stage.cyd, "The *first* <@1>", fans=(stage.dan, stage.eve))
    await stage.ask(stage.dan, "The second", paper=1, fans=(stage.eve,))
    await stage.open()
    start = stage.last
    await stage.world.restart()
    pressed = await stage.world.staff.click(start, label="Next question")
    assert _labels(stage.thread.history()[0]) == ["Note"]
    assert pressed.followups == []
    first = stage.question(1)
    (embed,) = first.embeds
    assert (embed.author.name, embed.title, embed.footer.text) == ("Paper A", "🎤 On the table", "2 votes")
    assert embed.description == "The \\*first\\* \\<\\@1\\>"
    assert _labels(first) == ["Answered", "Skip", "Next", "Note", "Follow up"]
    await stage.world.restart()
    await stage.world.staff.click(first, label="Answered")
    assert stage.question(1).embeds[0].title == "✅ Answered"
    await stage.world.staff.click(stage.question(1), label="Next")
    assert stage.question(2).embeds[0].description == "The second"
    assert _labels(stage.question(1)) == ["Answered", "Skip", "Note", "Follow up"]
    assert stage.question(1).embeds[0].title == "✅ Answered"
    late = await stage.world.staff.click(first, custom_id="panel:mark:1:skipped")
    assert "No question" not in text(late)
    assert stage.question(1).embeds[0].title == "⏭️ Skipped"
    none = await stage.world.staff.click(stage.question(2), label="Next")
    assert said(none).ephemeral
    assert "No question is waiting." in text(none)
    assert _labels(stage.question(2)) == ["Answered", "Skip", "Next", "Note", "Follow up"]


async def test_who_is_not_staff_moves_nothing(stage: Stage) -> None:
    await stage.ask(stage.cyd, "Why?")
    await stage.ask(stage.dan, "How?")
    await stage.open()
    await stage.world.staff.click(stage.last, label="Next question")
    before = [(one.id, one.content, [embed.to_dict() for embed in one.embeds]) for one in stage.thread.history()]
    for label in ("Next", "Answered", "Skip"):
        told = await stage.ada.click(stage.last, label=label)
        assert said(told).ephemeral
        assert "Only the course staff can do this" in text(told)
    after = [(one.id, one.content, [embed.to_dict() for embed in one.embeds]) for one in stage.thread.history()]
    assert after == before


async def test_the_second_of_two_who_press_next_is_told(stage: Stage) -> None:
    for who in (stage.cyd, stage.dan):
        await stage.ask(who, f"By {who.id}")
    await stage.open()
    await stage.world.staff.click(stage.last, label="Next question")
    # The other one's screen still shows the button that has just been taken away.
    start = stage.thread.history()[0]
    stored = stage.world.env.backend.messages[stage.thread.id][start.id]
    stored.components[0]["components"].append(
        {"type": 2, "style": 2, "label": "Next question", "custom_id": f"panel:next:{stage.session}:0"}
    )
    told = await stage.world.staff.click(stage.thread.history()[0], label="Next question")
    assert "Somebody pressed first" in text(told)
    assert len(stage.thread.history()) == 2


async def test_the_commands_do_what_the_buttons_do(stage: Stage) -> None:
    assert "No panel is open" in text(await stage.staff("next"))
    for who in (stage.cyd, stage.dan):
        await stage.ask(who, f"By {who.name}")
    await stage.open()
    await stage.staff("next")
    await stage.world.env.advance_time(60)
    shown = await stage.staff("next", session=str(stage.session))
    assert f"in <#{stage.thread.id}>. 0 more waiting." in text(shown)
    assert _labels(stage.question(1)) == ["Answered", "Skip", "Note", "Follow up"]
    assert _labels(stage.question(2)) == ["Answered", "Skip", "Next", "Note", "Follow up"]
    closed = await stage.staff("close")
    assert "is over: 2 questions on the table, 0 marked answered, 0 skipped; 0 left" in text(closed)
    assert "The panel is over" in stage.last.content
    assert stage.world.env.backend.channels[stage.thread.id].thread_metadata.archived
    await stage.open()
    assert not stage.world.env.backend.channels[stage.thread.id].thread_metadata.archived


async def test_a_thread_that_is_gone_is_made_again_with_the_question_on_the_table(stage: Stage) -> None:
    await stage.ask(stage.cyd, "Why?")
    await stage.open()
    await stage.world.staff.click(stage.last, label="Next question")
    old = stage.thread.id
    await stage.world.app.bot.get_channel(old).delete()  # type: ignore[union-attr]
    await stage.open()
    assert stage.thread.id != old
    assert [one.embeds[0].description for one in stage.thread.history()[1:]] == ["Why?"]


async def test_a_question_that_could_not_be_posted_is_posted_by_opening_again(stage: Stage) -> None:
    await stage.ask(stage.cyd, "Why?")
    await stage.open()
    stage.world.env.inject_error("POST", f"/channels/{stage.thread.id}/messages", status=403, code=50013)
    told = await stage.world.staff.click(stage.last, label="Next question")
    assert "I could not post it in the thread" in text(told)
    await stage.open()
    assert stage.question(1).embeds[0].description == "Why?"


async def _write(who: simcord.MemberActor, message: Any, label: str, words: str) -> Any:
    shown = await who.click(message, label=label)
    assert shown.modal is not None
    return await who.submit_modal(shown, {"text": words})


async def test_a_follow_up_is_public_and_tells_only_who_asked(stage: Stage) -> None:
    await stage.ask(stage.cyd, "Why?")
    await stage.open()
    await stage.world.staff.click(stage.last, label="Next question")
    shown = await stage.dan.click(stage.last, label="Follow up")
    question = stage.last
    await stage.world.restart()  # while the box is open
    done = await stage.dan.submit_modal(shown, {"text": "And *then* @everyone?"})
    assert said(done).ephemeral
    posted = stage.last
    assert posted.content == f"💬 Follow-up by <@{stage.dan.id}>:"
    assert posted.embeds[0].description == "And \\*then\\* \\@everyone?"
    assert posted.mentions == [] or {user.id for user in posted.mentions} == {stage.dan.id}
    assert posted.reference is not None
    assert posted.reference.message_id == question.id
    (told,) = stage.cyd.user.dm_channel.history()
    assert "Someone followed up on your question" in told.content
    assert told.content.splitlines()[3].endswith(f"/{stage.thread.id}/{posted.id}")
    listed = text(await stage.cyd.slash(stage.world.general, "my-questions"))
    assert "↳ Student12: And \\*then\\* \\@everyone?" in listed
    # Who follows up on their own question hears the same words, and no message tells them of themselves.
    own = await _write(stage.cyd, question, "Follow up", "I meant …")
    assert text(own) == text(done)
    assert len(stage.cyd.user.dm_channel.history()) == 1
    assert "Student11" not in "".join(one.content for one in stage.thread.history()[:3])


async def test_closed_direct_messages_leave_no_trace_in_public(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    await stage.ask(stage.cyd, "Why?")
    await stage.open()
    await stage.world.staff.click(stage.last, label="Next question")
    private = stage.cyd.user.dm_channel.id
    stage.world.env.inject_error("POST", f"/channels/{private}/messages", status=403, code=50007)
    with caplog.at_level("DEBUG", logger="cogs"):
        done = await _write(stage.dan, stage.last, "Follow up", "And then?")
    assert "is in the thread" in text(done)
    assert stage.cyd.user.dm_channel.history() == []
    assert len(stage.thread.history()) == 3
    assert "Student11" not in caplog.text
    assert str(stage.cyd.id) not in caplog.text


async def test_notes_reach_those_who_write_the_summary(stage: Stage) -> None:
    await stage.ask(stage.cyd, "Why?")
    await stage.open()
    await _write(stage.ben, stage.last, "Note", "We begin")
    await stage.world.staff.click(stage.last, label="Next question")
    done = await _write(stage.eve, stage.last, "Note", "Because of caches")
    assert "Noted" in text(done)
    await _write(stage.dan, stage.last, "Follow up", "And then?")
    (suggested,) = await stage.ben.autocomplete(stage.world.general, "panel-notes", "session", "")
    for reader, options in ((stage.ben, {"session": suggested["value"]}), (stage.world.staff, {})):
        shown = await reader.slash(stage.world.general, "panel-notes", **options)
        assert said(shown).ephemeral
        assert "📝 Student02: We begin\n📝 Student13: Because of caches\n💬 Student12: And then?" in text(shown)
        (file,) = said(shown).attachments
        written = (await file.read()).decode()
        assert written.startswith(
            "# Panel · Thu Jan 25 · Paper of Jan 25\n\n## In general\n\n**Note by Student02, 10:00**"
        )
        assert "## On the question\n\n> Why?\n\n**Note by Student13" in written
        assert "Student11" not in written
    refused = await stage.ada.slash(stage.world.general, "panel-notes")
    assert "for those who write this class's summary" in text(refused)


async def test_what_was_written_too_late_is_given_back(stage: Stage) -> None:
    await stage.ask(stage.cyd, "Why?")
    await stage.open()
    await stage.world.staff.click(stage.last, label="Next question")
    shown = await stage.dan.click(stage.last, label="Follow up")
    await stage.staff("close")
    refused = await stage.dan.submit_modal(shown, {"text": "A thought of some length"})
    assert said(refused).ephemeral
    assert "This panel ended" in text(refused)
    assert "A thought of some length" in text(refused)


async def test_without_the_right_to_open_threads_staff_are_told_which_to_give(stage: Stage) -> None:
    stage.world.env.inject_error("POST", "/channels/*/threads", status=403, code=50013)
    assert "give me Create Public Threads" in text(await stage.open())
    assert stage.world.announcements.threads == []
    shown = await stage.open()
    assert f"is in <#{stage.thread.id}>" in text(shown)


async def test_the_longest_text_fits(stage: Stage) -> None:
    await stage.ask(stage.cyd, "*" * 2000)
    await stage.open()
    await stage.world.staff.click(stage.last, label="Next question")
    assert stage.last.embeds[0].description == r"\*" * 2000
    await _write(stage.dan, stage.last, "Follow up", "_" * 2000)
    assert stage.last.embeds[0].description == r"\_" * 2000
    (told,) = stage.cyd.user.dm_channel.history()
    assert len(told.content) <= 2000
    for number in range(12):
        await _write(stage.dan, stage.question(1), "Note", f"{number} " + "`" * 1990)
    shown = await stage.world.staff.slash(stage.world.general, "panel-notes")
    assert "more in the file" in text(shown)


async def test_a_panel_is_named_by_the_date_of_its_class_too(stage: Stage) -> None:
    await stage.ask(stage.cyd, "Why?")
    none = await stage.world.staff.slash(stage.world.general, "panel-notes")
    assert text(none) == "No panel has been held yet, so there are no notes."
    assert "with 1 question waiting" in text(await stage.staff("open", session="2024-01-25"))
    assert "On the table now" in text(await stage.staff("next", session="2024-01-25"))
    notes = await stage.world.staff.slash(stage.world.general, "panel-notes", session="2024-01-25")
    assert "Nobody has written anything down yet" in text(notes)
    assert "is over" in text(await stage.staff("close", session="2024-01-25"))
