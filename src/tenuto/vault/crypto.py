"""Secrets at rest: what seals them, where the master key comes from, and the tokens that are kept only as hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from tenuto.core.errors import Misconfigured

key_bytes = 32
key_file = "secret.key"

_version = 1
_id_bytes, _nonce_bytes, _tag_bytes = 8, 12, 16
_header = 1 + _id_bytes + _nonce_bytes
_how_to_make_a_key = "Make one with: python3 -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"


class Sealed:
    """A secret as it is stored: version, key id, nonce, ciphertext and tag. It prints as `***`."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def key(self) -> str:
        """The id, in hex, of the key that sealed it."""
        return self.data[1 : 1 + _id_bytes].hex()

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.data == self.data

    def __hash__(self) -> int:
        return hash(self.data)


class Place(NamedTuple):
    """Where a secret is stored. It opens nowhere else: a sealed value copied to another row or workspace is worthless."""

    workspace: int
    table: str
    row: str


class Keyring:
    """Keys by their id, master keys or one data key: the first one seals, every one opens, so that keys can be rotated while the house is open.

    AES-256-GCM (NIST SP 800-38D) under a key derived by HKDF-SHA256 (RFC 5869) per key, workspace and table, with a random
    96-bit nonce; the place is the associated data. One derived key serves a single table of a single workspace, far below the
    2^32 messages that random nonces allow.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys` are 32 bytes each, the current one first (see `parse_keys`, `key_in`)."""
        if not keys or any(len(key) != key_bytes for key in keys):
            raise Misconfigured(f"A master key has exactly {key_bytes} bytes.", fix=_how_to_make_a_key)
        self._keys = {_id_of(key): key for key in keys}
        self._current = _id_of(keys[0])
        self._cipher = lru_cache(maxsize=4096)(self._derive)
        self._signer = lru_cache(maxsize=64)(self._derive_signer)

    def __repr__(self) -> str:
        return f"Keyring({len(self._keys)} keys, current {self._current.hex()})"

    def seal(self, secret: SecretStr, place: Place) -> Sealed:
        """Seal with the current key, for this place only."""
        nonce = os.urandom(_nonce_bytes)
        head = bytes([_version]) + self._current + nonce
        cipher = self._cipher(self._current, place.workspace, place.table)
        return Sealed(head + cipher.encrypt(nonce, secret.get_secret_value().encode(), _bound(self._current, place)))

    def open(self, sealed: Sealed, place: Place) -> SecretStr:
        """The secret again. Raises `Misconfigured` if its key is not here, it was changed, or it belongs to another place."""
        data = sealed.data
        if len(data) < _header + _tag_bytes or data[0] != _version:
            raise Misconfigured("A stored secret is not in a form that this version can read.")
        key_id, nonce = data[1 : 1 + _id_bytes], data[1 + _id_bytes : _header]
        if key_id not in self._keys:
            raise Misconfigured(
                f"A stored secret was sealed with the key {key_id.hex()}, which is not there.",
                fix="Add the former key to TENUTO_SECRET_KEY, after the current one and a comma.",
            )
        try:
            plain = self._cipher(key_id, place.workspace, place.table).decrypt(nonce, data[_header:], _bound(key_id, place))
        except InvalidTag:
            raise Misconfigured(f"A stored secret of {place.table} was changed, or was sealed for another row.") from None
        return SecretStr(plain.decode())

    @property
    def current(self) -> str:
        """The id, in hex, of the key that seals."""
        return self._current.hex()

    def holds(self, sealed: Sealed) -> bool:
        """Whether one of these keys sealed it."""
        return bytes.fromhex(sealed.key) in self._keys

    def outdated(self, sealed: Sealed) -> bool:
        """Whether another key than the present one sealed it."""
        return sealed.key != self.current

    def signatures(self, purpose: str, message: bytes) -> tuple[bytes, ...]:
        """HMAC-SHA256 of a message by each key, derived for this purpose alone; the current one first."""
        return tuple(hmac.digest(self._signer(key_id, purpose), message, "sha256") for key_id in self._keys)

    def _derive_signer(self, key_id: bytes, purpose: str) -> bytes:
        info = json.dumps(["tenuto", _version, "sign", purpose]).encode()
        return HKDF(algorithm=SHA256(), length=key_bytes, salt=None, info=info).derive(self._keys[key_id])

    def _derive(self, key_id: bytes, workspace: int, table: str) -> AESGCM:
        info = json.dumps(["tenuto", _version, workspace, table]).encode()
        return AESGCM(HKDF(algorithm=SHA256(), length=key_bytes, salt=None, info=info).derive(self._keys[key_id]))


def parse_keys(text: SecretStr) -> tuple[bytes, ...]:
    """The master keys of TENUTO_SECRET_KEY: base64 or hex of 32 bytes each, separated by commas, the current one first.

    Raises `Misconfigured` for anything else, and for keys that a person typed or a document printed.
    """
    parts = [part.strip() for part in text.get_secret_value().split(",")]
    return tuple(_parse(part) for part in parts)


def key_in(folder: Path) -> bytes:
    """The master key in a data folder, made at the first call; of several processes that start at once, all get the same one.

    Raises `Misconfigured` if the file can be read by others, or is not a key.
    """
    path = folder / key_file
    # As root the database has an account of its own, which has to pass through here; the key is a file of root's alone.
    folder.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    if not path.exists():
        _create(path)
    return _read(path)


def new_token(prefix: str) -> SecretStr:
    """A random token of 256 bits, `<prefix>_…`, for API keys, sessions and links."""
    return SecretStr(f"{prefix}_{secrets.token_urlsafe(32)}")


def hash_token(token: SecretStr | str) -> bytes:
    """What is stored of a token. SHA-256 without salt is enough: nobody can guess 256 random bits. Not for passwords."""
    text = token if isinstance(token, str) else token.get_secret_value()
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def same(one: bytes, other: bytes) -> bool:
    """Whether two hashes or signatures are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"tenuto master key id\0" + key).digest()[:_id_bytes]


def _bound(key_id: bytes, place: Place) -> bytes:
    return json.dumps([_version, key_id.hex(), *place]).encode()


def _parse(text: str) -> bytes:
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return _strong(bytes.fromhex(text))
    try:
        standard = text.rstrip("=").replace("-", "+").replace("_", "/")
        key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Misconfigured("TENUTO_SECRET_KEY is neither base64 nor hex.", fix=_how_to_make_a_key) from None
    if len(key) != key_bytes:
        raise Misconfigured(f"TENUTO_SECRET_KEY has {len(key)} bytes; it must have {key_bytes}.", fix=_how_to_make_a_key)
    return _strong(key)


def _strong(key: bytes) -> bytes:
    """Of 32 random bytes about 30 are distinct; fewer than 16, an even stride or plain text never come from chance."""
    strides = {(after - before) % 256 for before, after in pairwise(key)}
    if len(set(key)) < 16 or len(strides) == 1 or all(0x20 <= byte < 0x7F for byte in key):
        raise Misconfigured("TENUTO_SECRET_KEY is too weak: it is not 32 random bytes.", fix=_how_to_make_a_key)
    return key


def _create(path: Path) -> None:
    """Write beside the path, then link: whoever links first wins, and nobody ever reads half a key."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(key_bytes)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise Misconfigured(f"The key file {path} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_uid != os.geteuid():
            raise Misconfigured(f"The key file {path} can be read by others.", fix=f"Make it yours alone: chmod 600 {path}")
        text = file.read(1024)
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != key_bytes:
        raise Misconfigured(f"The key file {path} does not hold a key of {key_bytes} bytes.", fix="Restore it from a backup.")
    return key
