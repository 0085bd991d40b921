"""How Jira Cloud is reached, how one signs in, how it says no, and how its lists are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic import JsonValue

from tenuto.core.account import AccountField, Discovery, Tenant
from tenuto.core.auth import Basic, OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Result, Whoami
from tenuto.core.errors import AuthRejected, InvalidOutput, RateLimited, Rejected

clock_slack = timedelta(minutes=5)
property_key = "tenuto"
"""The property of issues and comments that says which step made them; people do not see it."""
events = (
    *(f"jira:{each}" for each in ("issue_created", "issue_updated", "issue_deleted", "worklog_updated")),
    *(f"{noun}_{verb}" for noun in ("comment", "worklog", "version") for verb in ("created", "updated", "deleted")),
    *(f"{noun}_{verb}" for noun in ("issuelink", "attachment") for verb in ("created", "deleted")),
    *(f"project_{verb}" for verb in ("created", "updated", "deleted", "archived", "restored_archived")),
    *(f"sprint_{verb}" for verb in ("created", "updated", "started", "closed", "deleted")),
    *(f"user_{verb}" for verb in ("created", "updated", "deleted")),
    *(f"board_{verb}" for verb in ("created", "updated", "deleted", "configuration_changed")),
    *("jira:version_released", "jira:version_unreleased", "version_moved"),
)


class Missing(Rejected):
    """There is no such thing, or the account may not see it."""


def _part(answer: Answer, name: str) -> JsonValue:
    try:
        return answer.json.get(name) if isinstance(answer.json, dict) else None
    except InvalidOutput:
        return None


def _sentence(answer: Answer) -> str:
    """The messages, and each field that is wrong."""
    messages, fields, other = _part(answer, "errorMessages"), _part(answer, "errors"), _part(answer, "message")
    told = [str(each).rstrip(".") for each in messages] if isinstance(messages, list) else []
    told += [f"{name}: {str(text).rstrip('.')}" for name, text in fields.items()] if isinstance(fields, dict) else []
    return "; ".join(told) or str(other or answer.status)


def _limit(answer: Answer) -> str:
    reason = answer.headers.get("ratelimit-reason", "")
    return f"{_sentence(answer)} ({reason})" if reason else _sentence(answer)


def _tenants(answer: Answer) -> Sequence[Tenant]:
    sites = answer.json if isinstance(answer.json, list) else []
    return [Tenant(str(each.get("name")), {"cloud_id": str(each.get("id"))}) for each in sites if isinstance(each, dict)]


def _whoami(answer: Answer, _params: Params) -> Whoami:
    return Whoami(account=str(_part(answer, "emailAddress") or _part(answer, "displayName") or ""))


jira = Connector(
    key="jira",
    name="Jira",
    doc="Issues of Jira Cloud: created, found, changed, moved, commented and assigned.",
    base_url="https://api.atlassian.com/ex/jira/{cloud_id}/rest/api/3",
    headers={"accept": "application/json"},
    auth=OAuth2(
        authorize_url="https://auth.atlassian.com/authorize",
        token_url="https://auth.atlassian.com/oauth/token",  # noqa: S106 - an address, not a password
        scopes=("read:jira-work", "write:jira-work", "read:jira-user", "offline_access"),
        extra=(("audience", "api.atlassian.com"), ("prompt", "consent")),
        rotation="always",
        body="json",
        pkce=False,
    ),
    also=(Basic(user_label="E-mail address", label="API token", base_url="https://{site}.atlassian.net/rest/api/3"),),
    fields=(AccountField(name="site", description="The site's name: what stands before .atlassian.net in its address.", example="acme"),),
    discovery=Discovery(url="https://api.atlassian.com/oauth/token/accessible-resources", gives=("cloud_id",), read=_tenants),
    check=Request(result=Whoami, method="GET", path="/myself", read=_whoami),
    webhook=schemes["jira"],
    events=events,
    errors=(
        ErrorRule(when=lambda answer: answer.status == 429, message=_limit, kind=RateLimited),
        ErrorRule(
            when=lambda answer: answer.status == 401,
            message=_sentence,
            kind=AuthRejected,
            fixes={
                "": "Connect Jira again.",
                "Unauthorized; scope does not match": "Connect Jira again and grant the scope that is missing.",
            },
        ),
        ErrorRule(
            when=lambda answer: answer.status == 404,
            message=_sentence,
            kind=Missing,
            fixes={"": "Check the key, and that the connected account may see it: Jira answers the same for both."},
        ),
        ErrorRule(when=lambda answer: 400 <= answer.status < 500, message=_sentence),
    ),
)

T = TypeVar("T", bound=Result)


class _Page(Result, Generic[T]):
    items: tuple[T, ...]
    last: bool


async def listed(calls: Calls, item: type[T], path: str, query: dict[str, QueryValue], *, limit: int, within: str | None) -> tuple[T, ...]:
    """The first `limit` items, page by page; `within` names the field of the answer that holds the list, None where it is the answer."""
    page_type = _Page[item]
    size = min(limit, 100)

    def read(answer: Answer, _params: Params) -> _Page[T]:
        whole = answer.json
        items = whole.get(within) if within is not None and isinstance(whole, dict) else whole
        count = len(items) if isinstance(items, list) else 0
        told = whole.get("isLast") if isinstance(whole, dict) else None
        total = whole.get("total") if isinstance(whole, dict) else None
        # Jira may put fewer on a page than it was asked for: a short page is not the last.
        last = told if isinstance(told, bool) else isinstance(total, int) and len(found) + count >= total
        return page_type.model_validate({"items": items, "last": last or count == 0})

    found: list[T] = []
    last = False
    while not last and len(found) < limit:
        ask = {**query, "startAt": len(found), "maxResults": size}
        page = await calls.send(Request(result=page_type, method="GET", path=path, query=ask, read=read))
        found += page.items
        last = page.last
    return tuple(found[:limit])
