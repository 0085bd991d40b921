"""What a connector is: actions as pure functions from typed parameters to described requests."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, JsonValue

from tenuto.core.auth import Auth, HmacWebhook, NoAuth
from tenuto.core.errors import AuthRejected, InvalidOutput, Problem, RateLimited, Rejected, VendorFailed
from tenuto.core.values import decode

Effect: TypeAlias = Literal["pure", "read", "idempotent_write", "write"]
Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
QueryValue: TypeAlias = str | int | float | bool | Sequence[str] | None


class Params(BaseModel):
    """The parameters of an action: each field with a description and an example."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Result(BaseModel):
    """What an action answers; `examples` of the fields make its simulation."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers (lower-case names) and the whole body, within the size limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> JsonValue:
        """The body as JSON. Raises `InvalidOutput` for anything else (HTML, truncated JSON, nothing)."""
        try:
            return decode(self.body)
        except Problem:
            kind = self.headers.get("content-type", "no content type")
            raise InvalidOutput(f"Expected JSON and got {kind} (status {self.status}).", raw=self.text) from None

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes replaced."""
        return self.body.decode(errors="replace")


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """A request on its way out, before any secret is put in: an absolute URL and what to send there.

    `timeout` is in seconds, for the whole exchange; `max_bytes` bounds the decoded body of the answer.
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


R = TypeVar("R", bound=BaseModel)
P = TypeVar("P", bound=Params)


@dataclass(frozen=True, kw_only=True)
class Request(Generic[R]):
    """A described request of a connector: a path below its base URL, and how its answer is read.

    `read` maps (answer, params) to the result where the vendor's names differ from ours; else the JSON is validated.
    """

    result: type[R]
    method: Method
    path: str
    query: Mapping[str, QueryValue] = field(default_factory=dict[str, QueryValue])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    json: JsonValue = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    read: Callable[..., R] | None = None


class Calls(Protocol):
    """What an action of several requests may use."""

    @property
    def key(self) -> str:
        """The idempotency key of this step."""
        ...

    @property
    def now(self) -> datetime: ...

    async def send(self, request: Request[R]) -> R:
        """Send one described request with the run's connection; raises the connector's problems."""
        ...


@dataclass(frozen=True)
class ErrorRule:
    """How a vendor says no: `when` recognises it, `message` is the dotted path of its reason, `kinds` maps reasons to problems."""

    when: Callable[[Answer], bool]
    message: str
    kinds: Mapping[str, type[Problem]] = field(default_factory=dict[str, type[Problem]])


Verify: TypeAlias = Callable[[Calls, Params, str], Awaitable[BaseModel | None]]


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
    auth: Auth = field(default_factory=NoAuth)
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    hosts: tuple[str, ...] = ()
    """Hosts beside the base URL's that its secrets may be sent to."""
    webhook: HmacWebhook | None = None
    errors: tuple[ErrorRule, ...] = ()
    doc: str = ""
    actions: dict[str, Action] = field(default_factory=dict[str, Action])

    def action(
        self,
        *,
        effect: Effect,
        scopes: Sequence[str] = (),
        verify: Verify | None = None,
    ) -> Callable[[Callable[..., object]], Callable[..., object]]:
        """Declare a function as an action; its name is the action's key, its docstring the description.

        Three forms: `(params) -> Request[R]`; `(params, key) -> Request[R]` where the vendor takes our key or the request
        carries it so that `verify` can find it again; `async (calls, params) -> R` where one request is not enough.
        """

        def declare(function: Callable[..., object]) -> Callable[..., object]:
            action = _action(function, effect, tuple(scopes), verify)
            if action.key in self.actions:
                raise ValueError(f"connector {self.key} has two actions called {action.key}")
            self.actions[action.key] = action
            return function

        return declare


def problem_of(connector: Connector, answer: Answer) -> Problem | None:
    """The problem that an answer is, by the connector's rules and then by its status; None for a success."""
    for rule in connector.errors:
        if rule.when(answer):
            reason = _reason(answer, rule.message)
            kind = rule.kinds.get(reason) or _kind_of(max(answer.status, 400))
            return kind(f"{connector.name} refused: {reason or 'no reason given'}.", retry_after=retry_after(answer), raw=answer.text)
    if answer.status < 400:
        return None
    detail = f"{connector.name} answered {answer.status}."
    return _kind_of(answer.status)(detail, retry_after=retry_after(answer), raw=answer.text)


def retry_after(answer: Answer) -> float | None:
    """Seconds the vendor asks us to wait (`Retry-After` in seconds), if it says so."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.replace(".", "", 1).isdigit() else None


def _kind_of(status: int) -> type[Problem]:
    if status == 401:
        return AuthRejected
    if status == 429:
        return RateLimited
    return VendorFailed if status >= 500 else Rejected


def _reason(answer: Answer, path: str) -> str:
    try:
        value = answer.json
    except InvalidOutput:
        return ""
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return str(value) if value is not None else ""


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
