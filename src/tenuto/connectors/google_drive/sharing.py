"""Who may do what with a file."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.google_drive.answers import Permission, Permissions, Unshared
from tenuto.connectors.google_drive.service import everywhere, google_drive, one, scope
from tenuto.connectors.google_drive.shapes import OfFile, Share, Unshare
from tenuto.core.connector import Answer, Calls, Params, QueryValue, Request, Result
from tenuto.core.errors import NotFound

_fields = "id,role,type,emailAddress,domain"
_rights = f"{one}/permissions"


class _Nothing(Result):
    pass


async def _shared(calls: Calls, params: Share, _key: str) -> Permission | None:
    """Whether they may: a permission is one for each whom it is for, and sharing again would only mail them again."""
    known = (await calls.send(_listed(params.file))).permissions
    wanted = params.address or params.domain
    return next(
        (each for each in known if each.role == params.role and (each.who or "").lower() == (wanted or "").lower() and _same(each, params)),
        None,
    )


def _same(permission: Permission, params: Share) -> bool:
    return (permission.kind == "anyone") == params.anyone


def _listed(file: str) -> Request[Permissions]:
    query: dict[str, QueryValue] = {**everywhere, "fields": f"permissions({_fields})", "pageSize": 100}
    return Request(result=Permissions, method="GET", path=_rights, fill={"file": file}, query=query)


@google_drive.action(effect="write", scopes=(scope,), verify=_shared)
async def share_file(calls: Calls, params: Share) -> Permission:
    """Let somebody see a file, comment on it or write it."""
    kind = "user" if params.address else "domain" if params.domain else "anyone"
    body: dict[str, JsonValue] = {"role": params.role, "type": kind}
    body |= {"emailAddress": params.address} if params.address else {"domain": params.domain} if params.domain else {}
    query: dict[str, QueryValue] = {**everywhere, "fields": _fields}
    if params.address:
        query |= {"sendNotificationEmail": params.notify, "emailMessage": params.message if params.notify else None}
    fill = {"file": params.file}
    return await calls.send(Request(result=Permission, method="POST", path=_rights, fill=fill, query=query, json=body))


@google_drive.action(effect="read", scopes=(scope,))
def list_permissions(params: OfFile) -> Request[Permissions]:
    """List who may do what with a file."""
    return _listed(params.file)


@google_drive.action(effect="idempotent_write", scopes=(scope,))
async def unshare_file(calls: Calls, params: Unshare) -> Unshared:
    """Take a permission away; one that is not there is gone."""
    fill = {"file": params.file, "permission": params.permission}
    path = f"{_rights}/{{permission}}"
    try:
        await calls.send(Request(result=_Nothing, method="DELETE", path=path, fill=fill, query=everywhere, read=_done))
    except NotFound as missing:
        if "ermission" not in missing.data.detail:
            raise
    return Unshared(file=params.file, permission=params.permission)


def _done(_answer: Answer, _params: Params) -> _Nothing:
    return _Nothing()
