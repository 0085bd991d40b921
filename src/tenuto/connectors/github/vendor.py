"""How GitHub is reached, how one signs in, how it says no, how it pages, and how what we wrote is found again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import JsonValue

from tenuto.connectors.github.events import events
from tenuto.core.account import AccountField
from tenuto.core.auth import ApiKey, GitHubApp, OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Result, Whoami, mark
from tenuto.core.errors import InvalidOutput, RateLimited, Rejected

page_size = 100
secondary_wait = 60.0
"""Seconds; what GitHub asks for when a secondary limit names no time."""
clock_slack = timedelta(minutes=5)
_next_link = re.compile(r'<([^>]+)>;\s*rel="next"')


class Missing(Rejected):
    """There is no such thing, or the account may not see it; by this a deletion is known to have happened."""


def _field(answer: Answer, name: str) -> JsonValue:
    try:
        return answer.json.get(name) if isinstance(answer.json, dict) else None
    except InvalidOutput:
        return None


def _limited(answer: Answer) -> bool:
    """Limits answer 403 or 429; what tells them from a missing permission is a header or the sentence."""
    exhausted = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    return answer.status in (403, 429) and (exhausted or "rate limit" in str(_field(answer, "message")).lower())


def _until_reset(answer: Answer) -> float | None:
    """Seconds until the window ends, by GitHub's own clock."""
    reset, date = answer.headers.get("x-ratelimit-reset", ""), answer.headers.get("date")
    if answer.headers.get("x-ratelimit-remaining") != "0" or not reset.isdecimal() or not date:
        return secondary_wait
    return max(1.0, int(reset) - parsedate_to_datetime(date).timestamp())


def _sentence(answer: Answer) -> str:
    """The message, and for a 422 each field that is wrong."""
    message, errors = str(_field(answer, "message") or answer.status), _field(answer, "errors")
    details: list[str] = []
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            details.append(str(error.get("message") or f"{error.get('field')} is {error.get('code')}".replace("_", " ")))
        else:
            details.append(str(error))
    return f"{message}: {'; '.join(details)}" if details else message


def _whoami(answer: Answer, _params: Params) -> Whoami:
    return Whoami(account=str(_field(answer, "login") or ""))


github = Connector(
    key="github",
    name="GitHub",
    doc="Issues, pull requests and reviews, files, commits and branches, releases, and runs of workflows.",
    base_url="https://api.github.com",
    headers={"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28", "user-agent": "tenuto"},
    auth=OAuth2(
        authorize_url="https://github.com/login/oauth/authorize",
        token_url="https://github.com/login/oauth/access_token",  # noqa: S106 - an address, not a password
        revoke_url="https://api.github.com/applications",
        revoke_by="grant",
        scopes=("repo", "read:org", "workflow"),
        rotation="optional",
    ),
    also=(ApiKey(prefix="Bearer ", label="Personal access token"), GitHubApp()),
    fields=(
        AccountField(
            name="installation_id",
            description="Of the GitHub App's installation: the number at the end of its settings page's address.",
            example="51234567",
            pattern=r"[0-9]{1,20}",
        ),
    ),
    check=Request(result=Whoami, method="GET", path="/user", read=_whoami),
    webhook=schemes["github"],
    events=events,
    errors=(
        ErrorRule(when=_limited, message="message", kind=RateLimited, wait=_until_reset),
        ErrorRule(
            when=lambda answer: 400 <= answer.status < 500,
            message=_sentence,
            reason="message",
            kinds=dict.fromkeys(("Not Found", "Branch not found", "Label does not exist"), Missing),
            fixes={
                "Not Found": "Check the names, and that the connected account may see them: GitHub answers the same for both.",
                "Bad credentials": "Connect GitHub again.",
                "Resource not accessible by integration": "Give the GitHub App the permission for this.",
                "Resource not accessible by personal access token": "Give the token the permission for this.",
                "Pull Request is not mergeable": "Look at its conflicts, checks and required reviews.",
                "Reference already exists": "Choose another name, or use the branch that has it.",
            },
        ),
    ),
)

T = TypeVar("T", bound=Result)


class _Page(Result, Generic[T]):
    items: tuple[T, ...]
    following: dict[str, str] | None
    """The query of the next page."""


async def listed(
    calls: Calls,
    item: type[T],
    path: str,
    query: Mapping[str, QueryValue],
    *,
    limit: int,
    wanted: Callable[[T], bool] | None = None,
    within: str | None = None,
) -> tuple[T, ...]:
    """The first `limit` items, page by page. Only the query of the next link is followed: never its host.

    `within` is the field of the answer that holds the list, where the answer is not the list itself.
    """
    page_type = _Page[item]

    def read(answer: Answer, _params: Params) -> _Page[T]:
        link = _next_link.search(answer.headers.get("link", ""))
        following = dict(parse_qsl(urlsplit(link[1]).query)) if link else None
        whole = answer.json
        items = whole.get(within) if within is not None and isinstance(whole, dict) else whole
        return page_type.model_validate({"items": items, "following": following})

    found: list[T] = []
    ask: Mapping[str, QueryValue] | None = {**query, "per_page": page_size if wanted else min(limit, page_size)}
    while ask is not None and len(found) < limit:
        page = await calls.send(Request(result=page_type, method="GET", path=path, query=ask, read=read))
        found += filter(wanted, page.items) if wanted else page.items
        ask = page.following
    return tuple(found[:limit])


def marked(body: str | None, key: str) -> str:
    """The text with a comment that GitHub does not show, by which the effect is found again."""
    return f"{body or ''}\n\n{comment_mark(key)}".lstrip()


def comment_mark(key: str) -> str:
    """The comment itself."""
    return f"<!-- tenuto:{mark(key)} -->"


def since(calls: Calls) -> str:
    """From when on an effect of this attempt can be: its beginning, less what clocks may differ."""
    return (calls.now - clock_slack).strftime("%Y-%m-%dT%H:%M:%SZ")


def given(**fields: JsonValue) -> dict[str, JsonValue]:
    """A body of what was given: GitHub takes null for "remove it"."""
    return {name: value for name, value in fields.items() if value is not None}
