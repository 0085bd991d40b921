"""What the doubles of model vendors share: scripts, the books, what a model says of itself, and everything that goes wrong on the wire.

A vendor's double is a `ModelDouble` with the vendor's own shapes. `double.script(Script(...), ...)` says how the next requests are
answered: each script for its `times` requests, the first that fits. A request that nothing was scripted for is answered with an echo,
with a value that fits its schema, or with a call of the tool it must call. Another process scripts and reads a double under
`/__double__/` (no key).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import signal
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal, TypeAlias, TypeVar, cast

from pydantic import Field, JsonValue, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.doubles import Dress, Json, Wire, dressed, fitting, loopback, served
from tests.doubles.lyzr_answers import Answered, page

from tenuto.core.values import Frozen

Fault = Literal["drop_before", "drop_after", "drop_midway", "truncated", "malformed", "html", "empty", "stream_error"]
Finish = Literal["stop", "length", "tools", "refusal"]


class ToolCall(Frozen):
    """One call of a tool; `arguments` that are a text are sent as they are, so that a model can write them badly."""

    name: str
    arguments: Json | str = {}
    id: str | None = None

    @property
    def written(self) -> str:
        """The arguments as the model wrote them."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments, ensure_ascii=False)


class Usage(Frozen):
    """Tokens. `input` is all that was read, `cached` and `written` (to the cache) are parts of it; `reasoning` is a part of `output`."""

    input: int
    output: int
    cached: int = 0
    written: int = 0
    reasoning: int = 0


class Script(Frozen):
    """How requests are answered; every field left alone is the sensible default.

    Answers: `text` (a JSON value is written as JSON, `dress` says how it is clothed), `tools`, `thinking` before it, or a `refusal`.
    `finish` is the vendor's own word for why it ended, `usage` its tokens; both follow from the answer when they are left alone.
    Streams: `piece` is the length of a delta in characters, `gap` the pause between events in seconds, `pings` how many signs of life
    come before the first delta.
    Failures: `status` (with `message`, `code`, `retry_after`), or one `fault`. With `drop_before` nothing ran; with `drop_after` and
    `drop_midway` it ran, and the answer is lost or cut in half; a `truncated` one ends as if nothing were missing; a `stream_error` is
    the vendor's error event in the middle of a stream, made of `status`, `message` and `code`.
    Time: `delay` in seconds before the answer; `hold` waits for `double.release()`.
    `when` must be in the prompt for the script to apply; `times` limits it to that many requests, None to none.
    """

    when: str | None = None
    times: Annotated[int, Field(ge=1)] | None = 1
    text: JsonValue = None
    dress: Dress | None = None
    tools: tuple[ToolCall, ...] = ()
    thinking: str | None = None
    refusal: str | None = None
    finish: str | None = None
    usage: Usage | None = None
    piece: Annotated[int, Field(ge=1)] = 8
    gap: float = 0
    pings: int = 0
    status: int = 200
    message: str | None = None
    code: str | None = None
    retry_after: int | None = None
    fault: Fault | None = None
    delay: float = 0
    hold: bool = False


class Call(Frozen):
    """One request as it arrived, the key left out; `prompt` is the last thing the user said."""

    method: str
    path: str
    model: str | None = None
    prompt: str | None = None
    streamed: bool = False
    headers: dict[str, str] = {}
    body: JsonValue = None


@dataclass(frozen=True)
class Asked:
    """A request, freed of the vendor's shapes: `must` is the name of the tool to call, or True for any; `called` are those it has called."""

    prompt: str
    tools: Sequence[tuple[str, JsonValue]] = ()
    must: str | bool = False
    called: Sequence[str] = ()
    results: Sequence[str] = ()
    """What the tools have answered since the model last spoke."""
    schema: JsonValue = None
    limit: int | None = None
    """How many tokens the answer may have."""
    size: int = 0
    """How many characters were sent."""


