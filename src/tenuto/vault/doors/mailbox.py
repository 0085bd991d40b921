"""What is done in a mailbox: folders, search, messages, flags, moves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from pydantic import JsonValue

from tenuto.core.errors import Invalid, TooLarge
from tenuto.vault.doors.folder_names import decoded, encoded
from tenuto.vault.doors.imap import Box, listed, messages, number, ok, quoted, said
from tenuto.vault.doors.visit import Refused, Visit

_keys = {
    "ALL": 0, "UNSEEN": 0, "SEEN": 0, "FLAGGED": 0, "UNFLAGGED": 0, "ANSWERED": 0, "UNANSWERED": 0, "DELETED": 0, "UNDELETED": 0,
    "FROM": 1, "TO": 1, "CC": 1, "BCC": 1, "SUBJECT": 1, "BODY": 1, "TEXT": 1, "SINCE": 1, "BEFORE": 1, "ON": 1, "LARGER": 1,
    "SMALLER": 1, "HEADER": 2,
}  # fmt: skip
"""What can be searched for, and how many values it takes."""
_flag = re.compile(r"\\?[A-Za-z0-9$_.-]{1,64}")
_facts = "UID FLAGS RFC822.SIZE INTERNALDATE"

Work: TypeAlias = Callable[[Box, Visit], JsonValue]


def _folders(box: Box, _: Visit) -> JsonValue:
    """All folders, as people call them."""
    found: list[JsonValue] = []
    for line in ok(box.list()):
        match = re.fullmatch(rb'\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?P<name>.*)', line if isinstance(line, bytes) else b"")
        if match:
            name = match["name"].decode("ascii", "replace")
            plain = re.sub(r"\\(.)", r"\1", name[1:-1]) if name.startswith('"') else name
            flags: list[JsonValue] = [*match["flags"].decode("ascii", "replace").split()]
            found.append({"name": decoded(plain), "flags": flags})
    return {"folders": found}


def _search(box: Box, visit: Visit) -> JsonValue:
    """The newest messages that fit, the newest first: `folder`, `criteria` (lists of a key and its values), `limit`, `since_uid`.

    `whole` gives whole messages, otherwise their headers: base64 in `content`.
    """
    asked, (count, validity) = visit.asked, _select(box, visit, readonly=True)
    limit, since = number(asked.get("limit"), 20), number(asked.get("since_uid"), 0)
    criteria = [_criterion(each) for each in listed(asked.get("criteria"))]
    items = f"({_facts} {'BODY.PEEK[]' if asked.get('whole') else 'BODY.PEEK[HEADER]'})"
    if count == 0:
        found: list[JsonValue] = []
    elif not criteria and not since:
        found = messages(ok(box.fetch(f"{max(1, count - limit + 1)}:{count}", items)))
    else:
        uids = sorted(_found(box, criteria, since), reverse=True)[:limit]
        found = messages(ok(box.uid("FETCH", ",".join(map(str, uids)), items))) if uids else []
    found.sort(key=lambda each: each["uid"] if isinstance(each, dict) and isinstance(each["uid"], int) else 0, reverse=True)
    return {"uidvalidity": validity, "messages": found}


def _found(box: Box, criteria: Sequence[Sequence[str]], since: int) -> set[int]:
    """UIDs that fit all; a text beyond ASCII is asked for by itself, as the client sends one literal for each command."""
    plain = [f"UID {since + 1}:*"] if since else []
    apart: list[Sequence[str]] = []
    for key, *values in criteria:
        if all(value.isascii() for value in values):
            plain += [key, *map(quoted, values)]
        else:
            apart.append((key, *values))
    found = _uids(box.uid("SEARCH", *plain)) if plain else None
    for key, *values in apart:
        box.literally(values[-1])
        some = _uids(box.uid("SEARCH", "CHARSET", "UTF-8", key, *map(quoted, values[:-1])))
        found = some if found is None else found & some
    return {uid for uid in found or set[int]() if uid > since}  # `n:*` names the last message even where its number is smaller


def _get(box: Box, visit: Visit) -> JsonValue:
    """One message, whole."""
    _, validity = _select(box, visit, readonly=True)
    facts = messages(ok(box.uid("FETCH", _uid(visit), f"({_facts})")))
    size = facts[0]["size"] if facts and isinstance(facts[0], dict) else 0
    if not facts:
        raise Refused(404, "missing", "There is no such message in this folder.")
    if isinstance(size, int) and size > visit.max_bytes // 2:
        raise TooLarge(f"The message has {size:,} bytes.", fix="Read its headers instead.")
    found = messages(ok(box.uid("FETCH", _uid(visit), f"({_facts} BODY.PEEK[])")))
    if not found:
        raise Refused(404, "missing", "There is no such message in this folder.")
    return {"uidvalidity": validity, "messages": found[:1]}


def _mark(box: Box, visit: Visit) -> JsonValue:
    """Add and remove flags (`\\Seen`, `\\Flagged`, …) of one message."""
    _, validity = _select(box, visit, readonly=False)
    visit.left = True
    for sign, name in (("+", "add"), ("-", "remove")):
        flags = [str(each) for each in listed(visit.asked.get(name))]
        if not all(_flag.fullmatch(each) for each in flags):
            raise Invalid("A flag is a word, such as \\Seen.", pointer=f"/{name}")
        if flags:
            ok(box.uid("STORE", _uid(visit), f"{sign}FLAGS.SILENT", f"({' '.join(flags)})"))
    found = messages(ok(box.uid("FETCH", _uid(visit), f"({_facts} BODY.PEEK[HEADER])")))
    if not found:
        raise Refused(404, "missing", "There is no such message in this folder.")
    return {"uidvalidity": validity, "messages": found[:1]}


def _move(box: Box, visit: Visit) -> JsonValue:
    """Into another folder, by MOVE (RFC 6851); else copied, and marked as deleted."""
    _select(box, visit, readonly=False)
    if not messages(ok(box.uid("FETCH", _uid(visit), f"({_facts})"))):
        raise Refused(404, "missing", "There is no such message in this folder.")
    folder = quoted(encoded(str(visit.asked.get("to") or "")))
    visit.left = True
    if "MOVE" in box.capabilities:
        ok(box.uid("MOVE", _uid(visit), folder))
    else:
        ok(box.uid("COPY", _uid(visit), folder))
        ok(box.uid("STORE", _uid(visit), "+FLAGS.SILENT", "(\\Deleted)"))
        if "UIDPLUS" in box.capabilities:
            ok(box.uid("EXPUNGE", _uid(visit)))
    return {"moved": True}


def _append(box: Box, visit: Visit) -> JsonValue:
    """Put a message into a folder: the content, with `flags`."""
    flags = [str(each) for each in listed(visit.asked.get("flags"))]
    if not all(_flag.fullmatch(each) for each in flags):
        raise Invalid("A flag is a word, such as \\Draft.", pointer="/flags")
    folder = quoted(encoded(str(visit.asked.get("folder") or "INBOX")))
    visit.left = True
    ok(box.append(folder, f"({' '.join(flags)})", "", visit.content or b""))
    return {"appended": True}


operations: Mapping[str, Work] = {
    "folders": _folders,
    "search": _search,
    "get": _get,
    "mark": _mark,
    "move": _move,
    "append": _append,
}


def _select(box: Box, visit: Visit, *, readonly: bool) -> tuple[int, int]:
    """How many messages the folder has, and its UIDVALIDITY; refuses ids that were given out before that changed (RFC 3501, 2.3.1.1)."""
    folder = str(visit.asked.get("folder") or "INBOX")
    answer = box.select(quoted(encoded(folder)), readonly=readonly)
    if answer[0] != "OK":
        raise Refused(404, "folder", f"There is no folder {folder[:200]} that can be opened: {said(answer[1])}")
    validity = number(said(box.response("UIDVALIDITY")[1]), 0)
    wanted = number(visit.asked.get("uidvalidity"), 0)
    if wanted and wanted != validity:
        raise Refused(404, "uidvalidity", "The server has numbered the messages of this folder anew; the id is no longer known.")
    return number(said(answer[1]), 0), validity


def _criterion(given: JsonValue) -> Sequence[str]:
    words = [str(each) for each in listed(given)]
    if not words or _keys.get(words[0]) != len(words) - 1:
        raise Invalid(f"{' '.join(words)[:100]} cannot be searched for.", pointer="/criteria")
    return words


def _uid(visit: Visit) -> str:
    return str(number(visit.asked.get("uid"), 0))


def _uids(answer: tuple[str, Sequence[object]]) -> set[int]:
    return {int(each) for part in ok(answer) if isinstance(part, bytes) for each in part.split()}
