"""What stands in the place of somebody whose data was deleted, and how it gets into texts that named them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FORMER = "former:"
_WORD = re.compile(r"[^\W_]+")
# Of these the bot's own sentences are made. Who calls themselves "dropped" must not rewrite the audit by leaving.
_OUR_WORDS = frozenset(
    _WORD.findall("""
    a account accounts again against all already an and announced announcement appointment as asked at attendance audit
    back backup bonus bot by called cancelled cells changed check claim class classes cleared closed code command course
    data date deleted discord dropped due duties duty excused exported feedback file files for former from gave grades
    group groups guest guests hand hours imported in into it its itself joined late left let line linked lock mark marks
    member members merged message messages milestone moved name none number of off office on open opened out panel
    person place placed policy poll presenter purged put question questions reason recap removed renamed reviewer role
    room rota roster schedule seat seats session sessions set slides slot staff stand student students submitted
    summarizer summary swap swapped taken the their to took undid unlinked vote voter voters votes was were with
    withdrawn
    """)
)


def pseudonym(person_id: int, kind: str) -> str:
    """ "Former student 7"; `kind` is "student", "staff" or "guest"."""
    return f"Former {kind} {person_id}"


def former_key(person_id: int) -> str:
    """What takes the place of roster keys and accounts: no platform is called "former", and no login has a colon."""
    return f"{FORMER}{person_id}"


def is_former(roster_key: str) -> bool:
    """Whether a roster key is one of `former_key`."""
    return roster_key.startswith(FORMER)


DELETED = "had their own data deleted"


def deleted_sentence(alias: str) -> str:
    """What the audit says of it, and the message to staff."""
    return f"{alias} {DELETED}"


@dataclass(frozen=True, slots=True)
class DataDeleted:
    """To staff: somebody had their data deleted; `sentence` says under which name they go on, and whether they left."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What somebody was known by, and what they are called from now on. `accounts` are (platform, user id).

    `given`: staff's roster or page says what they are called; otherwise they chose their name themselves. `shared`:
    somebody else is called the same.
    """

    person_id: int
    kind: str
    name: str
    roster_key: str
    email: str | None
    accounts: tuple[tuple[str, str], ...]
    given: bool
    shared: bool = False

    @property
    def alias(self) -> str:
        return pseudonym(self.person_id, self.kind)

    @property
    def key(self) -> str:
        return former_key(self.person_id)

    def everywhere(self) -> dict[str, str]:
        """What can mean nobody else, so that it is replaced wherever it stands, other people's words included.

        A name only if it is a full one that staff gave: whoever chooses their own could choose "machine learning".
        """
        terms = {f"<@{user_id}>": self.alias for _, user_id in self.accounts}
        terms |= {f"<@!{user_id}>": self.alias for _, user_id in self.accounts}
        terms |= {f"{platform}:{user_id}": self.key for platform, user_id in self.accounts}
        terms |= {user_id: self.key for _, user_id in self.accounts if len(user_id) > 4}
        if self.email:
            terms[self.email] = self.key
        if re.search(r"[\d@:]", self.roster_key):
            terms[self.roster_key] = self.key
        if self.given and not self.shared and len(_WORD.findall(self.name)) > 1:
            terms[self.name] = self.alias
        return terms

    def in_sentences(self) -> dict[str, str]:
        """What is replaced where the bot itself wrote names down: the name and login too."""
        terms = self.everywhere() | {self.roster_key: self.key}
        words = set(_WORD.findall(self.name.casefold()))
        if not self.shared and (self.given or not words <= _OUR_WORDS):
            terms[self.name] = self.alias
        # Some of it is JSON.
        for term, instead in list(terms.items()):
            terms |= {json.dumps(term, ensure_ascii=ascii)[1:-1]: instead for ascii in (True, False)}
        return terms


class Replacer:
    """Puts words in the place of others, as wholes ("Ann" is not in "Annotated"), in time linear in the text.

    A text without any of the `needles` stays as it is. The longest fitting term wins. `folded` compares without case,
    for texts that are all in lower case.
    """

    def __init__(self, terms: Mapping[str, str], *, folded: bool = False) -> None:
        self._fold = folded
        self.needles = tuple(sorted(self._key(term) for term in terms if term.strip()))
        self._by_word: defaultdict[str, list[tuple[int, str, str]]] = defaultdict(list)
        self._signs: list[tuple[str, str]] = []
        for term, instead in sorted(terms.items(), key=lambda pair: -len(pair[0])):
            if not term.strip():
                continue
            word = _WORD.search(term)
            if word is None:  # a name of emoji only
                self._signs.append((term, instead))
            else:
                self._by_word[self._key(word[0])].append((word.start(), term, instead))

    def __call__(self, text: str) -> str:
        parts, done = [], 0
        for word in _WORD.finditer(text):
            for offset, term, instead in self._by_word.get(self._key(word[0]), ()):
                start = word.start() - offset
                end = start + len(term)
                if start >= done and self._key(text[start:end]) == self._key(term) and _whole(text, start, end):
                    parts += [text[done:start], instead.casefold() if self._fold else instead]
                    done = end
                    break
        text = "".join([*parts, text[done:]])
        for sign, instead in self._signs:
            text = text.replace(sign, instead)
        return text

    def _key(self, text: str) -> str:
        return text.casefold() if self._fold else text


def replacers(people: Iterable[Identity]) -> tuple[Replacer, Replacer, Replacer]:
    """For the bot's sentences, for names in lower case, and for other people's words."""
    sentences: dict[str, str] = {}
    everywhere: dict[str, str] = {}
    for one in people:
        sentences |= one.in_sentences()
        everywhere |= one.everywhere()
    return Replacer(sentences), Replacer(everywhere, folded=True), Replacer(everywhere)


def _whole(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (after.isalnum() and text[end - 1].isalnum())
