"""How secrets are kept out of everything that comes back: what hides them in answers, in each of the forms in which they may stand there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from urllib.parse import quote, quote_plus

shortest_masked = 8
"""Shorter secrets are not looked for in answers: they would blank out ordinary words."""


class Mask:
    """Hides secrets in what a server sends back (an echo, an error page): as they are, and base64-, hex-, URL- or JSON-encoded."""

    def __init__(self, forms: Sequence[bytes] = ()) -> None:
        """`forms` are those of `forms`, longest first."""
        self._forms = forms
        self._held = b""

    def __repr__(self) -> str:
        return "Mask(***)"

    def finds(self, data: bytes) -> bool:
        """Whether any form of any secret is there."""
        return any(form in data for form in self._forms)

    def hide(self, data: bytes) -> bytes:
        """The data with every form of every secret as `***`."""
        for form in self._forms:
            if form in data:
                data = data.replace(form, b"***")
        return data

    def piece(self, data: bytes, *, last: bool = False) -> bytes:
        """The same for a stream: holds back the end of a piece that may be the beginning of a secret, until the next or last one."""
        data = self.hide(self._held + data)
        keep = 0 if last else self._begun(data)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def _begun(self, data: bytes) -> int:
        longest = min(len(data), max((len(form) for form in self._forms), default=1) - 1)
        return next((n for n in range(longest, 0, -1) if any(form.startswith(data[-n:]) for form in self._forms)), 0)


def forms(*secrets: str) -> Sequence[bytes]:
    """Every form in which secrets are looked for, the longest first; none for short ones."""
    found = {form.encode() for secret in secrets if len(secret) >= shortest_masked for form in _forms(secret)}
    return sorted(found, key=len, reverse=True)


def _forms(secret: str) -> set[str]:
    """Base64 has three forms, one per offset in the text that surrounds the secret; the characters shared with neighbours are cut."""
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    quoted |= {re.sub("%..", lambda found: found[0].lower(), text) for text in quoted}
    forms = {secret, json.dumps(secret)[1:-1], *quoted}
    raw = secret.encode()
    forms |= {raw.hex(), raw.hex().upper()}
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        start = (offset * 8 + 5) // 6
        end = (offset + len(raw)) * 8 // 6
        text = whole[start:end].decode()
        forms |= {text, text.replace("+", "-").replace("/", "_")}
    return forms
