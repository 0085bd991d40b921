"""A double of HashiCorp Vault's transit engine, written from its API page: real HTTP, real AES-256-GCM, versions, policies and a seal.

https://developer.hashicorp.com/vault/api-docs/secret/transit and /vault/api-docs#http-status-codes (Vault 1.13 and newer, which have
`associated_data`). What Vault says in `errors` is what it says.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import ssl
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.vault.loopback import Loopback, Script, Seen, loopback, reply

Body = Mapping[str, Any]


def refused(status: int, *errors: str) -> Script:
    return reply(status, {"errors": list(errors)}, content_type="application/json")


@dataclass
class TransitDouble:
    """One Vault; `policy` is what each token may do: `<capability> <path>`."""

    server: Loopback
    keys: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])
    oldest: dict[str, int] = field(default_factory=dict[str, int])
    """`min_decryption_version` by key."""
    policy: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    sealed: bool = False
    strange: Script | None = None
    """What it answers instead, whatever it is asked."""
    namespace: str | None = None
    unopened: Script = field(default_factory=lambda: refused(400, "cipher: message authentication failed"))
    """What it answers for a ciphertext that is not of this key and place; versions differ."""

    @property
    def url(self) -> str:
        return self.server.url

    def allow(self, token: str, key: str, mount: str = "transit") -> None:
        """The policy of how-to/rotate-keys.md, and the key."""
        self.keys.setdefault(f"{mount}/{key}", [os.urandom(32)])
        self.policy[token] = {f"read {mount}/keys/{key}", f"update {mount}/encrypt/{key}", f"update {mount}/decrypt/{key}"}

    def rotate(self, key: str) -> None:
        """`vault write -f transit/keys/<key>/rotate`."""
        self.keys[key].append(os.urandom(32))

    def answer(self, seen: Seen) -> Script:
        if self.strange is not None:
            return self.strange
        if self.sealed:
            return refused(503, "Vault is sealed")
        path = seen.target.removeprefix("/v1/")
        mount, what, name = path.rsplit("/", 2)
        token = seen.headers.get("x-vault-token", "")
        capability = "read" if seen.method == "GET" else "update"
        if f"{capability} {path}" not in self.policy.get(token, ()) or seen.headers.get("x-vault-namespace") != self.namespace:
            return refused(403, "1 error occurred:\n\t* permission denied\n\n")
        key = f"{mount}/{name}"
        if key not in self.keys:
            return refused(404) if what == "keys" else refused(400, "encryption key not found")
        body = json.loads(seen.body) if seen.body else {}
        return {"keys": self._read, "encrypt": self._encrypt, "decrypt": self._decrypt}[what](key, body)

    def _read(self, key: str, _: Body) -> Script:
        versions = {str(number + 1): 1_700_000_000 for number in range(len(self.keys[key]))}
        data = {"type": "aes256-gcm96", "name": key.rpartition("/")[2], "keys": versions, "latest_version": len(versions)}
        return _given({**data, "min_decryption_version": self.oldest.get(key, 1), "exportable": False, "derived": False})

    def _encrypt(self, key: str, body: Body) -> Script:
        version, nonce = len(self.keys[key]), os.urandom(12)
        plain = base64.b64decode(body["plaintext"], validate=True)
        data = nonce + AESGCM(self.keys[key][-1]).encrypt(nonce, plain, _associated(body))
        return _given({"ciphertext": f"vault:v{version}:{base64.b64encode(data).decode()}", "key_version": version})

    def _decrypt(self, key: str, body: Body) -> Script:
        parts = str(body["ciphertext"]).split(":")
        if len(parts) != 3 or parts[0] != "vault":
            return refused(400, "invalid ciphertext: no prefix")
        version = int(parts[1].removeprefix("v"))
        if version < self.oldest.get(key, 1):
            return refused(400, "ciphertext or signature version is disallowed by policy (too old)")
        if version > len(self.keys[key]):
            return refused(400, "invalid ciphertext: version is too new")
        data = base64.b64decode(parts[2])
        try:
            plain = AESGCM(self.keys[key][version - 1]).decrypt(data[:12], data[12:], _associated(body))
        except InvalidTag:
            return self.unopened
        return _given({"plaintext": base64.b64encode(plain).decode()})


def _associated(body: Body) -> bytes | None:
    return base64.b64decode(body["associated_data"], validate=True) if "associated_data" in body else None


def _given(data: Body) -> Script:
    whole = {"request_id": "b5f5f8a4", "lease_id": "", "renewable": False, "lease_duration": 0, "data": data}
    return reply(200, {**whole, "wrap_info": None, "warnings": None, "auth": None}, content_type="application/json")


class _Every(dict[str, Any]):
    """A route for every path."""

    def __init__(self, double: list[TransitDouble]) -> None:
        self.double = double

    def get(self, _: str, __: object = None) -> Any:
        return self.double[0].answer


@contextlib.asynccontextmanager
async def transit_double(tls: ssl.SSLContext | None = None) -> AsyncGenerator[TransitDouble]:
    """A Vault for a test."""
    async with loopback(tls) as server:
        double = TransitDouble(server)
        server.routes = _Every([double])
        yield double
