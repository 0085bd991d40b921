"""Data keys sealed by the transit engine of HashiCorp Vault, over its HTTP API: the master key never leaves it.

Protocol: https://developer.hashicorp.com/vault/api-docs/secret/transit (encrypt, decrypt, read key) and /vault/api-docs#http-status-codes.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import JsonValue, SecretStr, TypeAdapter

from tenuto.core.auth import ApiKey
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import Misconfigured, Outgoing, Problem, Unavailable
from tenuto.vault.crypto import Place, key_bytes
from tenuto.vault.keys.master import Wrapped
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential

everywhere = ("0.0.0.0/0", "::/0")
"""Where the sender of this one may go: to the address that the operator wrote, wherever that is."""
_integration = "master"
_seconds = 10.0
_most_bytes = 256 * 1024
_objects = TypeAdapter(dict[str, JsonValue])
_missing = ("encryption key not found", "policy not found")
"""How `encrypt` and `decrypt` say, with 400, what `keys` says with 404; the second is what older Vaults say."""
_unopened = re.compile(r"(1 error occurred:\s*\* )?(cipher: message authentication failed|invalid ciphertext: unable to decrypt)\s*")
"""How `decrypt` says that a ciphertext is not of this key and place: with 400, and Vault 1.6 with 500, though it does not pass."""
_form = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/=]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitKey:
    """Which key of which Vault: `mount` is where the engine is (`transit`), `name` the key's."""

    url: str
    mount: str
    name: str
    namespace: str | None = None
    """Of Vault Enterprise."""


