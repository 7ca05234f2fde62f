"""Recaps of classes: by a model if one is configured and within its budget, otherwise by whole sentences."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.recap import POINTS_MAX, Line, Message, Point, Recap, Spending, arrange, digest, pack, sample, unpack
from bot.core.recap_check import Claim, Masks, borne_out, gives_orders, plain
from bot.core.recap_extract import extract
from bot.recap.model import Model, ModelFailed
from bot.services import recap_desk
from bot.services.recap_desk import Added, Index, Limits, Room, Sources
from bot.services.vote_desk import Named
from bot.store import recaps
from bot.store.database import Database

log = logging.getLogger(__name__)

MODEL_LINES_MAX = 400
"""Of more lines a model is given a sample: they cost."""

_PLAIN = "sentences 1"
"""Names the way of making a recap; a new way gets a new name, so that old recaps are not taken for new ones."""

Report = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens that a recap, a day and a term may take; dollars for a million tokens, None: not known."""

    per_recap: int
    per_day: int
    per_term: int
    price: float | None = None

    @property
    def limits(self) -> Limits:
        return (self.per_recap, self.per_day, self.per_term)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a recap took and how the budgets stand, for staff. `dollars` is None when no price is configured."""

    tokens: int
    dollars: float | None
    spending: Spending


@dataclass(frozen=True, slots=True)
class Made:
    """A recap for somebody's eyes. `writes`: they may put it in the summary. `cost` is for staff, None without a model;
    `again` when it had been made before."""

    session_id: int
    title: str
    recap: Recap
    writes: bool
    again: bool
    cost: Cost | None


class Recaps:
    """`model` is None where none is configured. `changed` is called when there is a draft to send."""

    def __init__(
        self,
        database: Database,
        model: Model | None = None,
        budget: Budget | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._changed = changed
        self._model = model
        self._budget = budget or Budget(0, 0, 0)
        # Two who ask for the same at once are one request: the second waits, and finds it made.
        self._making: dict[int, asyncio.Lock] = {}

    async def note_model(self, now: datetime) -> None:
        """Write down at start which model is in use, so that the class is told when it is another one."""
        endpoint = self._model.endpoint if self._model else None
        value = f"{endpoint.model} {urlsplit(endpoint.base_url).hostname}" if endpoint else ""
        await self._database.write(recap_desk.note_model, value, now)

    async def room(self, place: str, actor: Actor, session: str, now: datetime) -> Room:
        """Where the class talked, so that its thread can be read if the course allows that.

        Raises:
            CourseError: no such class, not begun, or its recap is not for the actor.
        """
        return await self._database.read(recap_desk.room, place, actor, session, now)

    async def make(
        self, place: str, actor: Actor, session_id: int, history: Sequence[Message], now: datetime, report: Report
    ) -> Made:
        """The recap of a class from what is known now; `history` is what its thread says, if that may be read.

        Asked again about the same, it is the same and costs nothing. Cancelling it stops the model's request.

        Raises:
            CourseError: its recap is not for the actor, or nothing was said.
        """
        report("Collecting what was said", 0.0)
        found = await self._database.read(recap_desk.sources, place, actor, session_id, history, now)
        async with self._making.setdefault(found.session_id, asyncio.Lock()):
            key = digest(found.lines, self._settings)
            stored = await self._database.read(recaps.get, found.session_id, key)
            if stored is not None:
                return await self._made(found, actor, unpack(stored.body), 0, again=True, now=now)
            recap, tokens = await self._draft(found, now, report)
            # A model that failed is asked again next time.
            key = key if recap.why_plain is None else digest(found.lines, _PLAIN)
            await self._database.write(recap_desk.keep, actor, found, key, pack(recap), recap.by_model, tokens, now)
        self._changed()
        return await self._made(found, actor, recap, tokens, again=False, now=now)

    async def _made(
        self, found: Sources, actor: Actor, recap: Recap, tokens: int, *, again: bool, now: datetime
    ) -> Made:
        cost = None
        if actor.staff and self._model is not None:
            spending = await self._database.read(recap_desk.spending_of, self._budget.limits, found.course_id, now)
            price = self._budget.price
            cost = Cost(tokens, tokens * price / 1e6 if price is not None else None, spending)
        return Made(found.session_id, found.title, recap, found.writes, again, cost)

    @property
    def _settings(self) -> str:
        return f"model 1 {self._model.endpoint.base_url} {self._model.endpoint.model}" if self._model else _PLAIN

    async def _draft(self, found: Sources, now: datetime, report: Report) -> tuple[Recap, int]:
        why = None
        meter = _Meter(self._database, self._budget, found, now)
        if self._model is not None:
            try:
                return await self._by_model(self._model, found, meter, report), meter.taken
            except ModelFailed as failure:
                why = str(failure)
                log.warning("a recap is made without the model: %s", why)
            except Exception:
                # Whatever a library or a server comes up with, the writers get their draft.
                log.exception("a recap is made without the model")
                why = "the model failed"
        report("Choosing sentences", 0.5)
        return await asyncio.to_thread(extract, found.lines, why=why), meter.taken

    async def _by_model(self, model: Model, found: Sources, meter: _Meter, report: Report) -> Recap:
        lines = sample([one for one in found.lines if not gives_orders(one.text)], MODEL_LINES_MAX)
        masks = await asyncio.to_thread(Masks, [*found.names, *(one.speaker for one in lines if one.speaker)])
        hidden = [_hide(one, masks) for one in lines]
        by_number = {one.number: one for one in hidden}
        report("Asking the model", 0.1)
        claims = await model.claims(hidden, meter, report)
        points, dropped = await asyncio.to_thread(borne_out, claims, by_number)
        if len(points) > POINTS_MAX:
            report("Putting it together", 0.8)
            merged = await model.merge([Claim(one.text, one.lines) for one in points], meter)
            points, lost = await asyncio.to_thread(borne_out, merged, by_number)
            dropped += lost
        if not points:
            raise ModelFailed("nothing that the model said could be found in what was said")
        shown = [replace(one, text=plain(masks.show(one.text))) for one in points[:POINTS_MAX]]
        return _arranged(shown, found.lines, dropped, len(found.lines) - len(lines))

    async def add(self, place: str, actor: Actor, session: str | None, message: Message, now: datetime) -> Added:
        """Keep a message for the recap of a class (None: the last one that has begun).

        Raises:
            CourseError: no words in it, no such class, or its author wants no part in recaps.
        """
        return await self._database.write(recap_desk.add, place, actor, session, message, now)

    async def remove(self, place: str, actor: Actor, message: str) -> None:
        """Take back a message that was added; its author, who added it, and staff may.

        Raises:
            CourseError: it is in no recap, or somebody else's.
        """
        await self._database.write(recap_desk.remove, place, actor, message)

    async def index(self, place: str, actor: Actor, now: datetime) -> Index:
        """The term's recaps that the actor may read.

        Raises:
            CourseError: no course here, or not in it.
        """
        return await self._database.read(recap_desk.index, place, actor, now)

    async def stored(self, place: str, actor: Actor, session_id: int, now: datetime) -> Recap:
        """The newest recap of a class.

        Raises:
            CourseError: there is none that the actor may read.
        """
        entries = (await self.index(place, actor, now)).entries
        found = next((one for one in entries if one.session_id == session_id), None)
        if found is None:
            raise CourseError("There is no recap of this class that you can read. `/recap` shows which there are.")
        return unpack(found.recap.body)

    async def set_out(self, place: str, actor: Actor, out: bool, now: datetime) -> None:
        """Leave the actor's words out of recaps from now on, or let them in again.

        Raises:
            CourseError: no course here, or not in it.
        """
        await self._database.write(recap_desk.set_out, place, actor, out, now)

    async def session_names(self, place: str, typed: str, now: datetime) -> list[Named]:
        """The classes that have begun, the latest first; none where there is no course."""
        try:
            return await self._database.read(recap_desk.session_names, place, typed, now)
        except CourseError:
            return []

    async def close(self) -> None:
        """Close the connection to the model."""
        if self._model is not None:
            await self._model.close()


def _hide(line: Line, masks: Masks) -> Line:
    return replace(
        line,
        text=masks.hide(line.text),
        speaker=masks.hide(line.speaker),
        paper=masks.hide(line.paper) if line.paper else None,
        link=None,
    )


def _arranged(points: Sequence[Point], lines: Sequence[Line], dropped: int, left_out: int) -> Recap:
    by_number = {one.number: one for one in lines}
    used = {number for point in points for number in point.lines}
    links = tuple((one.number, one.link) for one in lines if one.link and one.number in used)
    return Recap(arrange(points, by_number), links, by_model=True, dropped=dropped, left_out=left_out)


class _Meter:
    """Counts the tokens of one recap against the budgets."""

    def __init__(self, database: Database, budget: Budget, found: Sources, now: datetime) -> None:
        self._database = database
        self._budget = budget
        self._found = found
        self._now = now
        self._held: dict[int, int] = {}

    @property
    def taken(self) -> int:
        return sum(self._held.values())

    async def reserve(self, tokens: int) -> int:
        ids = (self._found.course_id, self._found.session_id)
        got = await self._database.write(recap_desk.reserve, self._budget.limits, *ids, tokens, self.taken, self._now)
        if isinstance(got, str):
            raise ModelFailed(f"{got} budget for the model is used up")
        self._held[got] = tokens
        return got

    async def settle(self, reservation: int, used: int) -> None:
        await self._database.write(recaps.settle, reservation, used)
        self._held[reservation] = used
