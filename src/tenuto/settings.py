"""Settings: `.env`, `.env.local` and the environment, read once at the start; a wrong one stops it with a sentence that names it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, SecretStr, ValidationError

from tenuto.core.age import age_of
from tenuto.core.command_lines import allowed
from tenuto.core.errors import Misconfigured

default_host, default_port = "127.0.0.1", 8400
shortest_bootstrap = 32


def _mode(text: str) -> str:
    return {"test": "development", "dev": "development", "prod": "production"}.get(text.lower(), text.lower())


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("it is not an address like https://tenuto.example")
    return text.rstrip("/")


def _origin(text: str) -> str:
    if urlsplit(_url(text)).path not in {"", "/"}:
        raise ValueError("it has a path; Tenuto is served at the root of its address")
    return _url(text)


def _private(text: str) -> str:
    parts = urlsplit(_url(text))
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("keys may not go there without TLS; write https://")
    return _url(text)


def _networks(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(f"{text[:50]!r} is not a network like 10.1.0.0/16") from None
    return text


def _document(given: object) -> object:
    """JSON, or the path of a file with JSON."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("{"):
        return _json(given)
    try:
        return _json(Path(given).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"it is neither JSON nor a file that can be read ({error.strerror})") from None


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"it is not JSON: {error}") from None


def _age(text: object) -> object:
    return age_of(text) if isinstance(text, str) else text


