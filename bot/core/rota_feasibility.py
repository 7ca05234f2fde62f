"""What cannot hold, counted before any rota is made: the numbers, and the smallest changes that would mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from bot.core.course import Role
from bot.core.rota import ENOUGH, TOO_OFTEN, VERBS, RotaProblem, Rule

DONE = {Role.PRESENTER: "presenters", Role.SUMMARIZER: "a summary", Role.REVIEWER: "reviewers"}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A rule that no rota can keep: what it takes, what there is, in a sentence, and ways out (one is enough)."""

    rule: Rule
    needed: int
    available: int
    text: str
    changes: tuple[str, ...]


def feasibility(problem: RotaProblem) -> list[Shortfall]:
    """Every shortage that shows by counting. A problem without one may still be tight; the solver has the last word."""
    found: list[Shortfall] = []
    for role in VERBS:
        found += [one for one in (_too_few_places(problem, role), _too_few_groups(problem, role)) if one]
    return [*found, *_crowded_sessions(problem), *_clashing_claims(problem)]


def _too_few_places(problem: RotaProblem, role: Role) -> Shortfall | None:
    """Each group does it at least so often: are there so many places? Claims beyond a group's own share use some up."""
    least = problem.policy.of(role).at_least
    claims = Counter(claim.group for claim in problem.kept_claims() if claim.role is role)
    spare = sum(max(0, number - least) for number in claims.values())
    needed, available = least * len(problem.groups), max(0, problem.places(role) - spare)
    short = needed - available
    if short <= 0:
        return None
    classes = sum(slot.seats.get(role, 0) > 0 for slot in problem.slots)
    what = f"{_count(classes, 'class has', 'classes have')} {_count(problem.places(role), 'place', 'places')} for it"
    claimed = f" ({_count(spare, 'is', 'are')} claimed by groups that have theirs)" if spare else ""
    lacking = f"{_count(short, 'group', 'groups')} would not {VERBS[role]}"
    if least > 1:
        lacking = f"{_count(short, 'turn is', 'turns are')} missing"
    often = "once" if least == 1 else f"{least} times"
    text = (
        f"{_count(len(problem.groups), 'group', 'groups')} should each {VERBS[role]} at least {often}, "
        f"and {what}{claimed}: {lacking}."
    )
    return Shortfall(ENOUGH[role], needed, available, text, tuple(_more_places(problem, role, short, classes)))


def _more_places(problem: RotaProblem, role: Role, short: int, classes: int) -> list[str]:
    changes = []
    buffers = len(problem.buffers)
    if classes:
        changes.append(_share(problem, role, short))
    if buffers >= short:
        which = f"the {_count(buffers, 'buffer date', 'buffer dates')}"
        changes.append(f"use {which if buffers == short else f'{short} of {which}'}")
    elif buffers and classes:
        changes.append(
            f"use the {_count(buffers, 'buffer date', 'buffer dates')} and {_share(problem, role, short - buffers)}"
        )
    return changes


