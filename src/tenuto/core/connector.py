"""What a connector is: actions as pure functions from typed parameters to described requests."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, JsonValue

from tenuto.core.account import AccountField, Discovery
from tenuto.core.answer import Answer as Answer
from tenuto.core.answer import ErrorRule as ErrorRule
from tenuto.core.answer import refusal
from tenuto.core.answer import retry_after as retry_after
from tenuto.core.auth import Auth, NoAuth, Webhook
from tenuto.core.errors import Problem
from tenuto.core.limits import Limits
from tenuto.core.toolbox import Toolbox

Effect: TypeAlias = Literal["pure", "read", "idempotent_write", "write"]
Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
QueryValue: TypeAlias = str | int | float | bool | Sequence[str] | None


class Params(BaseModel):
    """The parameters of an action: each field with a description and an example. Nothing is converted ("10" is no number)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)


class Result(BaseModel):
    """What an action answers; `examples` of the fields make its simulation."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Whoami(Result):
    """Whose a secret is, as the vendor says when it is first used."""

    account: str
    """As people know it: an address, a login, the name of a workspace."""


def mark(key: str) -> str:
    """What a request carries of a step's key where the vendor takes none, so that `verify` finds the effect again.

    24 hexadecimal digits of its SHA-256: strangers may see it, and must not learn the ids of runs.
    """
    return hashlib.sha256(key.encode()).hexdigest()[:24]


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """A request on its way out, before any secret is put in: an absolute URL and what to send there.

    `timeout` is in seconds, for the whole exchange; `max_bytes` bounds the decoded body of the answer; `ends` tells whether what has
    come of it is all that matters, so that a stream that stays open is left.
    """

    method: Method
    url: str
    query: Mapping[str, QueryValue] = field(default_factory=dict[str, QueryValue])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    json: JsonValue = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    files: Sequence[tuple[str, str, bytes, str]] = ()
    """Multipart parts: field, file name, content, media type."""
    timeout: float = 60
    max_bytes: int = 10 * 1024 * 1024
    ends: Callable[[bytes], bool] | None = None


R = TypeVar("R", bound=BaseModel)
F = TypeVar("F", bound=Callable[..., object])

doors = ("https", "mail", "postgresql", "stdio")
"""The schemes of base URLs: for all but the first a path is an operation, and what is asked and answered is JSON (`vault/doors`)."""

unique: dict[str, JsonValue] = {"x-unique": True}
"""`json_schema_extra` of a result's field that differs from call to call (an id): its simulation is made from the step's key."""


def options(action: str, items: str, *, value: str = "id", label: str = "name") -> dict[str, JsonValue]:
    """`json_schema_extra` of a parameter that people choose from what another action lists.

    `items` is the field of that action's result that holds the list, `value` and `label` are fields of its items.
    """
    return {"x-options": {"action": action, "items": items, "value": value, "label": label}}


@dataclass(frozen=True, kw_only=True)
class Request(Generic[R]):
    """A described request of a connector: a path below its base URL, or a whole `url`, and how its answer is read.

    `{name}` in `path` is filled from `fill`, else with the parameter of that name, always quoted as one segment: never format it
    in. `read` maps (answer, params) to the result where the vendor's names differ from ours; else the JSON is validated. A query
    value of None is left out.
    """

    result: type[R]
    method: Method
    path: str = ""
    url: str | None = None
    """An absolute URL that somebody gave (a feed, a signed upload): asked without the account's secret and the connector's headers."""
    fill: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    query: Mapping[str, QueryValue] = field(default_factory=dict[str, QueryValue])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    json: JsonValue = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    read: Callable[..., R] | None = None
    ends: Callable[[bytes], bool] | None = None
    """Whether what has come of the body is all that matters: a stream that stays open is left then."""
    asks: bool = False
    """Whether it changes nothing outside although its method is one that may (a query that is posted)."""


class Calls(Protocol):
    """What an action of several requests may use."""

    @property
    def key(self) -> str:
        """The idempotency key of this step."""
        ...

    @property
    def now(self) -> datetime:
        """When the attempt began, UTC; `verify` looks for the effect from then on."""
        ...

    async def send(self, request: Request[R]) -> R:
        """Send one described request with the run's connection; raises the connector's problems."""
        ...

    async def each(self, requests: Sequence[Request[R]]) -> Sequence[R]:
        """Send independent requests, a few at a time; results in their order. The first problem ends the others."""
        ...


Verify: TypeAlias = Callable[..., Awaitable[BaseModel | None]]
"""`async (calls, params, key) -> result`: tells whether a write with this key happened; None if it certainly did not."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing a connector can do. Everything else (form, docs, tool, simulation) is derived from it."""

    key: str
    doc: str
    params: type[Params]
    result: type[BaseModel]
    effect: Effect
    scopes: tuple[str, ...]
    function: Callable[..., object]
    takes_calls: bool
    """Whether the function is `async (calls, params) -> result`, for more than one request."""
    verify: Verify | None = None
    """Tells whether a write with a given key happened: its result, or None if it did not."""
    keyed: bool = False
    """Whether the function takes the idempotency key: `(params, key) -> Request`."""