class TransitToken:
    """The token with which Vault is asked, read for every question: an agent beside us renews the one in a file."""

    def __init__(self, read: Callable[[], SecretStr]) -> None:
        self._read = read

    async def find(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> Credential | None:
        """The token, for nobody but Vault."""
        return Credential(auth=ApiKey(header="X-Vault-Token"), secret=self._read()) if integration == _integration else None

    async def has(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> bool:
        return await self.find(workspace, integration, user_id, connection) is not None

    async def renewed(self, refused: Credential) -> Credential | None:
        """Whoever keeps the token renews it; the next question reads it anew."""
        return None

    def answered(self, integration: str, credential: Credential, answer: Answer) -> None:
        """Whoever keeps the token looks after it."""

    def remedy(self, integration: str, connection: str | None) -> str:
        return "Set TENUTO_VAULT_TOKEN, or TENUTO_VAULT_TOKEN_FILE to the file of Vault's agent."


def token_in(path: Path) -> Callable[[], SecretStr]:
    """Reads the token that somebody keeps in a file. What it reads raises `Misconfigured` if there is none."""

    def read() -> SecretStr:
        try:
            return SecretStr(path.read_text(encoding="ascii").strip())
        except (OSError, UnicodeError):
            raise Misconfigured(f"The token of Vault cannot be read from {path}.", fix="See TENUTO_VAULT_TOKEN_FILE.") from None

    return read


class TransitMaster:
    """Vault's key as a `Master`. Each answer is awaited for at most ten seconds; a data key is asked for once in a quarter of an hour."""

    kind = "transit"

    def __init__(self, key: TransitKey, sender: VaultSender) -> None:
        """`sender` puts in the token (`TransitToken`), and may reach Vault."""
        self._key = key
        self._sender = sender

    def __repr__(self) -> str:
        return f"TransitMaster({self._key.mount}/{self._key.name})"

    async def current(self) -> str:
        """The latest version of the key (`read` on `<mount>/keys/<name>`)."""
        version = (await self._ask("GET", "keys")).get("latest_version")
        if not isinstance(version, int):
            raise self._strange("keys")
        return self._name(version)

    async def wrap(self, key: bytes, place: Place) -> Wrapped:
        """`update` on `<mount>/encrypt/<name>`."""
        body = {"plaintext": base64.b64encode(key).decode(), "associated_data": _bound(place)}
        text = (await self._ask("POST", "encrypt", body)).get("ciphertext")
        form = _form.fullmatch(text) if isinstance(text, str) else None
        if form is None:
            raise self._strange("encrypt")
        return Wrapped(self._name(int(form[1])), form[0].encode())

    async def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        """`update` on `<mount>/decrypt/<name>`."""
        body = {"ciphertext": wrapped.data.decode(errors="replace"), "associated_data": _bound(place)}
        plain = (await self._ask("POST", "decrypt", body)).get("plaintext")
        try:
            key = base64.b64decode(plain if isinstance(plain, str) else "", validate=True)
        except binascii.Error:
            key = b""
        if len(key) != key_bytes:
            raise self._strange("decrypt")
        return key

    async def _ask(self, method: str, what: str, body: Mapping[str, JsonValue] | None = None) -> Mapping[str, JsonValue]:
        """`data` of the answer. Raises `Misconfigured` for what an operator has to mend, `Unavailable` for what may pass."""
        headers = {"X-Vault-Request": "true"}
        if self._key.namespace:
            headers["X-Vault-Namespace"] = self._key.namespace
        request = Outbound(
            method="POST" if method == "POST" else "GET",
            url=f"{self._key.url}/v1/{self._key.mount}/{what}/{self._key.name}",
            headers=headers,
            json=dict(body) if body is not None else None,
            timeout=_seconds,
            max_bytes=_most_bytes,
        )
        host = urlsplit(self._key.url).netloc
        try:
            answer = await self._sender.send(request, Ticket(workspace=0, integration=_integration, hosts=(host,)))
        except Misconfigured:
            raise
        except Problem as problem:
            raise Unavailable(f"Vault cannot be asked: {problem.data.detail}", fix=_reachable(problem)) from None
        if answer.status != 200:
            raise self._refusal(answer, what)
        data = _json(answer).get("data")
        if not isinstance(data, dict):
            raise self._strange(what)
        return data

    def _refusal(self, answer: Answer, what: str) -> Problem:
        """What a status means: Vault says in `errors` what it did not like, which never repeats what it was given."""
        said = _json(answer).get("errors")
        first = str(said[0])[:200] if isinstance(said, list) and said else f"status {answer.status}"
        path = f"{self._key.mount}/{what}/{self._key.name}"
        if answer.status in (400, 500) and _unopened.fullmatch(first):
            fix = "Restore the table data_keys from a backup, or in Vault the key that sealed it."
            return Misconfigured(
                f"A data key was changed, sealed for another row, or by another {self._key.mount}/{self._key.name}.", fix=fix
            )
        match 404 if answer.status == 400 and any(words in first for words in _missing) else answer.status:
            case 403:
                fix = f"Give the token a policy that allows {path}; it may also have expired."
                return Misconfigured(f"Vault does not let us use {path} ({first}).", fix=fix)
            case 404:
                fix = f"Enable the engine and make the key: vault write -f {self._key.mount}/keys/{self._key.name}"
                return Misconfigured(f"Vault has no key {self._key.mount}/{self._key.name}.", fix=fix)
            case 400 | 405:
                fix = "If old versions were cut off (min_decryption_version), allow them again and run `tenuto rotate-keys` first."
                return Misconfigured(f"Vault refuses {path}: {first}.", fix=fix)
            case 503:
                return Unavailable(f"Vault is sealed or not ready ({first}).", fix="Unseal it; nothing is lost meanwhile.")
            case _:
                return Unavailable(f"Vault answered {answer.status} ({first}).")

    def _strange(self, what: str) -> Unavailable:
        return Unavailable(f"What answers {what} at {urlsplit(self._key.url).netloc} does not speak as Vault's transit engine does.")

    def _name(self, version: int) -> str:
        return f"{self.kind}:{self._key.mount}/{self._key.name}:v{version}"


def _bound(place: Place) -> str:
    return base64.b64encode(json.dumps(["tenuto", *place]).encode()).decode()


def _json(answer: Answer) -> Mapping[str, JsonValue]:
    """The object that an answer is, or an empty one."""
    try:
        return _objects.validate_json(answer.body)
    except ValueError:
        return {}


def _reachable(problem: Problem) -> str | None:
    return problem.data.fix if isinstance(problem, Outgoing) and problem.data.fix else "See TENUTO_VAULT_URL and TENUTO_VAULT_TOKEN."