@dataclass(frozen=True)
class Reply:
    """What the model says, freed of the vendor's shapes."""

    script: Script
    finish: Finish
    usage: Usage
    text: str | None = None
    thinking: str | None = None
    refusal: str | None = None
    tools: Sequence[ToolCall] = ()
    done: Callable[[], None] = field(default=lambda: None)


Endpoint: TypeAlias = Callable[[Request, JsonValue], Awaitable[Response]]


class ModelDouble(ABC):
    """The state of a model vendor's double, and what every request passes; a vendor adds its shapes and its routes."""

    key: ClassVar[str]
    serves: ClassVar[Sequence[str]]
    """Names of the models that are there from the start."""
    largest: ClassVar[int]
    call_prefix: ClassVar[str] = "call_"

    def __init__(self, url: str) -> None:
        self.url = url
        self._closing = asyncio.Event()
        self._arrival = asyncio.Event()
        self._gate = asyncio.Event()
        self.reset()

    def reset(self) -> None:
        """Forget calls and scripts, and let what is held go on."""
        self.release()
        self.calls: list[Call] = []
        self.asked: Counter[str] = Counter()
        """Requests that a model was asked with, by prompt."""
        self.finished: Counter[str] = Counter()
        """Requests whose whole answer was delivered, by prompt."""
        self.models: list[str] = list(self.serves)
        self.limit = self.largest
        """The largest body in bytes."""
        self._serial = itertools.count(1)
        self._scripts: list[tuple[Script, int]] = []

    @abstractmethod
    def routes(self) -> Sequence[tuple[str, str, Endpoint]]:
        """Method, path and endpoint of what the vendor offers."""

    @abstractmethod
    def problem(self, status: int, message: str | None = None, code: str | None = None, param: str | None = None) -> Json:
        """The body of an error; `param` is the field of the request that is wrong, for vendors who tell it."""

    @abstractmethod
    def headers(self, status: int) -> dict[str, str]:
        """What the vendor adds to each answer."""

    @abstractmethod
    def locked(self, request: Request) -> str | None:
        """Why a request does not enter: its key."""

    @abstractmethod
    def prompt(self, body: Json) -> str | None:
        """The last thing the user said, of a body that nobody has looked at yet."""

    def script(self, *scripts: Script) -> None:
        """Answer the next requests like this, in place of what was scripted before."""
        self._scripts = [(script, 0) for script in scripts]

    def release(self) -> None:
        """Let what is held go on. Requests that come later are held again."""
        gate, self._gate = self._gate, asyncio.Event()
        gate.set()

    async def called(self, at_least: int = 1, *, path: str | None = None, within: float = 30) -> list[Call]:
        """Wait until that many calls have arrived (at one path) and answer them. Raises `TimeoutError`."""
        async with asyncio.timeout(within):
            while True:
                arrival = self._arrival
                calls = [call for call in self.calls if path in (None, call.path)]
                if len(calls) >= at_least:
                    return calls
                await arrival.wait()

    def close(self) -> None:
        """End all waiting, so that the server can stop at once."""
        self._closing.set()
        self.release()

    def record(self, call: Call) -> None:
        """Note a call and wake whoever waits for it."""
        self.calls.append(call)
        arrival, self._arrival = self._arrival, asyncio.Event()
        arrival.set()

    def serial(self, prefix: str) -> str:
        """The next id."""
        return f"{prefix}{next(self._serial):024x}"

    def refused(
        self, status: int, message: str | None = None, code: str | None = None, *, param: str | None = None, retry_after: int | None = None
    ) -> Answered:
        """An error of the vendor, to be raised."""
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        return Answered(JSONResponse(self.problem(status, message, code, param), status, headers))

    async def replied(self, asked: Asked) -> Reply:
        """What the model says to it, once it has taken its time. Answers what was scripted to go wrong before that."""
        # Taken before any waiting: whoever has seen the call arrive can release it.
        gate = self._closing if self._closing.is_set() else self._gate
        self.asked[asked.prompt] += 1
        script = self._chosen(asked.prompt)
        await self.pause(script.delay)
        if script.hold:
            await gate.wait()
        if script.fault == "drop_before":
            raise Answered(Wire([], cut=True))
        if script.fault == "html":
            raise Answered(page(script.status))
        if script.status != 200 and script.fault != "stream_error":
            raise self.refused(script.status, script.message, script.code, retry_after=script.retry_after)
        reply = _composed(asked, script)
        named = [call if call.id else call.model_copy(update={"id": self.serial(self.call_prefix)}) for call in reply.tools]
        return replace(reply, tools=named, done=lambda: self.finished.update([asked.prompt]))

    def whole(self, reply: Reply, payload: Json) -> Response:
        """An answer in one piece, damaged as the script asks."""
        data = json.dumps(payload, ensure_ascii=False).encode()
        half, kind = data[: len(data) // 2], "application/json"
        match reply.script.fault:
            case "drop_after":
                return Wire([], cut=True)
            case "drop_midway":
                return Wire([half], kind, length=len(data), cut=True)
            case "truncated":
                return Response(half, media_type=kind)
            case "malformed":
                return Response(data.replace(b'": ', b'" = '), media_type=kind)
            case "empty":
                return Response(b"", media_type=kind)
            case "stream_error":
                raise self.refused(_bad(reply.script), reply.script.message, reply.script.code)
            case _:
                return Wire([data], kind, length=len(data), done=reply.done)

    def streamed(self, reply: Reply, events: Sequence[str], error: str) -> Response:
        """An answer as server-sent events, damaged as the script asks; `error` is the vendor's event for an error."""
        half = first_half(events)
        sent, cut, done = list(events), False, None
        match reply.script.fault:
            case "drop_after":
                sent, cut = [], True
            case "drop_midway":
                sent, cut = half, True
            case "truncated":
                sent = half
            case "malformed":
                sent = [*half[:-1], half[-1].replace('": ', '" = ')]
            case "empty":
                return Response(b"", media_type="text/event-stream")
            case "stream_error":
                sent = [*half, error]
            case _:
                done = reply.done
        parts = [event.encode() for event in sent]
        return Wire(parts, "text/event-stream", cut=cut, done=done, pause=lambda: self.pause(reply.script.gap))

    def failure(self, script: Script) -> Json:
        """The body of the error that breaks a stream off."""
        return self.problem(_bad(script), script.message, script.code)

    async def pause(self, seconds: float) -> None:
        """Sleep, unless the double is closing."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)

    def _chosen(self, prompt: str) -> Script:
        for index, (script, used) in enumerate(self._scripts):
            if (script.times is None or used < script.times) and (script.when or "") in prompt:
                self._scripts[index] = (script, used + 1)
                return script
        return Script()


def pieces(text: str, script: Script) -> list[str]:
    """A text as a stream sends it."""
    return [text[start : start + script.piece] for start in range(0, len(text), script.piece)]


def first_half(events: Sequence[str]) -> list[str]:
    """What has left when a stream breaks off."""
    return list(events[: (len(events) + 1) // 2])


def dicts(value: JsonValue) -> list[Json]:
    """The objects of a list; none of something that is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def nested(value: JsonValue) -> Json:
    """An object, empty when it is none."""
    return value if isinstance(value, dict) else {}


def event(data: JsonValue, name: str | None = None) -> str:
    """One server-sent event."""
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def loose(schema: JsonValue, path: str = "", *, optional: bool = False) -> str | None:
    """Where a schema is not strict: an object that allows other properties, or (unless `optional`) one that may lack some of its own."""
    if isinstance(schema, list):
        return next((found for one in schema if (found := loose(one, path, optional=optional))), None)
    if not isinstance(schema, dict):
        return None
    properties = schema.get("properties")
    if isinstance(properties, dict) or schema.get("type") == "object":
        lacking = set(nested(properties)) - set(cast("list[str]", schema.get("required") or []))
        if schema.get("additionalProperties") is not False or (lacking and not optional):
            return path or "()"
    for word in ("properties", "$defs", "definitions"):
        for name, part in nested(schema.get(word)).items():
            if found := loose(part, f"{path}.{name}".strip("."), optional=optional):
                return found
    deeper = (schema.get(word) for word in ("items", "anyOf", "oneOf", "allOf"))
    return next((found for part in deeper if (found := loose(part, path, optional=optional))), None)


def texts(content: JsonValue, *kinds: str) -> str:
    """The text of a message's content: a text, or parts of which those of the given kinds count."""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in dicts(content) if part.get("type") in kinds)


