"""One action of a connector, performed: parameters checked, request built, answer read, refusals turned into problems."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tenuto.core.catalog import Catalog, suggest
from tenuto.core.connector import Action, Answer, Connector, Outbound, Params, Request, problem_of
from tenuto.core.errors import AuthRejected, Invalid, InvalidOutput, Issue, Problem, Rejected, TooLarge, Uncertain, VendorFailed
from tenuto.core.limits import Held
from tenuto.core.values import JsonObject, JsonValue, encode, pointer
from tenuto.engine.actions.bases import Bases, secretless
from tenuto.engine.actions.outbound import outbound
from tenuto.engine.outside.addresses import Addresses
from tenuto.engine.ports import ConnectedAccounts, Sender, Ticket

at_once = 5
"""How many requests of one action are on their way at the same time."""

_asks = ("GET", "HEAD", "OPTIONS")

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One attempt at one action; the same again asks `verify` what became of it."""

    connector: str
    action: str
    params: JsonObject
    ticket: Ticket
    """On whose behalf; its `integration`, `connection_id` and `hosts` are set by the actor."""
    key: str
    """The step's idempotency key."""
    now: datetime
    """When the attempt began, UTC, by the database's clock."""


class Actor:
    """Performs actions of the catalog's connectors through the guarded door."""

    def __init__(
        self,
        catalog: Catalog,
        sender: Sender,
        *,
        bases: Mapping[str, str] | None = None,
        accounts: ConnectedAccounts | None = None,
        addresses: Addresses | None = None,
    ) -> None:
        """`bases` replaces base URLs by connector key, for private deployments (GitHub Enterprise) and tests.

        `accounts` knows where an account's requests go; `addresses` puts the true one-time addresses into parameters, before encoding.
        """
        self._catalog = catalog
        self._sender = sender
        self._bases = Bases(bases or {}, accounts)
        self._addresses = addresses

    async def perform(self, errand: Errand) -> JsonValue:
        """Do it and answer the result as JSON.

        Raises `NotFound` (no such action), `Invalid` (parameters, every wrong one in `issues`), `Uncertain` only for an effect
        that may have happened, and the connector's problems.
        """
        return _document(await (await self._calls(errand)).perform())

    async def verify(self, errand: Errand) -> JsonValue:
        """The result of a write whose answer was lost, or None if it certainly did not happen.

        Raises `Uncertain` where the action declares no `verify`; any other problem leaves the question open.
        """
        calls = await self._calls(errand)
        if calls.action.verify is None:
            raise Uncertain(
                f"Whether {errand.connector}.{errand.action} happened cannot be found out.", fix=f"Look it up in {calls.connector.name}."
            )
        calls.begun = True  # long ago
        found = await calls.action.verify(calls, calls.params, errand.key)
        return None if found is None else _document(found)

    async def _calls(self, errand: Errand) -> _Calls:
        action, connector = self._catalog.action(errand.connector, errand.action), self._catalog.connector(errand.connector)
        params = self._addresses.params(errand.params, errand.ticket.workspace) if self._addresses else errand.params
        typed = validated(action, params)
        base, ticket = await self._bases.of(connector, errand.ticket)
        return _Calls(
            connector=connector,
            action=action,
            params=typed,
            base=base,
            sender=self._sender,
            ticket=ticket,
            key=errand.key,
            now=errand.now,
        )


def validated(action: Action, params: JsonObject) -> Params:
    """The parameters, typed: nothing is guessed or converted. Raises `Invalid` with one issue for each that is wrong."""
    try:
        return action.params.model_validate_json(encode(params, what="The parameters"))
    except ValidationError as error:
        issues = tuple(_issue(action, detail) for detail in error.errors(include_url=False))
        first = issues[0]
        more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
        detail = f"{action.key} cannot be done with these parameters: {first.message}{more}"
        raise Invalid(detail, pointer=first.pointer, fix=first.fix, issues=issues) from None


