"""Finds rules by words: ids, statements, headings, reasons and synonyms in five languages, ranked.

Words are weighed as BM25 does: a rare word says more than a common one, and a word that stands twice says less than
twice as much. A heading that is asked for in its own words outweighs the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt, log

from quotary_spec.passage import Passage
from quotary_spec.register.synonyms import SYNONYMS

_SATURATION, _LENGTH = 12, 3
"""How fast repeating a word stops to count, and how much a long text loses: BM25's k1 and b, in tenths."""
_ID, _REASON, _HEADING = 3, 1, 2
"""How often a word of the id and of the reasons counts beside one of the statement; how much a heading counts."""
_LEAST_PERCENT = 35
"""What scores less than this part of the best is not found."""

_WORD = re.compile(r"[^\W_]+")
_PASSAGE = re.compile(r"\b\d{3}:[1-9]\d{0,5}(?:-[1-9]\d{0,5})?\b")
_IDEOGRAPHS = re.compile(r"[一-鿿]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found.

    Attributes:
        id: Its name.
        statement: What it says.
        headings: Titles of the headings under which it stands.
        reasons: Texts of the reasons that it gives.
        passages: Where it stands, its headings included.
    """

    id: str
    statement: str
    headings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents and plain endings, then the things that they are words for."""
    plain = _plain(text)
    found = tuple(_stem(word) for word in _WORD.findall(plain))
    return (*found, *_things(found, plain))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _stem(word: str) -> str:
    """A word without the endings that English, Dutch and French put to nouns and verbs; short words stay whole."""
    for ending, least in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if len(word) >= least and word.endswith(ending) and not word.endswith("ss"):
            stem = word[: -len(ending)]
            return stem + "y" if ending == "ies" else stem.removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word


def _things(found: Sequence[str], plain: str) -> Iterator[str]:
    """Names of the things whose words stand in a text; Chinese, which does not part its words, is searched as it is."""
    for first, word in enumerate(found):
        for rest, thing in _phrases().get(word, ()):
            if tuple(found[first + 1 : first + 1 + len(rest)]) == rest:
                yield f"={thing}"
    if _IDEOGRAPHS.search(plain):
        yield from (f"={thing}" for word, thing in _chinese() if word in plain)


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """The words that follow a first word in a synonym, and the thing it names."""
    made: dict[str, dict[tuple[tuple[str, ...], str], None]] = {}
    for thing, synonyms in SYNONYMS.items():
        for synonym in synonyms:
            first, *rest = (_stem(word) for word in _WORD.findall(_plain(synonym)))
            made.setdefault(first, {})[tuple(rest), thing] = None
    return {first: tuple(rests) for first, rests in made.items()}


@lru_cache(maxsize=1)
def _chinese() -> tuple[tuple[str, str], ...]:
    every = ((synonym, thing) for thing, synonyms in SYNONYMS.items() for synonym in synonyms)
    return tuple((word, thing) for word, thing in every if _IDEOGRAPHS.search(word))


class Index:
    """Entries, made ready to be found."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._bodies = tuple(map(_body, self.entries))
        self._titles = tuple(tuple(frozenset(words(title)) for title in entry.headings) for entry in self.entries)
        self._average = max(1, sum(body.total() for body in self._bodies) // max(1, len(self.entries)))
        spoken = Counter(word for i in range(len(self.entries)) for word in self._vocabulary(i))
        self._weight = {
            word: round(1000 * log((2 * len(self.entries) + 2) / (2 * n + 1))) for word, n in spoken.items()
        }
        self._of_title = {title: self._sum(title) for titles in self._titles for title in titles}

    def _vocabulary(self, i: int) -> frozenset[str]:
        return frozenset(self._bodies[i]).union(*self._titles[i])

    def find(self, query: str) -> list[Entry]:
        """The entries that speak of a text, best first; a place such as ``000:689`` keeps what stands there alone."""
        places = _places(query)
        searched = self._known(words(_PASSAGE.sub(" ", query)))
        scores = [
            (self._score(i, searched), i)
            for i, entry in enumerate(self.entries)
            if all(any(place.overlaps(each) for each in entry.passages) for place in places)
        ]
        if not searched:
            return [self.entries[i] for _, i in scores] if places else []
        best = max((score for score, _ in scores), default=0)
        found = sorted(
            (each for each in scores if each[0] * 100 > best * _LEAST_PERCENT), key=lambda each: (-each[0], each[1])
        )
        return [self.entries[i] for _, i in found]

    def _known(self, searched: Sequence[str]) -> frozenset[str]:
        """The words asked for; one that no entry has stands for those that begin with it."""
        found: set[str] = set()
        for word in searched:
            if word in self._weight:
                found.add(word)
            elif len(word) > 3:
                found.update(each for each in self._weight if each.startswith(word))
        return frozenset(found)

    def _score(self, i: int, searched: frozenset[str]) -> int:
        body = self._bodies[i]
        damping = _SATURATION * (10 - _LENGTH) + _SATURATION * _LENGTH * body.total() // self._average
        score = 0
        for word in searched & body.keys():
            count = body[word]
            score += self._weight[word] * count * (_SATURATION + 10) * 10 // (100 * count + damping)
        return score + _HEADING * max((self._likeness(title, searched) for title in self._titles[i]), default=0)

    def _likeness(self, title: frozenset[str], searched: frozenset[str]) -> int:
        """How much of a heading was asked for and how much of what was asked it is: at most the weight of the asked."""
        shared = self._sum(title & searched)
        return isqrt(shared**3 // self._of_title[title]) if shared else 0

    def _sum(self, found: frozenset[str]) -> int:
        return sum(self._weight[word] for word in found)


def _places(query: str) -> list[Passage]:
    """The places that a text names; lines in the wrong order are read in the right one."""
    places = []
    for place in _PASSAGE.findall(query):
        document, _, lines = place.partition(":")
        numbers = sorted(int(line) for line in lines.split("-"))
        places.append(Passage(document, numbers[0], numbers[-1]))
    return places


def _body(entry: Entry) -> Counter[str]:
    body = Counter(words(entry.statement))
    for text, times in ((entry.id.partition(":")[2] or entry.id, _ID), *((text, _REASON) for text in entry.reasons)):
        for word in words(text):
            body[word] += times
    return body