def _composed(asked: Asked, script: Script) -> Reply:
    tools: Sequence[ToolCall] = script.tools
    text = None if script.text is None else dressed(script.text, script.dress or "bare")
    if text is None and not tools and script.refusal is None:
        tools = _must_call(asked)
        text = None if tools else _unscripted(asked, script)
    finish: Finish = "refusal" if script.refusal is not None else "tools" if tools else "stop"
    room = None if asked.limit is None else asked.limit * 4
    if text is not None and not tools and room is not None and len(text) > room:
        text, finish = text[:room], "length"
    thought = _tokens(script.thinking or "")
    spoken = thought + _tokens((text or "") + (script.refusal or "") + "".join(call.name + call.written for call in tools))
    usage = script.usage or Usage(input=max(1, asked.size // 4), output=spoken, reasoning=thought)
    return Reply(script, finish, usage, text, script.thinking, script.refusal, tools)


def _must_call(asked: Asked) -> Sequence[ToolCall]:
    """The tool that is asked for by name, else the first that was not called yet, else the last one."""
    if not asked.must or not asked.tools:
        return ()
    fresh = [tool for tool in asked.tools if tool[0] not in asked.called]
    name, schema = next((tool for tool in asked.tools if tool[0] == asked.must), fresh[0] if fresh else asked.tools[-1])
    return [ToolCall(name=name, arguments=cast("Json", fitting(schema, asked.prompt)))]


def _unscripted(asked: Asked, script: Script) -> str:
    if asked.schema is not None:
        return dressed(fitting(asked.schema, asked.prompt), script.dress or "bare")
    return "\n".join([f"You said: {asked.prompt}", *(f"The tool answered: {result}" for result in asked.results)])


def _tokens(text: str) -> int:
    return -(-len(text) // 4)


def _bad(script: Script) -> int:
    return script.status if script.status >= 400 else 500


def model_app(double: ModelDouble) -> Starlette:
    """The ASGI application over a double's state."""
    door, admin = _Door(double), _Admin(double)
    scripting: list[tuple[str, str, Endpoint]] = [
        ("GET", "/__double__/", admin.about),
        ("PUT", "/__double__/scripts", admin.script),
        ("GET", "/__double__/calls", admin.calls),
        ("POST", "/__double__/release", admin.release),
        ("POST", "/__double__/reset", admin.reset),
    ]
    routes = [Route(path, door.vendor(endpoint), methods=[method]) for method, path, endpoint in double.routes()]
    routes += [Route(path, door.private(endpoint), methods=[method]) for method, path, endpoint in scripting]
    app = Starlette(routes=routes, exception_handlers={404: door.unknown, 405: door.unknown})
    app.router.redirect_slashes = False
    return app


class _Door:
    """What every request passes: it is noted, its size and its key are looked at, its body is read."""

    def __init__(self, double: ModelDouble) -> None:
        self.double = double

    def vendor(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def enter(request: Request) -> Response:
            data = await request.body()
            sent = _read(data)
            self.double.record(self._call(request, sent))
            try:
                response = await endpoint(request, self._admitted(request, data, sent))
            except Answered as answered:
                response = answered.response
            for name, value in self.double.headers(response.status_code).items():
                response.headers.setdefault(name, value)
            return response

        return enter

    def private(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def enter(request: Request) -> Response:
            sent = _read(await request.body())
            try:
                return await endpoint(request, None if isinstance(sent, ValueError) else sent)
            except ValidationError as error:
                return JSONResponse({"detail": error.errors(include_url=False, include_context=False)}, 422)

        return enter

    async def unknown(self, request: Request, _error: Exception) -> Response:
        self.double.record(self._call(request, None))
        # An unknown path is told as one, whoever asks.
        return self.double.refused(404, f"Invalid URL ({request.method} {request.url.path})").response

    def _admitted(self, request: Request, data: bytes, sent: JsonValue | ValueError) -> JsonValue:
        if reason := self.double.locked(request):
            raise self.double.refused(401, reason)
        if len(data) > self.double.limit:
            raise self.double.refused(413)
        if isinstance(sent, ValueError) or (request.method == "POST" and not isinstance(sent, dict)):
            raise self.double.refused(400, "We could not parse the JSON body of your request.")
        return sent

    def _call(self, request: Request, sent: JsonValue | ValueError) -> Call:
        body = sent if isinstance(sent, dict) else {}
        model = body.get("model")
        return Call(
            method=request.method,
            path=request.url.path,
            model=model if isinstance(model, str) else None,
            prompt=self.double.prompt(body),
            streamed=body.get("stream") is True,
            headers={name: value for name, value in request.headers.items() if name not in ("x-api-key", "authorization")},
            body=None if isinstance(sent, ValueError) else sent,
        )


class _Admin:
    """How another process scripts and reads the double; no key, nothing of it is recorded."""

    def __init__(self, double: ModelDouble) -> None:
        self.double = double

    async def about(self, request: Request, sent: JsonValue) -> Response:
        return JSONResponse({"url": self.double.url, "key": self.double.key, "models": self.double.models})

    async def script(self, request: Request, sent: JsonValue) -> Response:
        scripts = TypeAdapter(list[Script]).validate_python(sent if isinstance(sent, list) else [sent])
        self.double.script(*scripts)
        return JSONResponse({"scripts": len(scripts)})

    async def calls(self, request: Request, sent: JsonValue) -> Response:
        query = request.query_params
        try:
            calls = await self.double.called(int(query.get("at_least", 0)), path=query.get("path"))
        except TimeoutError:
            return JSONResponse({"detail": "So many calls did not arrive within 30 seconds"}, 504)
        return JSONResponse([call.model_dump(mode="json") for call in calls])

    async def release(self, request: Request, sent: JsonValue) -> Response:
        self.double.release()
        return JSONResponse({})

    async def reset(self, request: Request, sent: JsonValue) -> Response:
        self.double.reset()
        return JSONResponse({})


Kind = TypeVar("Kind", bound=ModelDouble)


@contextlib.asynccontextmanager
async def model_double(kind: type[Kind], port: int = 0) -> AsyncGenerator[Kind]:
    """A running double on 127.0.0.1; port 0 takes a free one. Stopping it ends all waiting answers at once."""
    bound = loopback(port)
    double = kind(f"http://127.0.0.1:{bound.getsockname()[1]}")
    async with served(model_app(double), bound, double.close):
        yield double


async def run(kind: type[ModelDouble]) -> None:
    """The double as a process: prints its URL as its first line and stops on SIGTERM."""
    parser = argparse.ArgumentParser(description=f"{kind.__name__} on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    async with model_double(kind, cast("int", parser.parse_args().port)) as double:
        print(double.url, flush=True)
        await ended.wait()


def _read(data: bytes) -> JsonValue | ValueError:
    if not data:
        return None
    try:
        return cast("JsonValue", json.loads(data))
    except ValueError as error:
        return error
