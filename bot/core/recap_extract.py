"""The recap without a model: the sentences that most others speak of, word for word, none said twice.

LexRank (Erkan and Radev 2004): sentences are nodes, their likeness (TF-IDF cosine) joins them, and what a random
walk visits most is what the discussion is about. What was noted on purpose weighs more than chat.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.recap import POINTS_MAX, Group, Line, Point, Recap, arrange, sample, sentences, stems

LINES_MAX = 800
"""More lines are sampled: the work grows with the square of their number."""

_SENTENCES_MAX = 900
_ALIKE = 0.1
"""Sentences less alike than this are not joined."""

_SAME = 0.55
"""Sentences more alike than this say the same."""

_DAMPING = 0.85
_ROUNDS = 30
_WORDS_MIN = {"note": 3, "follow_up": 3, "message": 4}
"""Fewer words that say something are no point ("Good question!")."""

_WEIGHT = {"note": 2.0, "follow_up": 2.0, "message": 1.0}
_ASKING = 0.5
"""What asks says less than what answers."""

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    line: Line
    vector: Vector

    @property
    def group(self) -> Group:
        return (self.line.paper, self.line.about)


def extract(lines: Sequence[Line], *, points_max: int = POINTS_MAX, why: str | None = None) -> Recap:
    """A recap of whole sentences out of the lines. `why` says why no model made it.

    500 lines take about 0.2 s of one core; of more than `LINES_MAX` a sample is looked at.
    """
    looked_at = sample(lines, LINES_MAX)
    every = _sentences(looked_at)
    chosen = _choose(every, _rank([one.vector for one in every]), points_max)
    by_number = {one.number: one for one in looked_at}
    sections = arrange([Point(one.text, (one.line.number,)) for one in chosen], by_number)
    used = {one.line.number for one in chosen}
    links = tuple((one.number, one.link) for one in looked_at if one.link and one.number in used)
    return Recap(sections, links, by_model=False, left_out=len(lines) - len(looked_at), why_plain=why)


def _sentences(lines: Sequence[Line]) -> list[_Sentence]:
    found = [
        (text, line, words)
        for line in lines
        if line.said != "question"
        for text in sentences(line.text)
        if len(words := stems(text)) >= _WORDS_MIN[line.said]
    ]
    if len(found) > _SENTENCES_MAX:  # long messages: an even share of each part of the class
        found = [found[index * len(found) // _SENTENCES_MAX] for index in range(_SENTENCES_MAX)]
    having = Counter(word for _text, _line, words in found for word in set(words))
    rare = {word: math.log((1 + len(found)) / count) for word, count in having.items()}
    return [_Sentence(text, line, _unit({word: rare[word] for word in words})) for text, line, words in found]


def _unit(weights: Mapping[str, float]) -> Vector:
    length = math.sqrt(math.fsum(value * value for value in weights.values()))
    return {word: value / length for word, value in weights.items()} if length else {}


def _likeness(one: Vector, other: Vector) -> float:
    if len(one) > len(other):
        one, other = other, one
    return math.fsum(value * other[word] for word, value in one.items() if word in other)


def _rank(vectors: Sequence[Vector]) -> list[float]:
    """How much the others speak of each: the random walk's share, 1 on average."""
    sharing: defaultdict[str, list[int]] = defaultdict(list)
    joined: list[dict[int, float]] = [{} for _ in vectors]
    for index, vector in enumerate(vectors):
        alike: defaultdict[int, float] = defaultdict(float)
        for word, value in vector.items():
            for other in sharing[word]:
                alike[other] += value * vectors[other][word]
            sharing[word].append(index)
        for other, how in alike.items():
            if how >= _ALIKE:
                joined[index][other] = joined[other][index] = how
    shares = [math.fsum(neighbours.values()) for neighbours in joined]
    score = [1.0] * len(vectors)
    for _ in range(_ROUNDS):
        flow = [1 - _DAMPING] * len(vectors)
        for index, neighbours in enumerate(joined):
            for other, how in neighbours.items():
                flow[other] += _DAMPING * score[index] * how / shares[index]
        score = flow
    return score


def _choose(every: Sequence[_Sentence], score: Sequence[float], most: int) -> list[_Sentence]:
    """The best, each group's best before any group's second, and none that says what another one says."""
    weighted = [
        value * _WEIGHT[one.line.said] * (_ASKING if one.text.endswith(("?", "？")) else 1.0)
        for one, value in zip(every, score, strict=True)
    ]
    order = sorted(range(len(every)), key=lambda index: (-weighted[index], every[index].line.number, index))
    queues: dict[Group, list[_Sentence]] = {}
    for index in order:
        queues.setdefault(every[index].group, []).append(every[index])
    chosen: list[_Sentence] = []
    while queues and len(chosen) < most:
        for group in list(queues):
            while queues[group]:
                one = queues[group].pop(0)
                if all(_likeness(one.vector, other.vector) < _SAME for other in chosen):
                    chosen.append(one)
                    break
            if not queues[group]:
                del queues[group]
            if len(chosen) == most:
                break
    return chosen
