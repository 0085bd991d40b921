"""What an expression of a draft would give, on values that are known: evaluated as in a run, and recorded nowhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import Field, JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.blob import plain
from tenuto.core.documents.scope import Node
from tenuto.core.errors import ExpressionFailed, Invalid, Problem, ProblemData
from tenuto.core.language.template import parse, references
from tenuto.core.values import Frozen, JsonObject
from tenuto.engine.expressions.resolve import compile_value, resolve
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.engine.expressions.scope import Absent, Scope, absent
from tenuto.services.authoring.samples import Known, Sample, Samples, Source, nodes_of, order, shown_json
from tenuto.services.workflows import Workflows

_longest = 5
_column = re.compile(r"\((?:line (\d+), )?column (\d+)\)\.?$")
_meant = re.compile(r"Did you mean (.+?)\?")
_types = {str: "text", bool: "truth value", int: "number", float: "number", list: "list", dict: "object", type(None): "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be evaluated, and where it stands."""

    template: str
    node: str | None = None
    """The node in whose config it stands: its id, in a body with those around it."""
    sources: Sequence[Source] = order
    begin: int = 0
    """How many characters of the template were put before what was asked."""


class UsedSource(Frozen):
    """Where a value that was used is from."""

    node: str
    source: Source
    run: str | None
    at: datetime | None


class Mark(Frozen):
    """The place of a mistake: characters of what was sent, from 0; the end is behind the last."""

    start: int
    end: int


class Preview(Frozen):
    """A value, or what is wrong."""

    value: JsonValue = Field(default=None, description="Cut where it is long.")
    type: str | None = Field(default=None, description="`text`, `number`, `truth value`, `list`, `object` or `null`; null where it failed.")
    cut: bool = False
    sources: tuple[UsedSource, ...] = Field(description="Where the outputs of other nodes are from that it uses.")
    problem: ProblemData | None = None
    mark: Mark | None = Field(default=None, description="Where the mistake is, as far as that is known.")
    suggestion: str | None = Field(default=None, description="What was probably meant, to be put at the mark.")


class Previews:
    """Evaluations for those who write; one at a time, so that runs keep the sandbox's other processes."""

    def __init__(self, workflows: Workflows, samples: Samples, sandbox: Sandbox) -> None:
        self._workflows = workflows
        self._samples = samples
        self._sandbox = sandbox
        self._turn = asyncio.Semaphore(1)

    async def of(self, caller: Principal, id: str, asked: Asked, document: Mapping[str, JsonValue] | None = None) -> Preview:
        """The value of a template or an expression. Raises `NotFound`; what is wrong with the text is the answer's problem."""
        caller.require(Permission.execution_start)
        whole = document if document is not None else await self._workflows.document(caller, id)
        known = await self._samples.known(caller, id, whole)
        nodes = dict(nodes_of(whole))
        if asked.node is not None and asked.node not in nodes:
            raise Invalid(f'The workflow has no node "{asked.node[:128]}".', pointer="/node")
        scope = _View(known, nodes, asked.sources, id, str(whole.get("name", "")))
        try:
            used = _used(asked.template, scope, asked.node)
            async with self._turn:
                value = await self._bounded(asked.template, scope, asked.node)
        except Problem as problem:
            return _failed(problem.data, asked, scope)
        shown, cut = shown_json(value)
        return Preview(value=shown, type=_types.get(type(value), "object"), cut=cut, sources=used)

    async def _bounded(self, template: str, view: _View, node: str | None) -> JsonValue:
        """The value, unless its expressions take too long together: the next who asks waits for its end."""
        try:
            async with asyncio.timeout(_longest):
                return await self._value(template, view, node)
        except TimeoutError:
            raise ExpressionFailed(f"It took longer than {_longest} seconds.", fix="Ask for fewer expressions at once.") from None

    async def _value(self, template: JsonValue, view: _View, node: str | None) -> JsonValue:
        return await resolve(compile_value(template), await self._scope(view, node), self._sandbox)

    async def _scope(self, view: _View, node: str | None) -> Scope:
        holder = node.rpartition("/")[0] if node is not None and "/" in node else None
        item: JsonValue | Absent = absent
        if holder is not None and holder in view.nodes:
            items = view.nodes[holder].config.get("items")
            found = await self._value(items, view, holder) if items is not None else None
            item = found[0] if isinstance(found, list) and found else absent
        return view.scope(node, item, 0 if holder in view.nodes else absent)


