"""A double of the Lyzr agent API: a real HTTP server on loopback with the documented answers, quirks and failures.

In a test: `async with lyzr_double() as double`, then talk to `double.url` with the header `x-api-key: <key>`. As a process:
`python -m tests.doubles.lyzr --port N`, which prints its URL as its first line and stops on SIGTERM. One agent, `echo_agent`, is
always there; `double.behave(agent_id, Behaviour(...), ...)` scripts an agent and makes it known if it was not. A message can
script itself: `… [[double {"status": 500, "times": 1}]]`. Another process scripts and reads it under `/__double__/` (no key).

Where the vendor documents nothing, the double chose: a missing key is 403 and a wrong one 401; an unknown asset is 404; stopping a
session fails its unfinished tasks; the vendor runs what it accepted even when the caller has hung up.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import signal
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, cast

from pydantic import JsonValue, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from tests.doubles import Json, Wire, loopback, served
from tests.doubles.lyzr_answers import (
    Answered,
    Artifact,
    Behaviour,
    Body,
    Run,
    ToolCall,
    agent_fields,
    agent_record,
    check_agent,
    directive,
    faulty,
    lines,
    out_of_credits,
    page,
    problem,
    refuse,
    said,
    text,
    tool_calls,
    unprocessable,
)

from tenuto.core.values import Frozen

__all__ = ["Artifact", "Behaviour", "Call", "LyzrDouble", "ToolCall", "echo_agent", "key", "lyzr_double", "out_of_credits"]

key = "sk-default-double00000000000000000000000000"
echo_agent = "64b0c0ffee0000000000e0c0"


class Call(Frozen):
    """One request as it arrived, the key left out; `message` is the last thing the user said."""

    method: str
    path: str
    agent_id: str | None = None
    session_id: str | None = None
    message: str | None = None
    headers: dict[str, str] = {}
    body: JsonValue = None


@dataclass
class _Task:
    run: Run
    polls: deque[str | int]
    ready_at: float
    gate: asyncio.Event | None
    error: str | None = None
    polled: int = 0
    result: Json | None = None


class LyzrDouble:
    """The state of the double: agents, sessions, files, behaviours, and everything that was asked of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = key
        self._closing = asyncio.Event()
        self._arrival = asyncio.Event()
        self._gates: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.reset()

    def reset(self) -> None:
        """Forget everything: calls, behaviours, sessions, files, and all agents but `echo_agent`. What is held goes on."""
        self.release()
        self.calls: list[Call] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        """Runs asked for, by (session_id, message)."""
        self.finished: Counter[tuple[str, str]] = Counter()
        """Runs whose whole answer was delivered (for a task: its id), by (session_id, message)."""
        self.repeated: list[tuple[str, str]] = []
        """Each run that was asked for again after its answer had been delivered."""
        self.agents: dict[str, Json] = {echo_agent: agent_record(echo_agent, {"name": "Echo"})}
        self.turns: dict[str, list[Json]] = defaultdict(list)
        self.tasks: dict[str, _Task] = {}
        self.assets: dict[str, Json] = {}
        self.files: dict[str, Artifact] = {}
        self.stopped: set[str] = set()
        self._serial = itertools.count(1)
        self._scripts: dict[str, list[tuple[Behaviour, int]]] = {}

    def agent(self, **fields: JsonValue) -> str:
        """Make an agent and answer its id; `fields` are those of `POST /v3/agents/`."""
        agent_id = self.serial()
        self.agents[agent_id] = agent_record(agent_id, fields)
        return agent_id

    def behave(self, agent_id: str, *behaviours: Behaviour) -> None:
        """Script an agent: each behaviour for its `times` runs (always, when None), then the default. No behaviour: the default."""
        self.agents.setdefault(agent_id, agent_record(agent_id, {"name": "Scripted"}))
        self._scripts[agent_id] = [(behaviour, 0) for behaviour in behaviours]

    def release(self, agent_id: str | None = None) -> None:
        """Let what is held go on: the runs of one agent, or all of them. Runs that come later are held again."""
        for held in [agent_id] if agent_id else list(self._gates):
            self._gates.pop(held, asyncio.Event()).set()

    async def called(self, at_least: int = 1, *, agent_id: str | None = None, path: str | None = None, within: float = 30) -> list[Call]:
        """Wait until that many calls have arrived (of one agent, to one path) and answer them. Raises `TimeoutError`."""
        async with asyncio.timeout(within):
            while True:
                arrival = self._arrival
                calls = [call for call in self.calls if agent_id in (None, call.agent_id) and path in (None, call.path)]
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

    def chosen(self, agent_id: str, session_id: str, message: str) -> Behaviour:
        """Count a run and answer how it shall go: what its message says, else the agent's script, else the default."""
        run = (session_id, message)
        if self.finished[run]:
            self.repeated.append(run)
        self.counts[run] += 1
        directed = directive(message)[1]
        if directed and self.counts[run] <= (directed.times or self.counts[run]):
            return directed
        script = self._scripts.get(agent_id, [])
        for index, (behaviour, used) in enumerate(script):
            if behaviour.times is None or used < behaviour.times:
                script[index] = (behaviour, used + 1)
                return behaviour
        return Behaviour()

    def serial(self) -> str:
        """The next id, in the shape of a Mongo id."""
        return f"{next(self._serial):024x}"

    def gate(self, agent_id: str) -> asyncio.Event:
        """What a held run of this agent waits for."""
        return self._closing if self._closing.is_set() else self._gates[agent_id]

    async def pause(self, seconds: float) -> None:
        """Sleep, unless the double is closing."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)

    def remember(self, run: Run, role: str, content: str) -> None:
        """Add a turn to the session's memory."""
        if run.agent["store_messages"]:
            turn: Json = {"role": role, "content": content, "created_at": datetime.now(UTC).isoformat(), "agent_id": run.body.agent_id}
            self.turns[run.body.session_id].append(turn)


