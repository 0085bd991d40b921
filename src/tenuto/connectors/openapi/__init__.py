"""Any OpenAPI 3 document as a connector: its operations become typed actions with forms, validation and simulation.

Source: OpenAPI Specification 3.0.4 and 3.1.1 (https://spec.openapis.org/oas/). The document is data; nothing in it is fetched or run.
Operations that cannot be offered (file uploads, XML, sign-in by cookie) are left out, and `Compiled.left_out` says which and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from tenuto.connectors.openapi.actions import action_of
from tenuto.connectors.openapi.document import Document, Object, Operation
from tenuto.connectors.openapi.refusals import refused
from tenuto.connectors.openapi.ways import Ways, ways_of
from tenuto.core.auth import Auth
from tenuto.core.connector import Action, Answer, Connector, Request, Whoami
from tenuto.core.errors import Invalid, Problem
from tenuto.core.values import JsonValue

__all__ = ["Compiled", "Wanted", "compiled"]

most_actions = 1500
_own = ("/me", "/user", "/users/me", "/whoami", "/account", "/self", "/myself", "/viewer")


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A connector, and what of its document it does not offer: operation → reason."""

    connector: Connector
    left_out: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody says of a document beside it."""

    base_url: str | None = None
    name: str | None = None
    auth: str | None = None
    """`none`, `basic`, `bearer`, `header:NAME` or `query:NAME`, where the document does not say it."""
    only: tuple[str, ...] = ()
    """Operations that are kept: operation ids, tags, or beginnings of paths (`/pets`); all where it is empty."""


def compiled(key: str, content: JsonValue, wanted: Wanted | None = None) -> Compiled:
    """The connector of a document. Raises `Invalid` with the place of what is wrong."""
    wanted = wanted or Wanted()
    document = Document.read(content)
    ways = ways_of(document, wanted.auth)
    actions: dict[str, Action] = {}
    left_out: dict[str, str] = {}
    for operation in document.operations():
        if wanted.only and not _kept(operation, wanted.only):
            continue
        try:
            action = action_of(document, operation, ways, taken=actions)
        except _Unoffered as problem:
            left_out[f"{operation.method} {operation.path}"] = problem.data.detail
        else:
            actions[action.key] = action
    if not actions:
        reasons = "; ".join(f"{which}: {why}" for which, why in [*left_out.items()][:3])
        raise Invalid("None of its operations can be offered.", pointer="/paths", fix=reasons or "Keep at least one operation.")
    if len(actions) > most_actions:
        raise Invalid(
            f"It has {len(actions)} operations; a connector has at most {most_actions}.", pointer="/paths", fix="Keep some by --only."
        )
    check, checks = _check(document, ways)
    connector = Connector(
        key=key,
        name=wanted.name or document.title or key,
        doc=document.summary or f"The operations of {document.title or key}.",
        base_url=_base(wanted.base_url or document.server),
        auth=ways.first,
        also=ways.others,
        check=check,
        checks=checks,
        errors=(refused,),
        actions=actions,
    )
    return Compiled(connector=connector, left_out=left_out)


_Unoffered = Invalid
"""An operation that is well described, but asks for what no action can send."""


def _kept(operation: Operation, only: tuple[str, ...]) -> bool:
    names = {operation.identifier, *operation.tags}
    return any(each in names or (each.startswith("/") and operation.path.startswith(each)) for each in only)


def _base(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment or "{" in url:
        raise Invalid(
            f'Its server "{url}" is no whole https address.', pointer="/servers/0/url", fix="Say where it is: --base-url https://…"
        )
    return url.rstrip("/")


def _check(document: Document, ways: Ways) -> tuple[Request[Whoami] | None, tuple[Auth, ...]]:
    """What a new secret is tried with, and of which ways: of the operations that most of them open and nothing else does, the one that
    answers who is calling, else the shortest that reads and needs nothing. None where there is no such operation: a wrong secret would pass.
    """
    asking = [
        (each, opened)
        for each in document.operations()
        if each.method == "GET"
        and "{" not in each.path
        and not any(one.get("required") for one in document.parameters(each))
        and (opened := ways.admitted(document, each))
    ]
    if not asking:
        return None, ()
    found, opened = min(asking, key=lambda each: (-len(each[1]), not each[0].path.endswith(_own), len(each[0].path), each[0].path))
    return Request(result=Whoami, method="GET", path=found.path, read=_who), opened


def _who(answer: Answer, _params: object) -> Whoami:
    try:
        content = answer.json
    except Problem:
        content = None
    who = cast("Object", content) if isinstance(content, dict) else {}
    names = (who.get(name) for name in ("email", "login", "username", "name", "id"))
    return Whoami(account=next((str(each) for each in names if isinstance(each, (str, int)) and each), "default"))
