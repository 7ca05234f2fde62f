"""Office hours in Discord's words: what there is, what staff see, and what each side is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import discord

from bot.core.messages import Part
from bot.core.office_notices import AppointmentSoon, Booked, CalledOff, GivenBack, HoursSoon, Unreached
from bot.fronts.discord.render.mentions import late_lines, mentioning
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, clock_time, count, escape, fit, moment
from bot.services.office_desk import CallOff, Draft, Row
from bot.services.office_hours import Form, Offer, Page, ends_at
from bot.store.office_hours import Appointment, Hours

_BODY_MAX = 4000
_SHOWN = 10
"""Rows of a repetition that are listed one by one."""


def page_embed(page: Page) -> discord.Embed:
    """What there is, and one's own appointments. Nobody sees who has a slot that is taken."""
    embed = discord.Embed(title="Office hours", colour=COLOUR)
    lines = []
    if page.booked is not None:
        lines.append(f"✅ **Booked:** {_appointment(page.booked)}\n{escape(page.booked.hours.host_name)} is told.\n")
    if page.given_back is not None:
        lines.append(f"**Cancelled:** {_appointment(page.given_back)}\nThe slot is free again.\n")
    lines += [_offer(one) for one in page.offers]
    if not page.offers:
        lines.append("No office hours are published at the moment.")
    embed.description = fit(lines, _BODY_MAX - 200)
    mine = [
        f"{'❌ Called off by the staff: ' if one.called_off else f'**{number}.** '}{_appointment(one)}"
        + (f"\n-# {escape(clip(one.hours.reason, 200))}" if one.called_off and one.hours.reason else "")
        for number, one in enumerate(sorted(page.mine, key=lambda one: one.called_off), start=1)
    ]
    if mine:
        embed.add_field(name="Your appointments", value=fit(mine, 1000), inline=False)
    more = f" · Page {page.number + 1} of {page.pages}" if page.pages > 1 else ""
    if page.offers:
        embed.set_footer(text=f"The menu shows course time ({page.zone.key}){more}")
    return embed


def slot_label(offer: Offer, at: datetime, page: Page) -> tuple[str, str]:
    """A slot in the menu, which has no room for the reader's own time: course time, and with whom."""
    local = at.astimezone(page.zone)
    label = f"{local:%a %b} {local.day}, {local:%H:%M}"
    room = f" · {offer.hours.room}" if offer.hours.room else ""
    return label, clip(f"{offer.hours.host_name}{room}", 100)


def form_title(form: Form) -> str:
    """Above the note."""
    return f"Book {form.starts:%a %b} {form.starts.day}, {form.starts:%H:%M}"


def draft_embed(draft: Draft) -> discord.Embed:
    """Office hours before they are published, or (without a token) after."""
    title = "Publish these office hours?" if draft.token else "Published"
    lines = [f"**{escape(draft.host_name)}**{_where(draft.room)}"]
    lines += [f"• {moment(row.starts_at)} until {clock_time(row.ends_at)}" for row in draft.rows[:_SHOWN]]
    if len(draft.rows) > _SHOWN:
        last = draft.rows[-1]
        lines.append(f"… weekly, {len(draft.rows)} times, the last {moment(last.starts_at)}")
    lines.append(f"{count(draft.total, 'appointment')} of {draft.slot_minutes} minutes each time.")
    if draft.without_class:
        days = ", ".join(f"{day:%a %b} {day.day}" for day in draft.without_class)
        lines.append(f"⚠️ No class on {days}: `/staff office-hours cancel` calls a single one off.")
    if draft.token is None:
        lines.append("Students book with `/office-hours`.")
    return discord.Embed(title=title, description=fit(lines, _BODY_MAX), colour=COLOUR)


def rows_embed(rows: Iterable[Row]) -> discord.Embed:
    """For staff: who comes, and what about."""
    lines = [line for row in rows for line in _row(row)]
    embed = discord.Embed(title="Office hours: who comes", colour=COLOUR)
    embed.description = fit(lines, _BODY_MAX) or "None ahead. Publish some with `/staff office-hours publish`."
    return embed


