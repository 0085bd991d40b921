"""What seals stored secrets, put together from the settings: local keys, and Vault's where it is set up."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from pydantic import SecretStr

from tenuto.core.errors import Misconfigured
from tenuto.settings import Settings
from tenuto.store.database import Database
from tenuto.store.server.account import default_folder
from tenuto.vault.crypto import Keyring, key_in, parse_keys
from tenuto.vault.keys.envelope import Envelope, trusted_for
from tenuto.vault.keys.master import LocalMaster, Master, Masters
from tenuto.vault.keys.transit import TransitKey, TransitMaster, TransitToken, everywhere, token_in
from tenuto.vault.sender import VaultSender


def local_keys(settings: Settings) -> Keyring:
    """The keys of TENUTO_SECRET_KEY, else the one in the data folder. Raises `Misconfigured`."""
    if settings.secret_key is not None:
        return Keyring(parse_keys(settings.secret_key))
    return Keyring([key_in(settings.data_dir or default_folder())])


async def sealing(settings: Settings, database: Database, keyring: Keyring, end: AsyncExitStack) -> Envelope:
    """The envelope over this database; `end` closes the way to Vault. Raises `Misconfigured` for half a set-up."""
    local, vault = LocalMaster(keyring), await transit(settings, end)
    if vault is None:
        if settings.master == "vault":
            raise Misconfigured("TENUTO_MASTER is vault, and TENUTO_VAULT_URL is not set.", fix="Set it, or leave TENUTO_MASTER out.")
        return Envelope(database, Masters([local]), keyring, trusted_for=math.inf)
    order: list[Master] = [local, vault] if settings.master == "environment" else [vault, local]
    return Envelope(database, Masters(order), keyring, trusted_for=trusted_for)


async def transit(settings: Settings, end: AsyncExitStack) -> TransitMaster | None:
    """The master key in Vault; None where none is set up. Raises `Misconfigured` if its token is not."""
    if settings.vault_url is None:
        return None
    read = _token(settings.vault_token, settings.vault_token_file)
    mount, _, name = settings.vault_key.rpartition("/")
    key = TransitKey(url=settings.vault_url, mount=mount, name=name, namespace=settings.vault_namespace)
    return TransitMaster(key, await end.enter_async_context(VaultSender(TransitToken(read), allow=everywhere)))


def _token(token: SecretStr | None, file: Path | None) -> Callable[[], SecretStr]:
    if file is not None and token is None:
        return token_in(file)
    if token is not None and file is None:
        return lambda: token
    raise Misconfigured(
        "TENUTO_VAULT_URL is set, and its token is not, or twice.", fix="Set either TENUTO_VAULT_TOKEN or TENUTO_VAULT_TOKEN_FILE."
    )