@dataclass(frozen=True, kw_only=True)
class Connector:
    """An integration, whole: how to reach it, how to sign in, how it says no, and what it can do."""

    key: str
    name: str
    base_url: str
    """May have fields of the account (`https://{site}.example.com`); of another scheme where the vault has a door for it (`doors`)."""
    auth: Auth = field(default_factory=NoAuth)
    """The way to sign in that is offered first."""
    also: tuple[Auth, ...] = ()
    """The other ways, each of another kind."""
    fields: tuple[AccountField, ...] = ()
    """What people may have to say of their account; a way asks only for what its URLs have."""
    discovery: Discovery | None = None
    check: Request[Whoami] | None = None
    """What a new secret is tried with before it is kept."""
    checks: tuple[Auth, ...] = ()
    """The ways that it can try; all where it is empty."""
    domains: tuple[str, ...] = ()
    """Where a base URL has to be that comes with a token."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    hosts: tuple[str, ...] = ()
    """Hosts beside the base URL's that its secrets may be sent to."""
    webhook: Webhook | None = None
    """How its webhooks are signed; None where it sends none."""
    events: tuple[str, ...] = ()
    """The events it sends, by the first part of their names (`issues` of `issues.opened`); empty where they are not known."""
    errors: tuple[ErrorRule, ...] = ()
    limits: Limits = field(default_factory=Limits)
    """How often it may be asked, where that is known; what its headers say is learnt without."""
    toolbox: Toolbox | None = None
    doc: str = ""
    actions: dict[str, Action] = field(default_factory=dict[str, Action])

    def action(
        self,
        *,
        effect: Effect,
        scopes: Sequence[str] = (),
        verify: Verify | None = None,
    ) -> Callable[[F], F]:
        """Declare a function as an action; its name is the action's key, its docstring the description.

        Three forms: `(params) -> Request[R]`; `(params, key) -> Request[R]` where the vendor takes our key or the request
        carries it so that `verify` can find it again; `async (calls, params) -> R` where one request is not enough.
        """

        def declare(function: F) -> F:
            action = _action(function, effect, tuple(scopes), verify)
            if action.key in self.actions:
                raise ValueError(f"connector {self.key} has two actions called {action.key}")
            self.actions[action.key] = action
            return function

        return declare


def problem_of(connector: Connector, answer: Answer) -> Problem | None:
    """The problem that an answer is, by the connector's rules and then by its status; None for a success."""
    return refusal(connector.name, connector.errors, answer)


def _action(function: Callable[..., object], effect: Effect, scopes: tuple[str, ...], verify: Verify | None) -> Action:
    name = getattr(function, "__name__", "")
    hints = get_type_hints(function)
    names = list(inspect.signature(function).parameters)
    takes_calls = inspect.iscoroutinefunction(function)
    params = cast("type[Params]", hints["params"])
    returned = hints["return"]
    result = cast("type[BaseModel]", returned if takes_calls else returned.__args__[0])
    return Action(
        key=name,
        doc=inspect.getdoc(function) or "",
        params=params,
        result=result,
        effect=effect,
        scopes=scopes,
        function=function,
        takes_calls=takes_calls,
        verify=verify,
        keyed="key" in names,
    )
