"""The rota: who presents, summarises and reviews which session. The problem, the rules by name, and their checker.

A solver may be wrong; `broken_rules` shares no code with any of them and judges what they hand over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.core.course import Role

TOP_POINTS = 10
"""What a group's first choice is worth; each later rank one less, any ranked session at least one."""

VERBS = {Role.PRESENTER: "present", Role.SUMMARIZER: "summarise", Role.REVIEWER: "review"}

EACH_ROLE_ONCE = {Role.PRESENTER: 1, Role.SUMMARIZER: 1, Role.REVIEWER: 1}


class Rule(StrEnum):
    """A rule's name. Spacing and even load are wishes, not rules: see `bot.core.rota_score`."""

    SEAT_EXISTS = "seat_exists"
    SEAT_FILLED = "seat_filled"
    SEAT_NOT_OVERFULL = "seat_not_overfull"
    CLAIM_KEPT = "claim_kept"
    ONE_DUTY_A_SESSION = "one_duty_a_session"
    NOT_OWN_LECTURE = "not_own_lecture"
    PRESENTS_ENOUGH = "presents_enough"
    SUMMARISES_ENOUGH = "summarises_enough"
    REVIEWS_ENOUGH = "reviews_enough"
    PRESENTS_TOO_OFTEN = "presents_too_often"
    SUMMARISES_TOO_OFTEN = "summarises_too_often"
    REVIEWS_TOO_OFTEN = "reviews_too_often"


ENOUGH = {
    Role.PRESENTER: Rule.PRESENTS_ENOUGH,
    Role.SUMMARIZER: Rule.SUMMARISES_ENOUGH,
    Role.REVIEWER: Rule.REVIEWS_ENOUGH,
}
TOO_OFTEN = {
    Role.PRESENTER: Rule.PRESENTS_TOO_OFTEN,
    Role.SUMMARIZER: Rule.SUMMARISES_TOO_OFTEN,
    Role.REVIEWER: Rule.REVIEWS_TOO_OFTEN,
}


class Origin(StrEnum):
    """Who fixed a seat beforehand."""

    VOLUNTEERED = "volunteered"
    STAFF = "set by staff"
    SWAPPED = "agreed in a swap"


_LOST = {
    Origin.VOLUNTEERED: "{name} volunteered as {role} on {where}, and does not hold that seat.",
    Origin.STAFF: "{where}, {role}: the seat was set by staff for {name}, and {name} does not hold it.",
    Origin.SWAPPED: "{name} took the seat as {role} on {where} in a swap, and does not hold it.",
}
"""What is said of a claim that is not kept."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often each group does one duty; `at_most` None means any number of times."""

    at_least: int = 1
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class RotaPolicy:
    """The course's numbers. Source: the first slides (present once, summarise 1-2 times, one panel at least).

    `ranked` are the roles that a group's ranking of sessions is about. Two duties of a group fewer than
    `spacing_days` apart are avoided where the rules leave a choice.
    """

    bounds: Mapping[Role, Bounds] = field(
        default_factory=lambda: {
            Role.PRESENTER: Bounds(1, None),
            Role.SUMMARIZER: Bounds(1, 2),
            Role.REVIEWER: Bounds(1, None),
        }
    )
    ranked: frozenset[Role] = frozenset({Role.PRESENTER})
    spacing_days: int = 7

    def of(self, role: Role) -> Bounds:
        """A role without bounds is nobody's duty and nobody's limit."""
        return self.bounds.get(role, Bounds(0, None))


@dataclass(frozen=True, slots=True)
class Slot:
    """A session with duties to give out: for each role it offers, how many groups share the seat."""

    session: int
    on: date
    seats: Mapping[Role, int] = field(default_factory=lambda: dict(EACH_ROLE_ONCE))

    @property
    def label(self) -> str:
        return f"{self.on:%b} {self.on.day}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A seat that is taken before the rota is made, and stays."""

    session: int
    role: Role
    group: int
    origin: Origin = Origin.VOLUNTEERED


@dataclass(frozen=True, slots=True)
class RotaProblem:
    """Everything a rota depends on.

    `groups` maps ids to names; `rankings` maps a group to its sessions, best first; `buffers` are dates that could
    still become classes; `busy` are groups and sessions in which one of them has a duty of their own already.
    """

    groups: Mapping[int, str]
    slots: tuple[Slot, ...]
    claims: tuple[Claim, ...] = ()
    rankings: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    policy: RotaPolicy = field(default_factory=RotaPolicy)
    buffers: tuple[date, ...] = ()
    busy: frozenset[tuple[int, int]] = frozenset()

    def places(self, role: Role) -> int:
        """How many groups the seats of a role take, over all sessions."""
        return sum(slot.seats.get(role, 0) for slot in self.slots)

    def points(self, group: int, session: int, role: Role) -> int:
        """What this seat is worth to the group: 0 for one it did not rank."""
        ranking = self.rankings.get(group, ())
        if role not in self.policy.ranked or session not in ranking:
            return 0
        return max(1, TOP_POINTS - ranking.index(session))

    def kept_claims(self) -> tuple[Claim, ...]:
        """The claims on seats that exist, by groups that exist, each once."""
        seats = {(slot.session, role) for slot in self.slots for role, places in slot.seats.items() if places > 0}
        known = {
            (claim.session, claim.role, claim.group): claim
            for claim in reversed(self.claims)
            if claim.group in self.groups and (claim.session, claim.role) in seats
        }
        return tuple(reversed(known.values()))


