"""What can be told from a question without understanding it: its words, how urgent and how friendly it sounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TypeVar

considered = 8_000
"""So many characters of a question are looked at."""
_telling = 60
"""Among so many of its first words are those that say what it is about."""

T = TypeVar("T")

_word = re.compile(r"\w+(?:['’]\w+)?")
"""For texts whose underscores were made spaces: a class without them would take half as long again."""
_around = "'’\".,;:!?()[]{}<>“”„…—–-*#/\\|`~+=&%$€@^"
_number = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)?(?![\w-])")
_reference = re.compile(r"\b(?=[\w-]{0,40}\d)[A-Z0-9][A-Za-z0-9]{0,40}(?:-[A-Za-z0-9]{1,40}){0,5}\b")
_email = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_sentence = re.compile(r".+?(?:[.!?](?=\s|$)|\n|$)", re.DOTALL)
_calmed = ("urgent", "rush", "hurry", "emergency", "critical")
_calm = re.compile(rf"\b(?:not|isn['’]?t|nothing|no)\s+(?:very\s+|that\s+|so\s+)?(?:{'|'.join(_calmed)})", re.IGNORECASE)
_camel = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_suffixes = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ies",
    "ied",
    "ate",
    "als",
    "al",
    "ers",
    "er",
    "ed",
    "es",
    "ly",
    "s",
    "e",
    "y",
)
_levels = {
    word: level
    for level, words in (
        (1.0, "emergency fraud hacked hacking breach breached stolen theft critical outage unauthorised unauthorized compromised"),
        (0.9, "urgent urgently urgency asap immediately lost blocked"),
        (0.75, "missing quickly deadline broken crash crashed failing failed down cannot wrong tonight swallowed angry furious"),
        (0.55, "today soon late delayed waiting problem issue error declined cancel complaint"),
        (0.15, "whenever someday wondering curious idea feedback suggestion newsletter"),
    )
    for word in words.split()
}
_level_words = frozenset(_levels)
_moods = {
    word: mood
    for mood, words in (
        (1, "great love excellent happy perfect wonderful good nice glad pleased amazing thank thanks awesome fantastic"),
        (
            -1,
            "angry bad terrible awful broken hate worst unhappy disappointed furious useless wrong stolen lost failed fraud complaint poor late",
        ),
    )
    for word in words.split()
}
_stopwords = frozenset(
    word
    for words in (
        "a about after again all also am an and any are as at be because been before but by can could did do does for from get got had has",
        "have he hello her here hey hi him his how i if in into is it its just know like me more my need no not now of on one only or our",
        "out over please she should so some still than thank thanks that the their them then there these they this to too up us very want",
        "was we well were what when where which while who why will with would you your yours really since dear tell give make help",
        "can't don't i'm it's i've",
    )
    for word in words.split()
)


@dataclass(frozen=True)
class Question:
    """A question to somebody; everything chosen for it is the same for the same two texts."""

    who: str
    text: str

    @cached_property
    def words(self) -> Sequence[str]:
        """The words, in lower case and in their order."""
        found: list[str] = []
        for token in self._lower.split():
            # Most tokens are a word, the others nearly all a word and what stands around it; the pattern is for the rest.
            if token.isalnum():
                found.append(token)
            elif (bare := token.strip(_around)).isalnum():
                found.append(bare)
            elif bare:
                found.extend(_word.findall(bare.replace("_", " ")))
        return found

    @cached_property
    def stems(self) -> frozenset[str]:
        """What the words have in common with their other forms, without words that say nothing."""
        return frozenset(stem(word) for word in self.words if word not in _stopwords)

    @cached_property
    def terms(self) -> Sequence[str]:
        """Up to six words that say what it is about, the most telling ones in their order."""
        told = [word for word in dict.fromkeys(self.words[:_telling]) if word not in _stopwords and len(word) > 2 and not word.isdecimal()]
        telling = frozenset(sorted(told, key=len, reverse=True)[:6])
        return [word for word in told if word in telling]

    @cached_property
    def urgency(self) -> float:
        """From 0 (whenever you like) to 1 (now)."""
        # A look for the words is much cheaper than the pattern.
        if any(word in self._lower for word in _calmed) and _calm.search(self.text[:considered]):
            return 0.1
        known = 0.35 if _level_words.isdisjoint(self.words) else max(_levels[word] for word in _levels.keys() & self.words)
        loud = 0.05 if "!" in self.text else 0.0
        return min(1.0, known + loud)

    @cached_property
    def _lower(self) -> str:
        return self.text[:considered].lower()

    @cached_property
    def mood(self) -> int:
        """Below 0 unfriendly, above 0 friendly."""
        return sum(_moods.get(word, 0) for word in self.words)

    @cached_property
    def numbers(self) -> Sequence[float]:
        """Numbers that stand alone."""
        return [float(found.replace(",", ".")) for found in _number.findall(self.text[:considered])]

    @cached_property
    def reference(self) -> str | None:
        """The first thing that looks like the number of an order, a ticket or a customer."""
        found = [name for name in _reference.findall(self.text[:considered]) if len(name) > 2]
        return found[0] if found else None

    @cached_property
    def email(self) -> str | None:
        """The first e-mail address."""
        found = _email.search(self.text[:considered])
        return found[0] if found else None

    def summary(self, limit: int = 160) -> str:
        """The first sentence, cut at a word where it is longer than `limit` characters."""
        found = _sentence.match(self.text[:considered].strip())
        return cut(" ".join(found[0].split()) if found else "", limit)

    def pick(self, options: Sequence[T], salt: str) -> T:
        """One of the options."""
        return options[self.roll(salt) % len(options)]

    def roll(self, salt: str) -> int:
        """A number below 2⁶⁴."""
        return int.from_bytes(blake2b(salt.encode(errors="replace"), digest_size=8, key=self._seed).digest())

    @cached_property
    def _seed(self) -> bytes:
        return blake2b(f"{self.who}\0{self.text}".encode(errors="replace"), digest_size=32).digest()


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """A word without its ending; crude, and the same for `deliver`, `delivery` and `delivered`."""
    for suffix in _suffixes:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def stems_of(name: str) -> frozenset[str]:
    """The stems of a name in any spelling: `card_arrival`, `cardArrival`, `Card arrival`."""
    return frozenset(stem(word) for word in _word.findall(_camel.sub(" ", name).replace("_", " ").lower()) if word not in _stopwords)


def cut(text: str, limit: int) -> str:
    """The text, or as many of its words as fit with an ellipsis behind them."""
    if len(text) <= limit:
        return text
    head = text[: max(limit - 1, 0)]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(" ,;:") + "…" if limit else ""