class _Inference:
    """Chat, stream, tasks and session stop: everything that runs an agent."""

    def __init__(self, double: LyzrDouble) -> None:
        self.double = double

    async def chat(self, request: Request, sent: JsonValue) -> Response:
        run = self._admit(sent)
        await self._think(run)
        return faulty(run, self._answer(run))

    async def stream(self, request: Request, sent: JsonValue) -> Response:
        run = self._admit(sent)
        await self._think(run)
        events = lines(run, self._answer(run, streamed=True))
        fault, error = run.behaviour.fault, run.behaviour.stream_error
        end = [f"data: [ERROR] {error}\n\n"] if error is not None else ["data: [DONE]\n\n"]
        if fault == "drop_after":
            events = []
        elif fault == "drop_midway":
            events = events[: (len(events) + 1) // 2]
        cut = fault in ("drop_after", "drop_midway")
        whole = [line.encode() for line in (events if fault else events + end)]
        done = None if fault or error is not None else run.done
        return Wire(whole, "text/event-stream", cut=cut, done=done, pause=lambda: self.double.pause(run.behaviour.gap))

    async def submit(self, request: Request, sent: JsonValue) -> Response:
        run = self._admit(sent)
        refuse(run)
        behaviour = run.behaviour
        task_id = str(uuid.UUID(hex=self.double.serial().zfill(32)))
        ready_at = asyncio.get_running_loop().time() + behaviour.delay
        gate = self.double.gate(run.body.agent_id) if behaviour.hold else None
        self.double.tasks[task_id] = _Task(run, deque(behaviour.polls), ready_at, gate, behaviour.task_error)
        adk: Json = {"status": "pending", "created_at": datetime.now(UTC).isoformat()}
        return faulty(run, {"task_id": task_id} | ({} if "/chat/" in request.url.path else adk))

    async def poll(self, request: Request, sent: JsonValue) -> Response:
        task_id = str(request.path_params["task_id"])
        task = self.double.tasks.get(task_id)
        step = task.polls.popleft() if task and task.polls else "done"
        if task is None or step == 404:
            self.double.tasks.pop(task_id, None)
            return problem(404, "Task expired or not found")
        if isinstance(step, int):
            return problem(step, None)
        if step in ("drop", "html"):
            return Wire([], cut=True) if step == "drop" else page()
        task.polled += 1
        ready = task.ready_at <= asyncio.get_running_loop().time() and (task.gate is None or task.gate.is_set())
        status = "failed" if task.error and (ready and step == "done") else "completed" if ready and step == "done" else "processing"
        if status == "completed" and task.result is None:
            task.result = self._answer(task.run)
        if "/chat/" in request.url.path:
            return JSONResponse(
                {"task_id": task_id, "status": status, "response": task.result, "error": task.error if status == "failed" else None}
            )
        spoken = ("pending" if task.polled == 1 else "running") if status == "processing" else status
        result = task.result and task.result | {"session_id": task.run.body.session_id}
        return JSONResponse({"task_id": task_id, "status": spoken, "result": result, "error": task.error if status == "failed" else None})

    async def stop(self, request: Request, sent: JsonValue) -> Response:
        session_id = str(request.path_params["session_id"])
        if request.url.path.endswith("/start"):
            self.double.stopped.discard(session_id)
            return JSONResponse({"message": "Session started"})
        self.double.stopped.add(session_id)
        for task in self.double.tasks.values():
            if task.run.body.session_id == session_id and task.result is None:
                task.error, task.ready_at, task.gate = task.error or "Session stopped", 0, None
                task.polls.clear()
        return JSONResponse({"message": "Session stopped"})

    def _admit(self, sent: JsonValue) -> Run:
        """The run a body asks for, counted. Answers 422, 404, or what a badly configured agent answers."""
        try:
            body = Body.model_validate(sent)
        except ValidationError as error:
            raise Answered(unprocessable(error)) from None
        agent = self.double.agents.get(body.agent_id)
        if agent is None:
            raise Answered(problem(404, "Agent not found"))
        message = said(body) or ""
        behaviour = self.double.chosen(body.agent_id, body.session_id, message)
        check_agent(agent, body.features or [])
        files = [self.double.assets.get(asset) for asset in body.assets or []]
        if None in files:
            raise Answered(problem(404, "Asset not found"))
        earlier = [turn["content"] for turn in self.double.turns[body.session_id] if turn["role"] == "user"]
        names = [file["file_name"] for file in files if file]
        return Run(body, agent, behaviour, message, earlier, names, lambda: self.double.finished.update([(body.session_id, message)]))

    async def _think(self, run: Run) -> None:
        # Taken before any waiting: whoever has seen the call arrive can release it.
        gate = self.double.gate(run.body.agent_id) if run.behaviour.hold else None
        await self.double.pause(run.behaviour.delay)
        if gate:
            await gate.wait()
        refuse(run)

    def _answer(self, run: Run, *, streamed: bool = False) -> Json:
        """Run the agent: one turn of the user and one of the assistant are added to the session's memory."""
        if calls := tool_calls(run):
            history = [*(run.body.messages or [{"role": "user", "content": run.message}]), calls]
            return {"response": "", "module_outputs": {}, "requires_local_execution": True, "messages": cast("JsonValue", history)}
        spoken = text(run)
        self.double.remember(run, "user", run.message)
        self.double.remember(run, "assistant", spoken)
        made = run.behaviour.artifacts or ((Artifact(),) if run.agent["file_output"] else ())
        files = cast("JsonValue", [self._artifact(artifact) for artifact in made])
        if streamed:
            spoken += f"<artifacts>{json.dumps(files)}</artifacts>" if files else ""
        outputs: Json = {"artifact_files": files} if files else {}
        return {"response": spoken, "module_outputs": outputs, **run.behaviour.extra}

    def _artifact(self, artifact: Artifact) -> Json:
        artifact_id = self.double.serial()
        self.double.files[artifact_id] = artifact
        url = f"{self.double.url}/s/{artifact_id}"
        return {"artifact_id": artifact_id, "name": artifact.name, "format_type": artifact.format_type, "file_url": url}


class _Records:
    """Agents, assets and session history: what is kept and looked up."""

    def __init__(self, double: LyzrDouble) -> None:
        self.double = double

    async def agents(self, request: Request, sent: JsonValue) -> Response:
        return JSONResponse(list(self.double.agents.values()))

    async def create(self, request: Request, sent: JsonValue) -> Response:
        return JSONResponse({"agent_id": self.double.agent(**agent_fields(sent))})

    async def agent(self, request: Request, sent: JsonValue) -> Response:
        agent_id = str(request.path_params["agent_id"])
        if agent_id not in self.double.agents:
            return problem(404, "Agent not found")
        if request.method == "DELETE":
            del self.double.agents[agent_id]
            return JSONResponse({"message": "Agent deleted successfully"})
        if request.method == "PUT":
            fields = agent_fields(sent)
            if any(managed["id"] == agent_id for managed in cast("list[Json]", fields.get("managed_agents") or [])):
                return problem(400, "An agent cannot manage itself")
            self.double.agents[agent_id] = agent_record(agent_id, fields)
            return JSONResponse({"message": "Agent updated successfully"})
        return JSONResponse(self.double.agents[agent_id])

    async def delete_many(self, request: Request, sent: JsonValue) -> Response:
        for agent_id in cast("list[str]", (sent if isinstance(sent, dict) else {}).get("agent_ids") or []):
            self.double.agents.pop(agent_id, None)
        return JSONResponse({"message": "Agents deleted successfully"})

    async def by_name(self, request: Request, sent: JsonValue) -> Response:
        found = [agent_id for agent_id, agent in self.double.agents.items() if agent["name"] == request.path_params["name"]]
        return JSONResponse({"agent_id": found[0]}) if found else problem(404, "Agent not found")

    async def upload(self, request: Request, sent: JsonValue) -> Response:
        async with request.form() as form:
            files = [file for file in form.getlist("files") if isinstance(file, UploadFile)]
            results = [self._stored(file, place) for place, file in enumerate(files)]
        if not files:
            return JSONResponse({"detail": [{"loc": ["body", "files"], "msg": "Field required", "type": "missing"}]}, 422)
        good = sum(bool(result["success"]) for result in results)
        return JSONResponse(
            {"results": results, "total_files": len(results), "successful_uploads": good, "failed_uploads": len(results) - good}
        )

    async def asset(self, request: Request, sent: JsonValue) -> Response:
        asset = self.double.assets.get(request.path_params["asset_id"])
        if asset and request.method == "DELETE":
            del self.double.assets[str(asset["asset_id"])]
        return JSONResponse(asset) if asset else problem(404, "Asset not found")

    async def history(self, request: Request, sent: JsonValue) -> Response:
        unix = request.query_params.get("unix") == "true"
        turns = self.double.turns.get(request.path_params["session_id"], [])
        wanted = request.path_params.get("agent_id")
        shown = [turn for turn in turns if wanted in (None, turn["agent_id"])]
        times = [datetime.fromisoformat(str(turn["created_at"])).timestamp() if unix else turn["created_at"] for turn in shown]
        return JSONResponse([{"role": t["role"], "content": t["content"], "created_at": at} for t, at in zip(shown, times, strict=True)])

    async def conversation(self, request: Request, sent: JsonValue) -> Response:
        turns = self.double.turns.get(request.path_params["session_id"], [])
        return JSONResponse({"payload": "\n".join(f"{turn['role']}: {turn['content']}" for turn in turns)})

    async def sessions(self, request: Request, sent: JsonValue) -> Response:
        agent_id = request.path_params["agent_id"]
        known = [sid for sid, turns in self.double.turns.items() if any(turn["agent_id"] == agent_id for turn in turns)]
        return JSONResponse([{"session_id": session_id, "session_name": session_id} for session_id in known])

    async def forget(self, request: Request, sent: JsonValue) -> Response:
        self.double.turns.pop(request.path_params["session_id"], None)
        return JSONResponse({"message": "Session deleted successfully"})

    async def short_link(self, request: Request, sent: JsonValue) -> Response:
        return RedirectResponse(f"/files/{request.path_params['artifact_id']}")

    async def file(self, request: Request, sent: JsonValue) -> Response:
        file = self.double.files.get(request.path_params["artifact_id"])
        return Response(file.content, media_type="application/octet-stream") if file else problem(404, "Not found")

    def _stored(self, file: UploadFile, place: int) -> Json:
        name, size = file.filename or "", file.size or 0
        suffix = name.rpartition(".")[2].lower()
        error = (
            f"Unsupported file type: {suffix}"
            if suffix not in ("pdf", "docx", "pptx", "xlsx", "jpg", "jpeg", "png")
            else "File exceeds 10 MB"
            if size > 10 * 1024 * 1024
            else "At most 10 files are accepted"
            if place >= 10
            else None
        )
        facts: Json = {"file_name": name, "file_size": size, "mime_type": file.content_type, "error": error, "success": error is None}
        if error:
            return {"asset_id": None, "type": None, "url": None} | facts
        asset_id = self.double.serial()
        kind = "image" if suffix in ("jpg", "jpeg", "png") else "document"
        self.double.assets[asset_id] = {"asset_id": asset_id, "type": kind, "url": f"{self.double.url}/assets/{asset_id}"} | facts
        return self.double.assets[asset_id]


class _Admin:
    """How another process scripts and reads the double; no key, nothing of it is recorded."""

    def __init__(self, double: LyzrDouble) -> None:
        self.double = double

    async def about(self, request: Request, sent: JsonValue) -> Response:
        return JSONResponse({"url": self.double.url, "key": self.double.key, "echo_agent": echo_agent})

    async def behave(self, request: Request, sent: JsonValue) -> Response:
        behaviours = TypeAdapter(list[Behaviour]).validate_python(sent if isinstance(sent, list) else [sent])
        self.double.behave(str(request.path_params["agent_id"]), *behaviours)
        return JSONResponse({"behaviours": len(behaviours)})

    async def calls(self, request: Request, sent: JsonValue) -> Response:
        query = request.query_params
        try:
            calls = await self.double.called(int(query.get("at_least", 0)), agent_id=query.get("agent_id"), path=query.get("path"))
        except TimeoutError:
            return problem(504, "So many calls did not arrive within 30 seconds")
        return JSONResponse([call.model_dump(mode="json") for call in calls])

    async def counts(self, request: Request, sent: JsonValue) -> Response:
        double = self.double
        counts = [
            {"session_id": run[0], "message": run[1], "calls": calls, "finished": double.finished[run]}
            for run, calls in double.counts.items()
        ]
        return JSONResponse({"counts": counts, "repeated": double.repeated, "stopped": sorted(double.stopped)})

    async def release(self, request: Request, sent: JsonValue) -> Response:
        self.double.release(request.query_params.get("agent_id"))
        return JSONResponse({})

    async def reset(self, request: Request, sent: JsonValue) -> Response:
        self.double.reset()
        return JSONResponse({})


Endpoint: TypeAlias = Callable[[Request, JsonValue], Awaitable[Response]]


def lyzr_app(double: LyzrDouble) -> Starlette:
    """The ASGI application over a double's state; it never redirects to the other slash, and answers 405 to paths it does not know."""
    runs, records, admin = _Inference(double), _Records(double), _Admin(double)
    api: list[tuple[str, str, Endpoint]] = [
        ("POST", "/v3/inference/chat/", runs.chat),
        ("POST", "/v3/inference/stream/", runs.stream),
        ("POST", "/v3/inference/chat/task", runs.submit),
        ("GET", "/v3/inference/chat/task/{task_id}", runs.poll),
        ("POST", "/v3/inference/task/", runs.submit),
        ("GET", "/v3/inference/task/{task_id}", runs.poll),
        ("POST", "/v3/inference/session/{session_id}/stop", runs.stop),
        ("POST", "/v3/inference/session/{session_id}/start", runs.stop),
        ("GET", "/v3/agents/", records.agents),
        ("POST", "/v3/agents/", records.create),
        ("POST", "/v3/agents/template/single-task", records.create),
        ("PUT", "/v3/agents/template/single-task/{agent_id}", records.agent),
        ("POST", "/v3/agents/bulk-delete", records.delete_many),
        ("GET", "/v3/agents/utility/by-name/{name}", records.by_name),
        ("GET PUT DELETE", "/v3/agents/{agent_id}", records.agent),
        ("POST", "/v3/assets/upload", records.upload),
        ("GET DELETE", "/v3/assets/{asset_id}", records.asset),
        ("GET", "/v1/sessions/{session_id}/history", records.history),
        ("GET", "/v1/sessions/{session_id}/conversation", records.conversation),
        ("GET", "/v1/sessions/{session_id}/summary", records.conversation),
        ("GET", "/v1/sessions/{session_id}/{agent_id}/history", records.history),
        ("GET", "/v1/agent/{agent_id}/sessions", records.sessions),
        ("DELETE", "/v1/sessions/{session_id}", records.forget),
    ]
    scripting: list[tuple[str, str, Endpoint]] = [
        ("GET", "/__double__/", admin.about),
        ("PUT", "/__double__/behaviours/{agent_id}", admin.behave),
        ("GET", "/__double__/calls", admin.calls),
        ("GET", "/__double__/counts", admin.counts),
        ("POST", "/__double__/release", admin.release),
        ("POST", "/__double__/reset", admin.reset),
        ("GET", "/s/{artifact_id}", records.short_link),
        ("GET", "/files/{artifact_id}", records.file),
    ]
    door = _Door(double)
    routes = [Route(path, door.vendor(endpoint), methods=methods.split()) for methods, path, endpoint in api]
    routes += [Route(path, door.private(endpoint), methods=methods.split()) for methods, path, endpoint in scripting]
    app = Starlette(routes=routes, exception_handlers={404: door.unknown, 405: door.unknown})
    app.router.redirect_slashes = False
    return app


@contextlib.asynccontextmanager
async def lyzr_double(port: int = 0) -> AsyncGenerator[LyzrDouble]:
    """A running double on 127.0.0.1; port 0 takes a free one. Stopping it ends all waiting answers at once."""
    bound = loopback(port)
    double = LyzrDouble(f"http://127.0.0.1:{bound.getsockname()[1]}")
    async with served(lyzr_app(double), bound, double.close):
        yield double


class _Door:
    """What every request passes: it is noted, its key is looked at, its body read."""

    def __init__(self, double: LyzrDouble) -> None:
        self.double = double

    def vendor(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def enter(request: Request) -> Response:
            sent = await _sent(request)
            self.double.record(_call(request, sent))
            given = request.headers.get("x-api-key")
            if given != self.double.key:
                return problem(401, "Invalid API key") if given else problem(403, "Not authenticated")
            if isinstance(sent, ValueError):
                return JSONResponse({"detail": [{"loc": ["body", 0], "msg": "JSON decode error", "type": "json_invalid"}]}, 422)
            try:
                return await endpoint(request, sent)
            except Answered as answered:
                return answered.response

        return enter

    def private(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def enter(request: Request) -> Response:
            sent = await _sent(request)
            try:
                return await endpoint(request, None if isinstance(sent, ValueError) else sent)
            except ValidationError as error:
                return unprocessable(error)

        return enter

    async def unknown(self, request: Request, _error: Exception) -> Response:
        self.double.record(_call(request, None))
        return problem(405, "Method Not Allowed")


async def _sent(request: Request) -> JsonValue | ValueError:
    data = await request.body()
    if not data or request.headers.get("content-type", "").startswith("multipart/"):
        return None
    try:
        return cast("JsonValue", json.loads(data))
    except ValueError as error:
        return error


def _call(request: Request, sent: JsonValue | ValueError) -> Call:
    body = None if isinstance(sent, ValueError) else sent
    message: str | None = None
    with contextlib.suppress(ValidationError):
        message = said(Body.model_validate(body))
    fields = body if isinstance(body, dict) else {}
    ids = {name: fields.get(name) or request.path_params.get(name) for name in ("agent_id", "session_id")}
    return Call(
        method=request.method,
        path=request.url.path,
        agent_id=str(ids["agent_id"]) if ids["agent_id"] else None,
        session_id=str(ids["session_id"]) if ids["session_id"] else None,
        message=message,
        headers={name: value for name, value in request.headers.items() if name not in ("x-api-key", "authorization")},
        body=body,
    )


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.lyzr", description="A double of the Lyzr agent API on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    async with lyzr_double(cast("int", parser.parse_args().port)) as double:
        print(double.url, flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_main())
