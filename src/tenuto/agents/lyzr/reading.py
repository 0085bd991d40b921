"""What Lyzr answered, as a reply: text, object, files, and the tools it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.agents.lyzr.body import called, messages, tool_function
from tenuto.agents.lyzr.problems import refusal
from tenuto.agents.lyzr.structured import structured
from tenuto.core.agent import Artifact, Reply, ToolCall, Turn
from tenuto.core.errors import Invalid, InvalidOutput, Rejected
from tenuto.core.language.schema import violations
from tenuto.core.values import JsonObject, decode


class Asked(NamedTuple):
    """The tools an agent asks for, and the messages up to there."""

    calls: Sequence[ToolCall]
    transcript: Sequence[dict[str, JsonValue]]


def reply_of(answer: JsonValue, turn: Turn) -> Reply:
    """The reply in the body of a chat answer or of a finished task.

    Raises `InvalidOutput` for another shape, and what the words of a `success: false` mean.
    """
    if isinstance(answer, str):
        return reply_text(answer, (), turn)
    if not isinstance(answer, dict):
        raise InvalidOutput("Lyzr answered JSON of another shape than documented.", raw=str(answer)[:2000])
    if answer.get("success") is False:
        raise refusal(str(answer.get("error") or answer.get("message") or ""), Rejected)
    if answer.get("requires_local_execution") is True:
        return _asking(_asked(answer.get("messages"), turn), str(answer.get("response") or ""))
    if not isinstance(text := answer.get("response"), str):
        raise InvalidOutput("Lyzr's answer has no `response`.", raw=str(answer)[:2000])
    outputs = answer.get("module_outputs")
    files = outputs.get("artifact_files") if isinstance(outputs, dict) else None
    return reply_text(text, _files(files), turn)


def reply_text(raw: str, files: Sequence[Artifact], turn: Turn) -> Reply:
    """The reply that a text is, with what the agent only thought left out. Raises like `reply_of`."""
    text, more = _stripped(raw)
    artifacts = (*files, *more)
    _refuse_failure(text, turn.output_schema)
    if turn.output_schema is None:
        return Reply(text=text, artifacts=artifacts)
    value, verbatim = structured(text, turn.output_schema)
    return Reply(text=text, output=value, artifacts=artifacts, raw=None if verbatim else raw)


def reply_asking(chunks: Sequence[JsonObject], text: str, turn: Turn) -> Reply:
    """The reply that the `local_tool_call`s of a stream are: each may carry all messages so far, or only its own call."""
    for chunk in chunks:
        asked = _asked(chunk.get("messages"), turn)
        if asked.calls:
            return _asking(asked, text)
    calls: list[ToolCall] = []
    for number, chunk in enumerate(chunks):
        if not isinstance(name := chunk.get("tool_name"), str):
            raise InvalidOutput("Lyzr asks for a tool without its name.", raw=str(chunk)[:2000])
        calls.append(ToolCall(id=f"call_{len(turn.transcript)}_{number}", name=name, arguments=_arguments(chunk.get("arguments"))))
    return _asking(Asked(calls, (*messages(turn), called(calls))), text)


def _asking(asked: Asked, text: str) -> Reply:
    if not asked.calls:
        raise InvalidOutput("Lyzr wants local tools to be called, but names none.", raw=text)
    return Reply(text=_stripped(text)[0], tool_calls=tuple(asked.calls), transcript=tuple(asked.transcript))


def _asked(said: JsonValue, turn: Turn) -> Asked:
    """The last assistant message that calls tools, appended to what was sent: whether Lyzr repeats the rest does not matter."""
    for message in reversed(said if isinstance(said, list) else []):
        if isinstance(message, dict) and message.get("role") == "assistant" and isinstance(calls := message.get("tool_calls"), list):
            return Asked([_call(call) for call in calls if isinstance(call, dict)], [*messages(turn), message])
    return Asked((), ())


def _call(call: Mapping[str, JsonValue]) -> ToolCall:
    function = call.get("function")
    if not isinstance(function, dict):
        raise InvalidOutput("Lyzr asks for a tool in another shape than documented.", raw=str(call)[:2000])
    given = _arguments(function.get("arguments"))
    name = function.get("name")
    if name == tool_function:
        name, given = given.get("tool_name"), _arguments(given.get("arguments"))
    if not isinstance(name, str) or not name:
        raise InvalidOutput("Lyzr asks for a tool without its name.", raw=str(call)[:2000])
    return ToolCall(id=str(call.get("id") or name), name=name, arguments=given)


def _arguments(given: JsonValue) -> dict[str, JsonValue]:
    if isinstance(given, str):
        try:
            given = decode(given) if given.strip() else {}
        except Invalid:
            raise InvalidOutput("Lyzr asks for a tool with arguments that are not JSON.", raw=given) from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InvalidOutput("Lyzr asks for a tool with arguments that are no object.", raw=str(given)[:2000])
    return given


def _stripped(raw: str) -> tuple[str, Sequence[Artifact]]:
    text, _ = _without(raw, "think")
    found: list[Artifact] = []
    text, blocks = _without(text, "artifacts")
    for block in blocks:
        try:
            found += _files(decode(block))
        except Invalid:
            continue
    return text, found


def _without(text: str, tag: str) -> tuple[str, Sequence[str]]:
    """A text without its blocks of a tag and the space after each, and what they held. In one pass: to a pattern, openings that are
    never closed are as many readings of the whole text."""
    kept: list[str] = []
    blocks: list[str] = []
    at = 0
    opening, closing = f"<{tag}>", f"</{tag}>"
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start)) >= 0:
        kept.append(text[at:start])
        blocks.append(text[start + len(opening) : end])
        at = end + len(closing)
        while at < len(text) and text[at].isspace():
            at += 1
    return "".join([*kept, text[at:]]), blocks


def _files(files: JsonValue) -> Sequence[Artifact]:
    """Artifacts from Lyzr's list, which may be null; what has neither id nor address is none."""
    made: list[Artifact] = []
    for file in files if isinstance(files, list) else []:
        if isinstance(file, dict) and (file.get("artifact_id") or file.get("file_url")):
            url = file.get("file_url")
            made.append(
                Artifact(
                    id=str(file.get("artifact_id") or url),
                    name=str(file.get("name") or "artifact"),
                    media=str(file.get("format_type") or ""),
                    url=str(url) if url else None,
                )
            )
    return made


def _refuse_failure(text: str, schema: JsonObject | None) -> None:
    """Lyzr also says `{"success": false, "error": …}` inside a successful answer, unless that is what was asked for."""
    if '"success"' not in text:
        return
    try:
        value = decode(text)
    except Invalid:
        return
    failed = isinstance(value, dict) and value.get("success") is False and "error" in value
    if isinstance(value, dict) and failed and (schema is None or violations(value, schema)):
        raise refusal(str(value["error"]), Rejected)