def _share(problem: RotaProblem, role: Role, short: int) -> str:
    """Spread `short` more places over the classes, as few in each as can be."""
    sizes = sorted(slot.seats[role] for slot in problem.slots if slot.seats.get(role, 0) > 0)
    if short <= sizes.count(sizes[0]):
        groups = sizes[0] + 1
        return f"allow {'two' if groups == 2 else groups} groups in {_count(short, 'class', 'classes')}"
    each = -(-(sum(sizes) + short) // len(sizes))
    return f"allow {'two' if each == 2 else each} groups in each class"


def _too_few_groups(problem: RotaProblem, role: Role) -> Shortfall | None:
    """Nobody does it more than so often: are there enough groups for all places?"""
    most = problem.policy.of(role).at_most
    if most is None:
        return None
    claims = Counter(claim.group for claim in problem.kept_claims() if claim.role is role)
    needed = problem.places(role)
    available = sum(max(most, claims[group]) for group in problem.groups)
    short = needed - available
    if short <= 0:
        return None
    often = {1: "once", 2: "twice"}.get(most, f"{most} times")
    groups = len(problem.groups)
    text = (
        f"{_count(needed, 'place needs', 'places need')} {DONE[role]}, and {_count(groups, 'group', 'groups')} may "
        f"each {VERBS[role]} {often} at most: {_count(short, 'place', 'places')} would stay empty."
    )
    more = (
        f"let {_count(min(short, groups), 'group', 'groups')} {VERBS[role]} {most + -(-short // max(1, groups))} times"
    )
    changes = [more] if groups else []
    changes.append(f"do without {DONE[role]} in {_count(short, 'place', 'places')}")
    return Shortfall(TOO_OFTEN[role], needed, available, text, tuple(changes))


def _crowded_sessions(problem: RotaProblem) -> list[Shortfall]:
    """One duty a session: a class cannot seat more groups than are free, nor a group do more duties than classes."""
    groups = len(problem.groups)
    claimed = {(claim.group, claim.session) for claim in problem.kept_claims()}
    away = problem.busy - claimed
    found = []
    for slot in problem.slots:
        needed = sum(slot.seats.values())
        free = sum((group, slot.session) not in away for group in problem.groups)
        if needed > free:
            who = f"there {'is' if groups == 1 else 'are'} {_count(groups, 'group', 'groups')}"
            if free < groups:
                who = f"{free} of {_count(groups, 'group', 'groups')} without a member on duty of their own"
            text = f"{slot.label} has {_count(needed, 'place', 'places')}, and {who} with one duty each a session."
            change = f"offer {needed - free} fewer on {slot.label}"
            found.append(Shortfall(Rule.ONE_DUTY_A_SESSION, needed, free, text, (change,)))
    return [*found, *_crowded_groups(problem, away)]


def _crowded_groups(problem: RotaProblem, away: Collection[tuple[int, int]]) -> list[Shortfall]:
    """The duties that each group has at least, against the sessions in which it may have one."""
    found = []
    groups = len(problem.groups)
    least = sum(problem.policy.of(role).at_least for role in VERBS)
    open_to_all = [slot.session for slot in problem.slots if any(slot.seats.values())]
    classes = len(open_to_all)
    if groups and least > classes:
        text = (
            f"Each group has at least {_count(least, 'duty', 'duties')}, one a session, and there "
            f"{'is' if classes == 1 else 'are'} {_count(classes, 'session', 'sessions')}."
        )
        change = f"add {_count(least - classes, 'session', 'sessions')}"
        return [Shortfall(Rule.ONE_DUTY_A_SESSION, least, classes, text, (change,))]
    for group, name in problem.groups.items():
        free = sum((group, session) not in away for session in open_to_all)
        if least > free:
            text = (
                f"{name} has at least {_count(least, 'duty', 'duties')}, one a session, and "
                f"no member on duty of their own in {_count(free, 'session', 'sessions')} only."
            )
            change = f"take its members off {_count(least - free, 'duty', 'duties')} of their own"
            found.append(Shortfall(Rule.ONE_DUTY_A_SESSION, least, free, text, (change,)))
    return found


def _clashing_claims(problem: RotaProblem) -> list[Shortfall]:
    """Claims are kept whatever else gives way; where two cannot both stand, staff choose."""
    claims = problem.kept_claims()
    found = []
    for slot in problem.slots:
        for role, places in slot.seats.items():
            names = [
                problem.groups[claim.group] for claim in claims if (claim.session, claim.role) == (slot.session, role)
            ]
            if len(names) > places > 0:
                text = f"{', '.join(names)} all hold {slot.label} as {role}, which takes {places}."
                change = f"release {_count(len(names) - places, 'claim', 'claims')}"
                found.append(Shortfall(Rule.SEAT_NOT_OVERFULL, len(names), places, text, (change,)))
        for group, number in Counter(claim.group for claim in claims if claim.session == slot.session).items():
            if number > 1:
                text = f"{problem.groups[group]} holds {number} duties on {slot.label}: one is the most."
                found.append(Shortfall(Rule.ONE_DUTY_A_SESSION, number, 1, text, (f"release {number - 1} of them",)))
            if (group, slot.session) in problem.busy:
                text = (
                    f"{problem.groups[group]} holds {'a duty' if number == 1 else 'duties'} on {slot.label}, and has a "
                    "member on duty of their own there: one duty a session is the most."
                )
                found.append(Shortfall(Rule.ONE_DUTY_A_SESSION, number + 1, 1, text, ("release one of the two",)))
    for role in VERBS:
        most = problem.policy.of(role).at_most
        for group, number in Counter(claim.group for claim in claims if claim.role is role).items():
            if most is not None and number > most:
                text = f"{problem.groups[group]} holds {number} seats as {role}: {most} is the most."
                found.append(Shortfall(TOO_OFTEN[role], number, most, text, (f"release {number - most} of them",)))
    return found


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