class _View:
    """What is known, as the scope of one place."""

    def __init__(self, known: Known, nodes: Mapping[str, Node], sources: Sequence[Source], id: str, name: str) -> None:
        self.known, self.nodes, self.sources = known, nodes, sources
        self.id, self.name = id, name

    def sample(self, node: str, at: str | None) -> Sample | None:
        """The value of a node as it is named at a place: of the same body, else of those around it."""
        around = (at or "").split("/")[:-1]
        for depth in range(len(around), -1, -1):
            key = "/".join([*around[:depth], node])
            if key in self.nodes:
                return self.known.best(key, self.sources)
        return None

    def scope(self, at: str | None, item: JsonValue | Absent, index: int | Absent) -> Scope:
        begun = self.known.begun

        def member(node: str) -> JsonObject | None:
            found = self.sample(node, at)
            return {"output": found.value} if found is not None else None

        own = {
            str(name): found.value
            for key, node in self.nodes.items()
            if (name := node.raw.get("output_variable")) and (found := self.sample(key, None))
        }
        given: dict[str, JsonValue] = {name: plain(value) for name, value in begun.vars.items()} if begun else {"message": "A message."}
        return Scope(
            now=datetime.now(UTC),
            input=self.known.input,
            nodes=member,
            vars={"user_id": None, "session_id": None, **given, **own},
            trigger={**({name: plain(value) for name, value in (begun.trigger_data or {}).items()} if begun else {}), "type": begun.trigger if begun else "api"},
            item=item,
            index=index,
            execution={
                "id": self.known.run or "preview", "workflow_id": self.id, "workflow_name": self.name,
                "user_id": begun.user_id if begun else None, "session_id": begun.session_id if begun else None, "urls": {},
            },
        )  # fmt: skip


def _used(template: str, view: _View, node: str | None) -> tuple[UsedSource, ...]:
    names = dict.fromkeys(found.node for found in references(parse(template)) if found.node is not None)
    samples = [sample for name in names if (sample := view.sample(name, node)) is not None]
    return tuple(UsedSource(node=each.node, source=each.source, run=each.run, at=each.at) for each in samples)


def _failed(problem: ProblemData, asked: Asked, view: _View) -> Preview:
    if problem.detail.endswith("the node has not run."):
        fix = "No value is known of it: test it, pin one, or run the workflow."
        problem = problem.model_copy(update={"detail": problem.detail.replace("has not run", "has no value here"), "fix": fix})
    meant = _meant.search(problem.fix or "")
    mark = _place(problem.detail, asked)
    try:
        used = _used(asked.template, view, asked.node)
    except Problem:
        used = ()
    return Preview(problem=problem, mark=mark, suggestion=meant[1] if meant else None, sources=used)


def _place(sentence: str, asked: Asked) -> Mark | None:
    """Where the mistake is: the path that led nowhere, or the column that the sentence names."""
    template = asked.template
    try:
        for found in references(parse(template)):
            if sentence.startswith(f"{found.text} ") or f"}} failed. {found.text} " in sentence:
                return _mark(found.start, found.end, asked)
    except Problem:
        pass
    if (named := _column.search(sentence)) is None:
        return None
    lines = template.split("\n")
    line, column = int(named[1] or 1), int(named[2])
    start = sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
    word = re.compile(r"\w+").match(template, start)
    return _mark(start, word.end() if word else start + 1, asked)


def _mark(start: int, end: int, asked: Asked) -> Mark:
    last = len(asked.template) - 2 * asked.begin
    start = min(max(start - asked.begin, 0), last)
    return Mark(start=start, end=min(max(end - asked.begin, start), last))
