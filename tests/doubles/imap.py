"""A double of an IMAP4rev1 server: sessions over TLS, mailboxes, searches, parts of letters, flags, and news while idle.

From RFC 3501 (IMAP4rev1), RFC 2177 (IDLE), RFC 4315 (UIDPLUS), RFC 6851 (MOVE), RFC 7888 (LITERAL+), RFC 4959 (SASL-IR), RFC 5530 (codes),
and https://developers.google.com/workspace/gmail/imap/xoauth2-protocol for XOAUTH2.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from tests.doubles.mailboxes import Bad, Letter, Mailbox, Search, Token, envelope, numbers, quoted, section, structure, words

_longest = 64 * 1024
_literal = re.compile(rb"\{(\d+)(\+?)\}\r\n$")
_item = re.compile(r"BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?", re.IGNORECASE)
_macros = {
    "ALL": "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE",
    "FAST": "FLAGS INTERNALDATE RFC822.SIZE",
    "FULL": "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY",
}


class Account(Protocol):
    """Whose mailboxes they are, and what goes wrong."""

    mailboxes: dict[str, Mailbox]
    largest: int
    commands: list[str]
    broken: dict[str, str]

    def admits(self, user: str, password: str) -> bool: ...
    def admits_token(self, user: str, token: str) -> bool: ...


class No(Exception):
    """The server says no."""


class Session:
    """One connection."""

    def __init__(self, account: Account, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext) -> None:
        self.account, self.reader, self.writer, self.tls = account, reader, writer, tls
        self.user: str | None = None
        self.box: Mailbox | None = None
        self.known: list[int] = []
        """The uids as the client knows them: their places are the sequence numbers."""
        self.read_only = False
        self.failures = 0
        self.over = False
        self.tag = "*"
        """Of the command that is being done."""

    async def run(self) -> None:
        self._say(f"* OK [CAPABILITY {self._capabilities()}] The double is ready")
        try:
            while not self.over:
                await self.writer.drain()
                await self._command()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await self.writer.wait_closed()

    def _say(self, text: str) -> None:
        self.writer.write(text.encode() + b"\r\n")

    @property
    def _secure(self) -> bool:
        return self.writer.get_extra_info("ssl_object") is not None

    def _capabilities(self) -> str:
        ways = "AUTH=PLAIN AUTH=XOAUTH2 SASL-IR" if self._secure else "STARTTLS LOGINDISABLED"
        return f"IMAP4rev1 LITERAL+ ID IDLE NAMESPACE UIDPLUS MOVE UNSELECT {ways if self.user is None else ''}".strip()

    async def _command(self) -> None:
        self.tag = "*"
        try:
            done = await self._done(await self._tokens())
            if done:
                self._say(f"{self.tag} OK {done}")
        except Bad as bad:
            self._say(f"{self.tag} BAD {bad}")
        except No as no:
            self._news(gone=True)
            self._say(f"{self.tag} NO {no}")
        if self.over:
            await self.writer.drain()

    async def _done(self, tokens: list[Token]) -> str:
        """What is said behind OK; nothing where it has been said already, or will not be."""
        if len(tokens) < 2:
            raise Bad("Missing command")
        self.tag, name, arguments = words(tokens[0]), words(tokens[1]).upper(), tokens[2:]
        if uid := name == "UID" and bool(arguments):
            name = words(arguments.pop(0)).upper()
        self.account.commands.append(("UID " if uid else "") + name)
        wrong = self.account.broken.pop(name, "")
        if wrong == "drop":
            self.over = True
            return ""
        if wrong:
            raise No(wrong)
        done = await self._perform(self.tag, name, arguments, uid=uid)
        self._news(gone=uid or name not in ("FETCH", "STORE", "SEARCH"))
        return done

    async def _tokens(self) -> list[Token]:
        """One command with its literals. Raises `Bad`, `IncompleteReadError` at the end."""
        stack: list[list[Token]] = [[]]
        while True:
            try:
                line = await self.reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError:
                self.over = True
                self._say("* BYE Command line too long")
                raise Bad("Command line too long") from None
            follows = _literal.search(line)
            _read(line[: follows.start()] if follows else line[:-2], stack)
            if follows is None:
                if len(stack) != 1:
                    raise Bad("Missing )")
                return stack[0]
            size = int(follows[1])
            if size > self.account.largest and not follows[2]:
                raise No("[TOOBIG] The literal is too large")
            if not follows[2]:
                self._say("+ Ready for literal data")
                await self.writer.drain()
            content = await self.reader.readexactly(size)
            if size > self.account.largest:
                await self.reader.readuntil(b"\r\n")
                raise No("[TOOBIG] The literal is too large")
            stack[-1].append(content)

    async def _perform(self, tag: str, name: str, arguments: list[Token], *, uid: bool) -> str:
        anywhere: dict[str, Callable[[list[Token]], Awaitable[str]]] = {
            "CAPABILITY": self._capability, "NOOP": self._noop, "LOGOUT": self._logout, "ID": self._id,
        }  # fmt: skip
        before = {"STARTTLS": self._starttls, "LOGIN": self._login, "AUTHENTICATE": self._authenticate}
        after = {
            "SELECT": self._select, "EXAMINE": self._examine, "LIST": self._list, "LSUB": self._list, "STATUS": self._status,
            "CREATE": self._create, "APPEND": self._append, "NAMESPACE": self._namespace, "IDLE": self._idle,
        }  # fmt: skip
        selected = {"CHECK": self._noop, "CLOSE": self._close, "UNSELECT": self._unselect}
        numbered = {
            "SEARCH": self._search, "FETCH": self._fetch, "STORE": self._store, "COPY": self._copy, "MOVE": self._move, "EXPUNGE": self._expunge,
        }  # fmt: skip
        if name in anywhere and not uid:
            return await anywhere[name](arguments)
        if name == "STARTTLS" and self.user is None and not self._secure:
            self._say(f"{tag} OK Begin TLS negotiation now")
            await self.writer.drain()
            await self.writer.start_tls(self.tls)
            return ""
        if name in before and not uid:
            if self.user is not None:
                raise Bad("Command received in invalid state.")
            return await before[name](arguments)
        if self.user is None or (name in (*selected, *numbered) and self.box is None):
            raise Bad("Command received in invalid state.")
        if name in after and not uid:
            return await after[name](arguments)
        if name in selected and not uid:
            return await selected[name](arguments)
        if name in numbered:
            return await numbered[name](arguments, uid)
        raise Bad("Unknown command")

    # In any state

    async def _capability(self, _arguments: list[Token]) -> str:
        self._say(f"* CAPABILITY {self._capabilities()}")
        return "Capability completed."

    async def _noop(self, _arguments: list[Token]) -> str:
        return "Completed."

    async def _id(self, _arguments: list[Token]) -> str:
        self._say('* ID ("name" "double")')
        return "ID completed."

    async def _logout(self, _arguments: list[Token]) -> str:
        self.over = True
        self._say("* BYE Logging out")
        return "Logout completed."

    # Who it is

    async def _starttls(self, _arguments: list[Token]) -> str:
        raise Bad("TLS is already on")

    async def _login(self, arguments: list[Token]) -> str:
        if not self._secure:
            raise No("[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure connections.")
        if len(arguments) != 2:
            raise Bad("LOGIN takes a name and a password")
        return self._entered(words(arguments[0]), self.account.admits(words(arguments[0]), words(arguments[1])))

    async def _authenticate(self, arguments: list[Token]) -> str:
        way = words(arguments[0]).upper() if arguments else ""
        if way not in ("PLAIN", "XOAUTH2") or not self._secure:
            raise No("Unsupported authentication mechanism.")
        if len(arguments) > 1:
            answer = words(arguments[1]).encode()
        else:
            self._say("+ ")
            await self.writer.drain()
            answer = (await self.reader.readuntil(b"\r\n")).strip()
        try:
            said = b64decode(answer, validate=True).decode()
        except ValueError:
            raise Bad("Invalid base64") from None
        if way == "PLAIN":
            _, user, password = [*said.split("\0"), "", "", ""][:3]
            return self._entered(user, self.account.admits(user, password))
        found = re.fullmatch("user=(.*)\x01auth=Bearer (.*)\x01\x01", said)
        return self._entered(found[1] if found else "", found is not None and self.account.admits_token(found[1], found[2]))

    def _entered(self, user: str, admitted: bool) -> str:
        if not admitted:
            self.failures += 1
            if self.failures == 3:
                self.over = True
                self._say("* BYE Too many invalid commands")
            raise No("[AUTHENTICATIONFAILED] Authentication failed.")
        self.user = user
        return f"[CAPABILITY {self._capabilities()}] Logged in"

    # Mailboxes

    def _mailbox(self, token: Token, code: str = "[NONEXISTENT] ") -> Mailbox:
        name = words(token)
        found = self.account.mailboxes.get("INBOX" if name.upper() == "INBOX" else name)
        if found is None:
            raise No(f"{code}Mailbox doesn't exist: {name}")
        return found

    async def _select(self, arguments: list[Token]) -> str:
        self.box, self.known = None, []
        self.box = box = self._mailbox(arguments[0])
        self.read_only = False
        self.known = [letter.uid for letter in box.letters]
        unseen = next((index for index, letter in enumerate(box.letters, 1) if "\\Seen" not in letter.flags), None)
        self._say("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
        self._say("* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags permitted.")
        self._say(f"* {len(box.letters)} EXISTS")
        self._say("* 0 RECENT")
        if unseen:
            self._say(f"* OK [UNSEEN {unseen}] First unseen.")
        self._say(f"* OK [UIDVALIDITY {box.validity}] UIDs valid")
        self._say(f"* OK [UIDNEXT {box.next}] Predicted next UID")
        return "[READ-WRITE] Select completed."

    async def _examine(self, arguments: list[Token]) -> str:
        await self._select(arguments)
        self.read_only = True
        return "[READ-ONLY] Examine completed."

    async def _list(self, arguments: list[Token]) -> str:
        pattern = re.escape(words(arguments[0]) + words(arguments[1])).replace(r"\*", ".*").replace("%", "[^/]*")
        for box in self.account.mailboxes.values():
            if re.fullmatch(pattern, box.name, re.IGNORECASE):
                self._say(f'* LIST ({box.attributes}) "/" {quoted(box.name)}')
        return "List completed."

    async def _status(self, arguments: list[Token]) -> str:
        box = self._mailbox(arguments[0])
        known = {
            "MESSAGES": len(box.letters), "RECENT": 0, "UIDNEXT": box.next, "UIDVALIDITY": box.validity,
            "UNSEEN": sum("\\Seen" not in letter.flags for letter in box.letters),
        }  # fmt: skip
        asked = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], list) else []
        told = " ".join(f"{words(name).upper()} {known[words(name).upper()]}" for name in asked if words(name).upper() in known)
        self._say(f"* STATUS {quoted(box.name)} ({told})")
        return "Status completed."

    async def _create(self, arguments: list[Token]) -> str:
        name = words(arguments[0])
        if name.upper() == "INBOX" or name in self.account.mailboxes:
            raise No("[ALREADYEXISTS] Mailbox already exists")
        self.account.mailboxes[name] = Mailbox(name)
        return "Create completed."

    async def _append(self, arguments: list[Token]) -> str:
        box = self._mailbox(arguments[0], "[TRYCREATE] ")
        flags = next(({words(flag) for flag in each} for each in arguments[1:-1] if isinstance(each, list)), set[str]())
        if not isinstance(arguments[-1], bytes):
            raise Bad("APPEND takes a literal")
        given = next((words(each) for each in arguments[1:-1] if not isinstance(each, list)), None)
        try:
            received = datetime.strptime(given.strip(), "%d-%b-%Y %H:%M:%S %z") if given else None
        except ValueError:
            raise Bad("Invalid date-time") from None
        letter = box.add(arguments[-1], flags, received)
        return f"[APPENDUID {box.validity} {letter.uid}] Append completed."

    async def _namespace(self, _arguments: list[Token]) -> str:
        self._say('* NAMESPACE (("" "/")) NIL NIL')
        return "Namespace completed."

    async def _idle(self, _arguments: list[Token]) -> str:
        self._say("+ idling")
        done = asyncio.create_task(self.reader.readuntil(b"\r\n"))
        while not done.done():
            self._news(gone=True)
            await self.writer.drain()
            await asyncio.wait([done], timeout=0.02)
        if (await done).strip().upper() != b"DONE":
            raise Bad("Expected DONE.")
        return "Idle completed."

    async def _close(self, _arguments: list[Token]) -> str:
        if self.box and not self.read_only:
            self.box.letters = [letter for letter in self.box.letters if "\\Deleted" not in letter.flags]
        return await self._unselect([])

    async def _unselect(self, _arguments: list[Token]) -> str:
        self.box, self.known = None, []
        return "Mailbox closed."

    # Letters

    def _news(self, *, gone: bool) -> None:
        """What has changed since the client heard of it; numbers shift only where `gone` may be told."""
        if self.box is None:
            return
        there = {letter.uid for letter in self.box.letters}
        if gone:
            for index in range(len(self.known), 0, -1):
                if self.known[index - 1] not in there:
                    del self.known[index - 1]
                    self._say(f"* {index} EXPUNGE")
        fresh = [letter.uid for letter in self.box.letters if letter.uid > (self.known[-1] if self.known else 0)]
        if fresh:
            self.known += fresh
            self._say(f"* {len(self.known)} EXISTS")

    @property
    def _there(self) -> list[Letter]:
        """The letters that the client knows, and that are still there."""
        assert self.box is not None
        known = set(self.known)
        return [letter for letter in self.box.letters if letter.uid in known]

    def _chosen(self, token: Token, uid: bool) -> list[Letter]:
        if uid:
            wanted = set(numbers(words(token), self.known))
        else:
            wanted = {self.known[number - 1] for number in numbers(words(token), list(range(1, len(self.known) + 1)))}
        return [letter for letter in self._there if letter.uid in wanted]

    async def _search(self, arguments: list[Token], uid: bool) -> str:
        if len(arguments) > 1 and arguments[0] in ("CHARSET", "charset"):
            if words(arguments[1]).upper() not in ("US-ASCII", "UTF-8"):
                raise No("[BADCHARSET (US-ASCII UTF-8)] Unknown charset")
            arguments = arguments[2:]
        if not arguments:
            raise Bad("Missing search parameters")
        found = Search(arguments, self._there).found()
        told = "".join(f" {letter.uid if uid else self.known.index(letter.uid) + 1}" for letter in found)
        self._say(f"* SEARCH{told}")
        return "Search completed."

    async def _fetch(self, arguments: list[Token], uid: bool) -> str:
        if len(arguments) != 2:
            raise Bad("FETCH takes a sequence set and items")
        given = arguments[1] if isinstance(arguments[1], list) else [arguments[1]]
        asked = " ".join(words(each) for each in given)
        asked = _macros.get(asked.upper(), asked)
        items = re.findall(r"[^\s\[]+(?:\[[^\]]*\](?:<[\d.]+>)?)?", asked)
        if uid and "UID" not in map(str.upper, items):
            items.insert(0, "UID")
        for letter in self._chosen(arguments[0], uid):
            seen = "\\Seen" in letter.flags
            parts = [self._part(letter, item) for item in items]
            if "\\Seen" in letter.flags and not seen:
                parts.append(f"FLAGS ({' '.join(sorted(letter.flags))})".encode())
            self.writer.write(f"* {self.known.index(letter.uid) + 1} FETCH (".encode() + b" ".join(parts) + b")\r\n")
        return "Fetch completed."

    def _part(self, letter: Letter, item: str) -> bytes:
        plain: dict[str, Callable[[], str]] = {
            "FLAGS": lambda: f"FLAGS ({' '.join(sorted(letter.flags))})",
            "UID": lambda: f"UID {letter.uid}",
            "INTERNALDATE": lambda: f'INTERNALDATE "{letter.received.strftime("%d-%b-%Y %H:%M:%S %z")}"',
            "RFC822.SIZE": lambda: f"RFC822.SIZE {len(letter.content)}",
            "ENVELOPE": lambda: f"ENVELOPE {envelope(letter)}",
            "BODY": lambda: f"BODY {structure(letter.parsed, extended=False)}",
            "BODYSTRUCTURE": lambda: f"BODYSTRUCTURE {structure(letter.parsed, extended=True)}",
        }
        if item.upper() in plain:
            return plain[item.upper()]().encode()
        old = {"RFC822": "BODY[]", "RFC822.HEADER": "BODY.PEEK[HEADER]", "RFC822.TEXT": "BODY[TEXT]"}
        found = _item.fullmatch(old.get(item.upper(), item))
        if found is None:
            raise Bad(f"Unknown parameter {item}")
        peek, what, start, length = found[1], found[2], found[3], found[4]
        content = section(letter, what)
        if not peek and not self.read_only:
            letter.flags.add("\\Seen")
        name = item.upper() if item.upper() in old else f"BODY[{what}]" + (f"<{start}>" if start else "")
        if content is None:
            return f"{name} NIL".encode()
        content = content[int(start) : int(start) + int(length)] if start else content
        return f"{name} {{{len(content)}}}\r\n".encode() + content

    async def _store(self, arguments: list[Token], uid: bool) -> str:
        how = re.fullmatch(r"([+-]?)FLAGS(\.SILENT)?", words(arguments[1]).upper()) if len(arguments) > 2 else None
        if how is None:
            raise Bad("STORE takes a sequence set, FLAGS and flags")
        if self.read_only:
            raise No("Mailbox is read-only")
        given = [each for token in arguments[2:] for each in (token if isinstance(token, list) else [token])]
        flags = {words(each) for each in given}
        for letter in self._chosen(arguments[0], uid):
            letter.flags = letter.flags | flags if how[1] == "+" else letter.flags - flags if how[1] == "-" else set(flags)
            if not how[2]:
                parts = [self._part(letter, item) for item in (("UID", "FLAGS") if uid else ("FLAGS",))]
                self.writer.write(f"* {self.known.index(letter.uid) + 1} FETCH (".encode() + b" ".join(parts) + b")\r\n")
        return "Store completed."

    async def _copy(self, arguments: list[Token], uid: bool) -> str:
        there = self._mailbox(arguments[1], "[TRYCREATE] ")
        pairs = [
            (letter.uid, there.add(letter.content, set(letter.flags), letter.received).uid) for letter in self._chosen(arguments[0], uid)
        ]
        if not pairs:
            return "No messages found."
        old, new = (",".join(str(pair[side]) for pair in pairs) for side in (0, 1))
        return f"[COPYUID {there.validity} {old} {new}] Copy completed."

    async def _move(self, arguments: list[Token], uid: bool) -> str:
        letters = self._chosen(arguments[0], uid)
        done = await self._copy(arguments, uid)
        if self.box is not None:
            self.box.letters = [letter for letter in self.box.letters if letter not in letters]
        self._say(f"* OK {done.partition(' Copy')[0]}")
        return "Move completed."

    async def _expunge(self, arguments: list[Token], uid: bool) -> str:
        if self.read_only or self.box is None:
            raise No("Mailbox is read-only")
        chosen = self._chosen(arguments[0], uid=True) if uid else self._there
        gone = [letter for letter in chosen if "\\Deleted" in letter.flags]
        self.box.letters = [letter for letter in self.box.letters if letter not in gone]
        return "Expunge completed."


def _read(line: bytes, stack: list[list[Token]]) -> None:
    """Add a line's tokens. Raises `Bad`."""
    text, at = line.decode("utf-8", "replace"), 0
    while at < len(text):
        character = text[at]
        if character == " ":
            at += 1
        elif character == "(":
            stack.append([])
            at += 1
        elif character == ")":
            if len(stack) == 1:
                raise Bad("Unexpected )")
            done = stack.pop()
            stack[-1].append(done)
            at += 1
        elif character == '"':
            found = re.compile(r'"((?:[^"\\\r\n]|\\["\\])*)"').match(text, at)
            if found is None:
                raise Bad("Missing quote")
            stack[-1].append(re.sub(r"\\(.)", r"\1", found[1]))
            at = found.end()
        else:
            found = re.compile(r'(?:[^\s()"\[]|\[[^\]]*\])+').match(text, at)
            if found is None:
                raise Bad("Unreadable command")
            stack[-1].append(found[0])
            at = found.end()