@dataclass(frozen=True, slots=True)
class Assignment:
    """One group in one seat, and why."""

    session: int
    role: Role
    group: int
    reason: str

    @property
    def key(self) -> tuple[int, Role, int]:
        return self.session, self.role, self.group


@dataclass(frozen=True, slots=True)
class Rota:
    """Who does what; possibly with empty seats."""

    assignments: tuple[Assignment, ...] = ()

    def seats(self) -> frozenset[tuple[int, Role, int]]:
        """The assignments without their reasons."""
        return frozenset(one.key for one in self.assignments)


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a rota breaks, where, and a sentence about it; the role where the rule is about one seat."""

    rule: Rule
    group: int | None
    session: int | None
    text: str
    role: Role | None = None


def broken_rules(problem: RotaProblem, rota: Rota) -> list[Broken]:
    """Every rule the rota breaks; empty means that it can be published."""
    slots = {slot.session: slot for slot in problem.slots}
    return [
        *_seats(problem, rota, slots),
        *_claims(problem, rota, slots),
        *_duties_of_their_own(problem, rota, slots),
        *_sessions(problem, rota, slots),
        *_amounts(problem, rota),
    ]


def _seats(problem: RotaProblem, rota: Rota, slots: Mapping[int, Slot]) -> Iterable[Broken]:
    for one in rota.assignments:
        slot = slots.get(one.session)
        if one.group not in problem.groups:
            text = f"Group {one.group} holds a seat, and is not in the course."
            yield Broken(Rule.SEAT_EXISTS, one.group, one.session, text, one.role)
        elif slot is None or slot.seats.get(one.role, 0) < 1:
            where = slot.label if slot else f"session {one.session}"
            text = f"{problem.groups[one.group]} is {one.role} on {where}, which has no such seat."
            yield Broken(Rule.SEAT_EXISTS, one.group, one.session, text, one.role)
    holders = Counter((one.session, one.role) for one in rota.assignments)
    for slot in problem.slots:
        for role, places in slot.seats.items():
            held = holders[slot.session, role]
            if held < places:
                wanted = f"has no {role}" if places == 1 else f"has {held} of {places} groups as {role}"
                yield Broken(Rule.SEAT_FILLED, None, slot.session, f"{slot.label} {wanted}.", role)
            elif held > places:
                text = f"{slot.label} has {held} groups as {role}, and room for {places}."
                yield Broken(Rule.SEAT_NOT_OVERFULL, None, slot.session, text, role)


def _claims(problem: RotaProblem, rota: Rota, slots: Mapping[int, Slot]) -> Iterable[Broken]:
    held = rota.seats()
    for claim in problem.claims:
        if (claim.session, claim.role, claim.group) in held:
            continue
        name = problem.groups.get(claim.group, f"group {claim.group}")
        where = slots[claim.session].label if claim.session in slots else f"session {claim.session}"
        text = _LOST[claim.origin].format(name=name, role=claim.role, where=where)
        yield Broken(Rule.CLAIM_KEPT, claim.group, claim.session, text, claim.role)


def _duties_of_their_own(problem: RotaProblem, rota: Rota, slots: Mapping[int, Slot]) -> Iterable[Broken]:
    for group, session in sorted({(one.group, one.session) for one in rota.assignments} & problem.busy):
        name = problem.groups.get(group, f"Group {group}")
        where = slots[session].label if session in slots else f"session {session}"
        text = f"{name} has a member on duty of their own on {where}: one duty a session is the most."
        yield Broken(Rule.ONE_DUTY_A_SESSION, group, session, text)


def _sessions(problem: RotaProblem, rota: Rota, slots: Mapping[int, Slot]) -> Iterable[Broken]:
    duties: dict[tuple[int, int], list[Role]] = {}
    for one in rota.assignments:
        duties.setdefault((one.group, one.session), []).append(one.role)
    for (group, session), roles in duties.items():
        if len(roles) < 2:
            continue
        name = problem.groups.get(group, f"Group {group}")
        where = slots[session].label if session in slots else f"session {session}"
        if {Role.PRESENTER, Role.SUMMARIZER} <= set(roles):
            text = f"{name} would summarise its own lecture on {where}."
            yield Broken(Rule.NOT_OWN_LECTURE, group, session, text)
        if len(roles) > 2 or {Role.PRESENTER, Role.SUMMARIZER} != set(roles):
            text = f"{name} has {len(roles)} duties on {where} ({', '.join(sorted(roles))}): one is the most."
            yield Broken(Rule.ONE_DUTY_A_SESSION, group, session, text)


def _amounts(problem: RotaProblem, rota: Rota) -> Iterable[Broken]:
    done = Counter((one.group, one.role) for one in rota.assignments)
    for group, name in problem.groups.items():
        for role, verb in VERBS.items():
            bounds, times = problem.policy.of(role), done[group, role]
            if times < bounds.at_least:
                does = f"does not {verb}" if times == 0 else f"would {verb} {_times(times)}"
                text = f"{name} {does}: each group does so at least {_times(bounds.at_least)}."
                yield Broken(ENOUGH[role], group, None, text)
            elif bounds.at_most is not None and times > bounds.at_most:
                text = f"{name} would {verb} {_times(times)}: {_times(bounds.at_most)} is the most."
                yield Broken(TOO_OFTEN[role], group, None, text)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
