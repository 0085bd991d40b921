"""Names of mail folders as IMAP writes them: modified UTF-7 (RFC 3501, 5.1.3)."""

from __future__ import annotations

import base64
import re


def encoded(name: str) -> str:
    """`Entwürfe` → `Entw&APw-rfe`."""
    return re.sub(r"[^ -~]+|&", lambda found: "&-" if found[0] == "&" else f"&{_base64(found[0])}-", name)


def decoded(name: str) -> str:
    """The other way round; what is no such name stays as it is."""
    return re.sub(r"&([^-&]*)-", lambda found: _text(found[1], found[0]) if found[1] else "&", name)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _text(letters: str, whole: str) -> str:
    try:
        return base64.b64decode(letters.replace(",", "/") + "=" * (-len(letters) % 4), validate=True).decode("utf-16-be")
    except ValueError:
        return whole
