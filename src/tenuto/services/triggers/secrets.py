"""Secrets that senders sign with: sealed together under one name, of which the former ones are good for a while."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import SecretStr

from tenuto.core.errors import Invalid
from tenuto.store.database import Transaction
from tenuto.vault.crypto import Place, Sealed
from tenuto.vault.keys.envelope import Envelope

most_kept = 4


class Signing(NamedTuple):
    """One secret, and until when it is good; None for the present one."""

    value: str
    until: datetime | None


def new_secret() -> str:
    """256 random bits, as text that any vendor's form takes."""
    return "whsec_" + secrets.token_urlsafe(32)


def checked_secret(text: str) -> str:
    """A secret as a vendor gave it. Raises `Invalid` for what cannot stand in a header, or is guessed."""
    if not re.fullmatch(r"[!-~]{16,512}", text):
        raise Invalid("A secret has 16 to 512 printable characters and no spaces.", pointer="/secret", fix="Leave it out for a random one.")
    return text


async def sealed_secrets(envelope: Envelope, tx: Transaction, name: str, kept: Sequence[Signing]) -> bytes:
    """As they are stored, in the transaction that stores them."""
    text = json.dumps([[one.value, one.until.isoformat() if one.until else None] for one in kept])
    return (await envelope.seal(tx, SecretStr(text), Place(tx.workspace, "trigger_secrets", name))).data


async def opened_secrets(envelope: Envelope, workspace: int, name: str, sealed: bytes) -> tuple[Signing, ...]:
    """All of them, the present one first. Raises `Misconfigured` if their key is not here, and `Unavailable` if it cannot be asked for."""
    text = (await envelope.open(Sealed(sealed), Place(workspace, "trigger_secrets", name))).get_secret_value()
    return tuple(Signing(value, datetime.fromisoformat(until) if until else None) for value, until in json.loads(text))


def rotated(kept: Sequence[Signing], value: str, now: datetime, overlap: timedelta) -> tuple[Signing, ...]:
    """The new one first; the former ones are good for `overlap` more, or until they end anyway."""
    end = now + overlap
    former = [Signing(one.value, min(one.until or end, end)) for one in kept if one.value != value]
    return (Signing(value, None), *[one for one in former if one.until and one.until > now][: most_kept - 1])


def valid(kept: Sequence[Signing], now: datetime) -> list[str]:
    """Those a delivery may be signed with now."""
    return [one.value for one in kept if one.until is None or one.until > now]