def _long(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < shortest_bootstrap:
        raise ValueError(f"it has fewer than {shortest_bootstrap} characters; make one with: openssl rand -hex 32")
    return secret


def _postgres(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
        raise ValueError("it is not an address like postgresql://user:password@host:5432/database")
    return secret


Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Settings(BaseModel):
    """Everything an operator may set; the alias is the variable's name."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    mode: Annotated[Literal["development", "production"] | None, BeforeValidator(_mode)] = Field(
        default=None, validation_alias=AliasChoices("TENUTO_ENV", "NODE_ENV")
    )
    """`development` simulates what needs credentials that are missing, `production` refuses it; unset it is development on loopback alone."""
    database_url: Annotated[SecretStr, AfterValidator(_postgres)] | None = Field(default=None, validation_alias="DATABASE_URL")
    """A PostgreSQL of your own, 15 or newer; without it the embedded one is used."""
    data_dir: Path | None = Field(default=None, validation_alias="TENUTO_DATA_DIR")
    """Where the embedded database and the key are kept: `/var/lib/tenuto` for root, else the data folder of the account."""
    host: str = Field(default=default_host, validation_alias="TENUTO_HOST", min_length=1)
    """The address to listen on; beyond this machine only with an owner and a secret key."""
    port: int = Field(default=default_port, validation_alias="TENUTO_PORT", ge=0, le=65535)
    """The port to listen on; 0 takes any."""
    secret_key: SecretStr | None = Field(default=None, validation_alias="TENUTO_SECRET_KEY")
    """The key that secrets are sealed with; on this machine alone a file in the data folder is made instead."""
    vault_url: Annotated[str, AfterValidator(_private)] | None = Field(default=None, validation_alias="TENUTO_VAULT_URL")
    """A HashiCorp Vault whose transit engine seals the data keys."""
    vault_key: str = Field(default="transit/tenuto", validation_alias="TENUTO_VAULT_KEY", pattern=r"^\w[\w.-]*(/\w[\w.-]*)+$")
    """Where the engine is mounted, and the key's name in it."""
    vault_token: SecretStr | None = Field(default=None, validation_alias="TENUTO_VAULT_TOKEN")
    """The token with which Vault is asked."""
    vault_token_file: Path | None = Field(default=None, validation_alias="TENUTO_VAULT_TOKEN_FILE")
    """A file with that token instead, read for every question: Vault's agent keeps it there."""
    vault_namespace: str | None = Field(default=None, validation_alias="TENUTO_VAULT_NAMESPACE", pattern=r"^[\w./-]+$")
    """The namespace of the key, in Vault Enterprise."""
    master: Literal["environment", "vault"] | None = Field(default=None, validation_alias="TENUTO_MASTER")
    """What seals data keys; Vault where TENUTO_VAULT_URL is set. Either opens what it has sealed before."""
    public_url: Annotated[str, AfterValidator(_origin)] | None = Field(default=None, validation_alias="TENUTO_PUBLIC_URL")
    """How others reach this server: it stands in sign-in links, webhooks and one-time addresses."""
    bootstrap_key: Annotated[SecretStr, AfterValidator(_long)] | None = Field(default=None, validation_alias="TENUTO_BOOTSTRAP_KEY")
    """An API key of an owner, taken from here instead of being made; 32 characters or more."""
    egress_allow: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], BeforeValidator(_networks)] = Field(
        default=(), validation_alias="TENUTO_EGRESS_ALLOW"
    )
    """Private networks (CIDRs, with commas) that outgoing requests may reach; all of them are refused otherwise."""
    mcp_commands: Annotated[Mapping[str, tuple[str, ...]], BeforeValidator(_document), AfterValidator(allowed)] = Field(
        default_factory=dict[str, tuple[str, ...]], validation_alias="TENUTO_MCP_COMMANDS"
    )
    """MCP servers that are programs of this machine, as JSON (or a file with it): a name, and the whole command line as a list."""
    slots: Count = Field(default=200, validation_alias="TENUTO_SLOTS")
    """Runs in memory at the same time; those that wait cost none."""
    code_processes: int = Field(default=4, validation_alias="TENUTO_CODE_PROCESSES", ge=1, le=64)
    """Programs of code nodes that compute at the same time, in this process; each has an interpreter of its own."""
    calls_per_address: Count = Field(default=12_000, validation_alias="TENUTO_CALLS_PER_ADDRESS")
    """Calls a minute that are answered to one network address."""
    calls_per_caller: Count = Field(default=12_000, validation_alias="TENUTO_CALLS_PER_CALLER")
    """Calls a minute that are answered to one key or person."""
    streams_per_caller: Count = Field(default=2_000, validation_alias="TENUTO_STREAMS_PER_CALLER")
    """Live streams that one key or person may hold open in one process."""
    streams: Count = Field(default=10_000, validation_alias="TENUTO_STREAMS")
    """Live streams that all of them may hold open in one process."""
    prices: Annotated[JsonValue, BeforeValidator(_document)] = Field(default=None, validation_alias="TENUTO_PRICES")
    """What models cost, as JSON or as the path of a file with it; it goes before the kept list."""
    largest_value: int = Field(default=64 * 1024 * 1024, validation_alias="TENUTO_LARGEST_VALUE", ge=1024 * 1024, le=1024**3)
    """Bytes that one value of a run may have, and one answer from outside: 1 MiB to 1 GiB."""
    retention: Annotated[timedelta, BeforeValidator(_age)] | None = Field(default=None, validation_alias="TENUTO_RETENTION")
    """How long runs are kept after their end, whose workflow does not say (`30d`, `P30D`); without it they are kept."""
    agent_id: str | None = Field(default=None, validation_alias=AliasChoices("LYZR_AGENT_ID", "AGENT_ID"))
    """The Lyzr agent that a workspace without agents begins with."""
    lyzr_api_key: SecretStr | None = Field(default=None, validation_alias="LYZR_API_KEY")
    """The key of Lyzr."""
    lyzr_base_url: Annotated[str, AfterValidator(_url)] | None = Field(default=None, validation_alias="LYZR_BASE_URL")
    """Another address of Lyzr than its own."""
    environment: Mapping[str, str] = Field(default_factory=dict[str, str], repr=False, exclude=True)
    """Every variable as it was given, for contributions that name settings of their own."""

    @classmethod
    def read(cls, folder: Path, environ: Mapping[str, str] | None = None) -> Self:
        """The environment (ours unless given), then `.env.local`, then `.env` of a folder. Raises `Misconfigured`."""
        files = {**dotenv_values(folder / ".env"), **dotenv_values(folder / ".env.local")}
        given = {**files, **(os.environ if environ is None else environ)}
        filled = {name: value.strip() for name, value in given.items() if value is not None and value.strip()}
        try:
            return cls.model_validate({**filled, "environment": filled})
        except ValidationError as error:
            raise _wrong(error, filled) from None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach us."""
        return is_loopback(self.host)

    @property
    def development(self) -> bool:
        """Whether effects whose credentials are missing are simulated: as set, else on loopback."""
        return self.mode == "development" if self.mode is not None else self.loopback

    @property
    def origin(self) -> str:
        """Where browsers reach us."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{'127.0.0.1' if host in {'0.0.0.0', '[::]'} else host}:{self.port}"  # noqa: S104 compared, not bound

    def variable(self, name: str) -> SecretStr | None:
        """A contribution's own secret by the name of its variable."""
        value = self.environment.get(name)
        return SecretStr(value) if value else None


def is_loopback(host: str) -> bool:
    """Whether a host to bind to is this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _wrong(error: ValidationError, given: Mapping[str, str]) -> Misconfigured:
    """The sentence about the first wrong setting; what it holds is not shown, as it may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    names = _names(str(first["loc"][0]))
    name = next((name for name in names if name in given), names[0])
    reason = first["msg"].removeprefix("Value error, ")
    return Misconfigured(f"{name} is wrong: {reason[:1].lower()}{reason[1:]}.", fix=f"Correct {name}, or leave it out.")


def _names(place: str) -> list[str]:
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        names = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [str(alias)]
        if place in (field, *names):
            return names
    return [place]
