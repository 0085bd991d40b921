"""What the mail servers' doubles keep: mailboxes with numbered letters, and how IMAP describes, searches and cuts a letter.

From RFC 3501 (IMAP4rev1): 2.3 message attributes, 6.4.4 SEARCH, 6.4.5 FETCH, 7.4.2 FETCH response; RFC 5322 for the letters.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import Message
from typing import TypeAlias

Token: TypeAlias = "str | bytes | list[Token]"
"""An atom or a quoted string, a literal, a list in parentheses."""
_flags = {"ANSWERED": "\\Answered", "DELETED": "\\Deleted", "DRAFT": "\\Draft", "FLAGGED": "\\Flagged", "SEEN": "\\Seen"}


class Bad(Exception):
    """The command cannot be read."""


@dataclass(eq=False)
class Letter:
    """A letter in a mailbox."""

    uid: int
    content: bytes
    flags: set[str]
    received: datetime

    @property
    def parsed(self) -> Message:
        return email.message_from_bytes(self.content, policy=email.policy.compat32)

    def header(self, name: str) -> str:
        """Decoded; empty where there is none."""
        return str(email.message_from_bytes(self.content, policy=email.policy.default).get(name, ""))


@dataclass(eq=False)
class Mailbox:
    """A mailbox: the letters in the order of their uids."""

    name: str
    letters: list[Letter] = field(default_factory=list[Letter])
    validity: int = 1767600000
    next: int = 1
    attributes: str = "\\HasNoChildren"

    def add(self, content: bytes, flags: set[str] | None = None, received: datetime | None = None) -> Letter:
        letter = Letter(self.next, content, flags if flags is not None else set(), received or datetime.now(UTC))
        self.next += 1
        self.letters.append(letter)
        return letter


def numbers(text: str, known: list[int]) -> list[int]:
    """`1:3,7,9:*` as those of the known ascending numbers that it names. Raises `Bad`."""
    found: set[int] = set()
    last = known[-1] if known else 0
    for part in text.split(","):
        ends = part.split(":")
        if len(ends) > 2 or not all(re.fullmatch(r"[1-9]\d{0,9}|\*", end) for end in ends):
            raise Bad("Invalid sequence set")
        low, high = sorted(last if end == "*" else int(end) for end in (ends[0], ends[-1]))
        found |= {number for number in known if low <= number <= high}
    return sorted(found)


def words(token: Token) -> str:
    """A token that has to be text. Raises `Bad`."""
    if isinstance(token, list):
        raise Bad("A list stands where text has to be")
    return token.decode(errors="replace") if isinstance(token, bytes) else token


class Search:
    """One SEARCH: its keys, held against letters."""

    def __init__(self, keys: list[Token], letters: list[Letter]) -> None:
        self._keys, self._letters = list(keys), letters

    def found(self) -> list[Letter]:
        """Raises `Bad` for a key that there is not."""
        tests = []
        while self._keys:
            tests.append(self._one())
        return [letter for letter in self._letters if all(test(letter) for test in tests)]

    def _one(self):
        key = self._keys.pop(0)
        if isinstance(key, list):
            inner = {letter.uid for letter in Search(key, self._letters).found()}
            return lambda letter: letter.uid in inner
        word = words(key).upper()
        if re.fullmatch(r"[\d*:,]+", word):
            chosen = {self._letters[number - 1].uid for number in numbers(word, list(range(1, len(self._letters) + 1)))}
            return lambda letter: letter.uid in chosen
        match word:
            case "ALL":
                return lambda letter: True
            case "NEW" | "RECENT":
                return lambda letter: "\\Recent" in letter.flags and (word == "RECENT" or "\\Seen" not in letter.flags)
            case "OLD":
                return lambda letter: "\\Recent" not in letter.flags
            case "NOT":
                inner_test = self._one()
                return lambda letter: not inner_test(letter)
            case "OR":
                one, other = self._one(), self._one()
                return lambda letter: one(letter) or other(letter)
            case "UID":
                uids = set(numbers(self._argument(), [letter.uid for letter in self._letters]))
                return lambda letter: letter.uid in uids
            case _ if word.removeprefix("UN") in _flags:
                flag, without = _flags[word.removeprefix("UN")], word.startswith("UN")
                return lambda letter: (flag in letter.flags) != without
            case "KEYWORD" | "UNKEYWORD":
                keyword, without = self._argument(), word == "UNKEYWORD"
                return lambda letter: (keyword in letter.flags) != without
            case _:
                return self._content(word)

    def _content(self, word: str):
        match word:
            case "FROM" | "TO" | "CC" | "BCC" | "SUBJECT":
                text = self._argument().lower()
                return lambda letter: text in letter.header(word).lower()
            case "HEADER":
                name, text = self._argument(), self._argument().lower()
                return lambda letter: name.lower() in map(str.lower, letter.parsed.keys()) and text in letter.header(name).lower()
            case "BODY" | "TEXT":
                text = self._argument().lower()
                return lambda letter: (
                    text in (_text(letter) if word == "BODY" else letter.content.decode(errors="replace") + _text(letter)).lower()
                )
            case "LARGER" | "SMALLER":
                size, sign = int(self._argument()), 1 if word == "LARGER" else -1
                return lambda letter: sign * len(letter.content) > sign * size
            case "BEFORE" | "ON" | "SINCE" | "SENTBEFORE" | "SENTON" | "SENTSINCE":
                return self._dated(word, _day(self._argument()))
            case _:
                raise Bad(f"Unknown search key {word}")

    def _dated(self, word: str, day: date):
        def test(letter: Letter) -> bool:
            when = letter.received
            if word.startswith("SENT"):
                when = email.utils.parsedate_to_datetime(letter.header("Date")) if letter.header("Date") else letter.received
            match word.removeprefix("SENT"):
                case "BEFORE":
                    return when.date() < day
                case "ON":
                    return when.date() == day
                case _:
                    return when.date() >= day

        return test

    def _argument(self) -> str:
        if not self._keys:
            raise Bad("Missing argument of a search key")
        return words(self._keys.pop(0))


def section(letter: Letter, text: str) -> bytes | None:
    """What `BODY[text]` is of a letter; None where there is no such part. Raises `Bad`."""
    found = re.fullmatch(r"((?:\d+\.)*\d+)?\.?(HEADER|TEXT|MIME|HEADER\.FIELDS(?:\.NOT)? \(([^)]*)\))?", text, re.IGNORECASE)
    if found is None:
        raise Bad(f"Invalid section {text}")
    numbers, what, names = found[1], (found[2] or "").upper(), found[3]
    part, content = letter.parsed, letter.content
    for number in (numbers or "").split(".") if numbers else ():
        inner = part.get_payload() if part.is_multipart() else [part] if number == "1" else []
        if not isinstance(inner, list) or int(number) > len(inner):
            return None
        part = inner[int(number) - 1]
        content = part.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n"))
    head, between, body = content.partition(b"\r\n\r\n")
    head += b"\r\n\r\n" if between else b""
    if what.startswith("HEADER.FIELDS"):
        chosen = {name.lower() for name in names.split()}
        no = ".NOT" in what
        lines = re.findall(rb"[^\s:]+:.*\r\n(?:[ \t].*\r\n)*", head)
        return b"".join(line for line in lines if (line.partition(b":")[0].decode().lower() in chosen) != no) + b"\r\n"
    if what in ("HEADER", "MIME"):
        return head
    return body if what == "TEXT" or numbers else content


def envelope(letter: Letter) -> str:
    """RFC 3501, 7.4.2: date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to, message-id."""
    parsed = letter.parsed
    sender = parsed.get_all("From", [])
    people = [
        _people(parsed.get_all(name) or (sender if name in ("Sender", "Reply-To") else []))
        for name in ("From", "Sender", "Reply-To", "To", "Cc", "Bcc")
    ]
    texts = [_string(parsed.get(name)) for name in ("Date", "Subject")]
    return f"({' '.join([*texts, *people, _string(parsed.get('In-Reply-To')), _string(parsed.get('Message-ID'))])})"


def structure(part: Message, *, extended: bool) -> str:
    """RFC 3501, 7.4.2: BODYSTRUCTURE, or BODY without its extensions."""
    payload = part.get_payload()
    if part.is_multipart() and isinstance(payload, list):
        inner = "".join(structure(each, extended=extended) for each in payload)  # pyright: ignore[reportArgumentType] - parts of a part
        more = f" {_pairs(part)} NIL NIL" if extended else ""
        return f"({inner} {_string(part.get_content_subtype().upper())}{more})"
    kind, subtype = part.get_content_maintype().upper(), part.get_content_subtype().upper()
    body = part.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n")).partition(b"\r\n\r\n")[2]
    encoding = str(part.get("Content-Transfer-Encoding", "7BIT")).upper()
    facts = [_string(kind), _string(subtype), _pairs(part), _string(part.get("Content-ID")), "NIL", _string(encoding), str(len(body))]
    if kind == "TEXT":
        facts.append(str(body.count(b"\n")))
    if extended:
        name = part.get_filename()
        held = part.get_content_disposition()
        told = f'("FILENAME" {_string(name)})' if name else "NIL"
        facts += ["NIL", f"({_string(held.upper())} {told})" if held else "NIL", "NIL", "NIL"]
    return f"({' '.join(facts)})"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _string(text: object) -> str:
    return "NIL" if text is None else quoted(re.sub(r"\r?\n", "", str(text)))


def _pairs(part: Message) -> str:
    given = part.get_params() or []
    pairs = " ".join(f"{_string(name.upper())} {_string(value)}" for name, value in given[1:])
    return f"({pairs})" if pairs else "NIL"


def _people(values: list[str]) -> str:
    found = email.utils.getaddresses([str(value) for value in values])
    if not found:
        return "NIL"
    parts = [(name or None, *address.rpartition("@")[::2]) for name, address in found]
    return "(" + "".join(f"({_string(name)} NIL {_string(local)} {_string(domain)})" for name, local, domain in parts) + ")"


def _text(letter: Letter) -> str:
    parts = [part for part in letter.parsed.walk() if part.get_content_maintype() == "text"]
    contents = [part.get_payload(decode=True) for part in parts]
    return "\n".join(content.decode(errors="replace") for content in contents if isinstance(content, bytes))


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=UTC).date()
    except ValueError:
        raise Bad(f"Invalid date {text}") from None
