"""Workflow files: read, checked, and their issues found again in the text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from pydantic import JsonValue, ValidationError

from tenuto.core.catalog import Catalog
from tenuto.core.documents.places import place_in
from tenuto.core.documents.reader import read_document
from tenuto.core.documents.validation import Report, validate
from tenuto.core.documents.yaml_reader import Place
from tenuto.core.errors import Invalid, Issue, Malformed, NotFound, Problem
from tenuto.core.faults import Fault, FaultKind
from tenuto.core.values import decode
from tenuto.core.workflow import max_definition
from tenuto.services.programs import Checker, with_programs


class Checked(NamedTuple):
    """A workflow file with all that was found in it."""

    document: JsonValue
    report: Report
    places: Sequence[tuple[Issue, Place]]
    """Every issue with its line and column, in the order of the text."""


def read_file(path: Path) -> bytes:
    """A file's bytes, one more than is accepted at most. Raises `NotFound` and `Malformed`."""
    try:
        with path.open("rb") as file:
            return file.read(max_definition + 1)
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except OSError as error:
        raise Malformed(f"{path} cannot be read: {error.strerror or error}.") from None


def read_workflow(path: Path) -> JsonValue:
    """The plain data of a workflow file. Raises `Malformed` with line and column, `TooLarge`, `NotFound`."""
    return read_document(read_file(path), "json" if path.suffix == ".json" else None)


async def check_file(path: Path, catalog: Catalog, checker: Checker) -> Checked:
    """Everything that is wrong with a workflow file; one that cannot be read has that as its one issue. Raises `NotFound`."""
    data = read_file(path)
    try:
        document = read_document(data, "json" if path.suffix == ".json" else None)
    except Problem as problem:
        issue = Issue(pointer="", code=problem.data.type, message=problem.data.detail, fix=problem.data.fix)
        return Checked(None, Report(None, (issue,)), [(issue, _said_place(problem.data.detail))])
    report = await with_programs(validate(document, catalog), checker)
    places = [(issue, place_in(data, document, issue) or (1, 1)) for issue in report.issues]
    return Checked(document, report, sorted(places, key=lambda found: found[1]))


def read_input(text: str | None) -> JsonValue:
    """The value of `--input`: JSON, or `@file` with JSON, or any other text as the message. Raises `Malformed` and `NotFound`."""
    if text is None:
        return None
    if text.startswith("@"):
        text = read_file(Path(text[1:])).decode(errors="surrogateescape")
    try:
        value = decode(text)
    except Invalid as problem:
        if text.lstrip()[:1] in {"{", "["}:
            raise Malformed(f"--input: {problem.data.detail}", fix='Quote it for the shell: --input \'{"message": "…"}\'.') from None
        value = text
    return {"message": value} if isinstance(value, str) else value


def read_fault(text: str) -> Fault:
    """`gmail.send_email=rate_limited`, or with `:3` for three attempts. Raises `Invalid` with what is accepted."""
    at, _, rest = text.rpartition("=")
    kind, _, attempts = rest.partition(":")
    try:
        return Fault.model_validate({"at": at, "kind": kind, "attempts": int(attempts) if attempts.isdecimal() else attempts or 1})
    except ValidationError:
        kinds = ", ".join(get_args(FaultKind))
        raise Invalid(f"--fault {text} cannot be read.", fix=f"NODE=KIND or gmail.send_email=KIND:ATTEMPTS, KIND one of {kinds}.") from None


def _said_place(detail: str) -> Place:
    """The place that a reader's sentence ends with."""
    _, _, said = detail.rpartition("(line ")
    numbers = [int(word) for word in said.rstrip(").").split(", column ") if word.isdecimal()]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (1, 1)
