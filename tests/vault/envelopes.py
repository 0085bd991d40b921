"""Envelopes for tests: over a test's database, with master keys that it chooses."""

from __future__ import annotations

import math

from tenuto.store.database import Database
from tenuto.vault.crypto import Keyring
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.keys.master import LocalMaster, Masters

first, second = bytes(range(32)), bytes(range(90, 122))


def envelope(database: Database, *keys: bytes) -> Envelope:
    """What a server has whose TENUTO_SECRET_KEY holds these keys."""
    keyring = Keyring(keys or [first])
    return Envelope(database, Masters([LocalMaster(keyring)]), keyring, trusted_for=math.inf)