def call_off_embed(off: CallOff) -> discord.Embed:
    """Office hours before they are called off, or (without a token) after."""
    total = sum(len(row.appointments) for row in off.rows)
    title = "Call these office hours off?" if off.token else "Called off"
    lines = [line for row in off.rows for line in _row(row)]
    if off.reason:
        lines.append(f"Reason: {escape(off.reason)}")
    told = "will be told" if off.token else "are told"
    who = f"Those who booked ({count(total, 'appointment')}) {told} by direct message." if total else "Nobody booked."
    return discord.Embed(title=title, description=f"{fit(lines, _BODY_MAX - 200)}\n{who}", colour=COLOUR)


def booked(notice: Booked) -> list[Part]:
    """To the host."""
    lines = [f"🗓️ **{escape(notice.student)}** booked {moment(notice.starts_at)} in your office hours."]
    return _direct([*lines, *_about(notice.room, notice.note)], notice.late)


def given_back(notice: GivenBack) -> list[Part]:
    """To the host."""
    line = (
        f"🗓️ **{escape(notice.student)}** cancelled the appointment {moment(notice.starts_at)}: the slot is free again."
    )
    return _direct([line], notice.late)


def called_off(notice: CalledOff) -> list[Part]:
    """To who had booked, or to a host for whom another member of the staff did it."""
    reason = [f"Reason: {escape(notice.reason)}"] if notice.reason else []
    if notice.host:
        return _direct([f"❌ Your office hours {moment(notice.starts_at)} were called off.", *reason], notice.late)
    line = f"❌ Your appointment with **{escape(notice.host_name)}** {moment(notice.starts_at)} was called off."
    return _direct([line, *reason, "`/office-hours` shows other slots."], notice.late)


def appointment_soon(notice: AppointmentSoon) -> list[Part]:
    """To the student."""
    line = f"⏰ Your appointment with **{escape(notice.host_name)}** begins {moment(notice.starts_at)}."
    cancel = "If you cannot come, cancel it in `/office-hours`: somebody else may want the slot."
    return _direct([line, *_about(notice.room, notice.note), cancel], notice.late)


def hours_soon(notice: HoursSoon) -> list[Part]:
    """To the host: all who come."""
    coming = [
        f"• {clock_time(at)} **{escape(clip(student, 80))}**" + (f": {escape(note)}" if note else "")
        for at, student, note in notice.appointments
    ]
    head = f"⏰ Your office hours begin {moment(notice.starts_at)}{_where(notice.room)}. Booked so far:"
    return _direct([head, fit(coming, 1500)], notice.late)


def unreached(notice: Unreached) -> list[Part]:
    """In a channel; it says nothing of the appointments."""
    where = "`/staff office-hours list`" if notice.hosts else "`/office-hours`"
    return mentioning(
        notice.recipients,
        lambda mentions: [
            f"{mentions} there is news for you about office hours, but your direct messages are closed. See {where}."
        ],
        timedelta(0),
    )


def _direct(lines: list[str], late: timedelta) -> list[Part]:
    return [Part("\n".join([*lines, *late_lines(late)]))]


def _about(room: str, note: str) -> list[str]:
    return [line for line in (_where(room).strip(" ·"), f"> {escape(note)}" if note else "") if line]


def _where(room: str) -> str:
    """A place as it is said, an address so that it can be clicked."""
    if re.fullmatch(r"https?://[^\s<>]+", room):
        return f" · 📍 <{room}>"
    return f" · 📍 {escape(room)}" if room else ""


def _appointment(one: Appointment) -> str:
    room = _where(one.hours.room)
    return f"{moment(one.starts_at)} until {clock_time(ends_at(one))} with **{escape(one.hours.host_name)}**{room}"


def _offer(offer: Offer) -> str:
    free = " ".join(clock_time(at) for at in offer.free)
    begun = f"free ({len(offer.free)} of {offer.total}): {free}" if offer.free else "nothing free any more"
    return f"{_hours(offer.hours)}\n{begun}\n"


def _hours(hours: Hours) -> str:
    span = f"{moment(hours.starts_at)} until {clock_time(hours.ends_at)}"
    return f"**{escape(clip(hours.host_name, 80))}** {span}{_where(hours.room)}"


def _row(row: Row) -> list[str]:
    head = f"{_hours(row.hours)} · {len(row.appointments)} of {row.total} booked"
    return [
        head,
        *(
            f"• {clock_time(one.starts_at)} {escape(clip(one.student, 80))}"
            + (f": {escape(clip(one.note, 150))}" if one.note else "")
            for one in row.appointments
        ),
    ]