@dataclass(kw_only=True)
class _Calls:
    """The requests of one attempt at one action. Mutable: it learns whether anything has left."""

    connector: Connector
    action: Action
    params: Params
    base: str
    sender: Sender
    ticket: Ticket
    key: str
    now: datetime
    begun: bool = False

    async def perform(self) -> BaseModel:
        function = self.action.function
        if self.action.takes_calls:
            return await cast("Callable[..., Awaitable[BaseModel]]", function)(self, self.params)
        described = function(self.params, self.key) if self.action.keyed else function(self.params)
        return await self.send(cast("Request[BaseModel]", described))

    async def send(self, request: Request[R]) -> R:
        out = outbound(request, self.params, connector=self.connector, base=self.base)
        risky = self.action.effect in ("write", "idempotent_write") and not (request.asks or request.method in _asks)
        try:
            answer = await self._sent(out, self.ticket if request.url is None else secretless(self.ticket))
        except Uncertain as lost:
            if risky:
                raise
            # Asking again changes nothing outside, so a lost answer to a question is an ordinary failure.
            raise VendorFailed(lost.data.detail) from lost
        except AuthRejected:
            raise  # of the account's own tokens: the request never left, or was answered with 401
        except (TooLarge, InvalidOutput, Rejected) as problem:
            raise _perhaps(problem) if risky else problem from None
        if problem := problem_of(self.connector, answer):
            raise _perhaps(problem) if self.action.effect == "write" and risky and _ambiguous(problem, answer) else problem
        try:
            return self._read(request, answer)
        except InvalidOutput as problem:
            raise _perhaps(problem) if risky else problem from None

    async def _sent(self, outbound: Outbound, ticket: Ticket) -> Answer:
        """What has begun is not begun anew: after its first request an action waits for a rate limit where it stands."""
        if self.begun and ticket.place is not None:
            ticket = replace(ticket, place=ticket.place._replace(begun=True))
        held = False
        try:
            return await self.sender.send(outbound, ticket)
        except Held:
            held = True
            raise
        finally:
            self.begun = self.begun or not held

    async def each(self, requests: Sequence[Request[R]]) -> Sequence[R]:
        gate = asyncio.Semaphore(at_once)
        first = [] if self.begun else [await self.send(request) for request in requests[:1]]

        async def one(request: Request[R]) -> R:
            async with gate:
                return await self.send(request)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(request)) for request in requests[len(first) :]]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [*first, *(task.result() for task in tasks)]

    def _read(self, request: Request[R], answer: Answer) -> R:
        if self.action.effect != "read" and request.url is None and _is_page(answer):  # also where nothing of an answer is looked at
            raise InvalidOutput(f"{self.connector.name} answered with a web page (status {answer.status}).", raw=answer.text)
        try:
            if request.read:
                return request.read(answer, self.params)
            return request.result.model_validate(answer.json)
        except InvalidOutput as problem:
            raise InvalidOutput(f"{self.connector.name}: {problem.data.detail}", raw=problem.data.raw) from None
        except ValidationError as error:
            place = error.errors()[0]
            where = pointer(*place["loc"]) or "its top level"
            detail = f"{self.connector.name} answered something unexpected at {where}: {place['msg']}."
            raise InvalidOutput(detail, raw=answer.text) from None


def _perhaps(problem: Problem) -> Uncertain:
    """It went out and something came back that does not say whether it was done."""
    return Uncertain(f"{problem.data.detail} It may have been done all the same.", raw=problem.data.raw)


def _is_page(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").startswith("text/html") and answer.body.lstrip()[:1] == b"<"


def _ambiguous(problem: Problem, answer: Answer) -> bool:
    return isinstance(problem, VendorFailed) and answer.status != 503


def _document(result: BaseModel) -> JsonValue:
    return cast("JsonValue", result.model_dump(mode="json", by_alias=True))


def _issue(action: Action, error: ErrorDetails) -> Issue:
    where, name = pointer(*error["loc"]), str(error["loc"][0]) if error["loc"] else ""
    fields = {field.alias or key: field for key, field in action.params.model_fields.items()}
    message = error["msg"].removeprefix("Value error, ").rstrip(".")
    fix = None
    if error["type"] == "extra_forbidden":
        message, fix = f'there is no parameter "{name}"', f"Leave it out.{suggest(name, fields)}"
    elif name in fields and fields[name].examples:
        fix = f"For instance {encode((fields[name].examples or [''])[0]).decode()}."
    text = f"{name}: {message}." if name else f"{message}."
    return Issue(pointer=where, code=error["type"].replace("_", "-"), message=text, fix=fix)
