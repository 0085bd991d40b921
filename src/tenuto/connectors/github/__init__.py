"""GitHub's REST API (github.com, and GitHub Enterprise by another base URL): issues, pull requests, commits, repositories."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import JsonValue

from tenuto.connectors.github.events import events
from tenuto.connectors.github.shapes import (
    Commit,
    CommitFilter,
    Commits,
    Issue,
    IssueFilter,
    IssueOrPull,
    Issues,
    NewIssue,
    NewPullRequest,
    PullRequest,
    Repositories,
    RepositoryFacts,
    RepositoryFilter,
)
from tenuto.core.auth import OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Result, mark
from tenuto.core.errors import InvalidOutput, RateLimited

page_size = 100
secondary_wait = 60.0
"""Seconds; what GitHub asks for when a secondary limit names no time."""
clock_slack = timedelta(minutes=5)
_next_link = re.compile(r'<([^>]+)>;\s*rel="next"')


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


github = Connector(
    key="github",
    name="GitHub",
    doc="Issues, pull requests, commits and repositories.",
    base_url="https://api.github.com",
    headers={"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28", "user-agent": "tenuto"},
    auth=OAuth2(
        authorize_url="https://github.com/login/oauth/authorize",
        token_url="https://github.com/login/oauth/access_token",  # noqa: S106 - an address, not a password
        scopes=("repo", "read:org"),
        rotation="optional",
    ),
    webhook=schemes["github"],
    events=events,
    errors=(
        ErrorRule(when=_limited, message="message", kind=RateLimited, wait=_until_reset),
        ErrorRule(
            when=lambda answer: 400 <= answer.status < 500,
            message=_sentence,
            reason="message",
            fixes={
                "Not Found": "Check the names, and that the connected account may see them: GitHub answers the same for both.",
                "Bad credentials": "Connect GitHub again.",
                "Resource not accessible by integration": "Give the GitHub App the permission for this.",
            },
        ),
    ),
)

T = TypeVar("T", bound=Result)


class _Page(Result, Generic[T]):
    items: tuple[T, ...]
    following: dict[str, str] | None
    """The query of the next page."""


async def _listed(
    calls: Calls, item: type[T], path: str, query: Mapping[str, QueryValue], *, limit: int, wanted: Callable[[T], bool] | None = None
) -> tuple[T, ...]:
    """The first `limit` items, page by page. Only the query of the next link is followed: never its host."""
    page_type = _Page[item]

    def read(answer: Answer, _params: Params) -> _Page[T]:
        link = _next_link.search(answer.headers.get("link", ""))
        following = dict(parse_qsl(urlsplit(link[1]).query)) if link else None
        return page_type.model_validate({"items": answer.json, "following": following})

    found: list[T] = []
    ask: Mapping[str, QueryValue] | None = {**query, "per_page": page_size if wanted else min(limit, page_size)}
    while ask is not None and len(found) < limit:
        page = await calls.send(Request(result=page_type, method="GET", path=path, query=ask, read=read))
        found += filter(wanted, page.items) if wanted else page.items
        ask = page.following
    return tuple(found[:limit])


def _marked(body: str | None, key: str) -> str:
    """The text with a comment that GitHub does not show, by which the effect is found again."""
    return f"{body or ''}\n\n{_comment(key)}".lstrip()


def _comment(key: str) -> str:
    return f"<!-- tenuto:{mark(key)} -->"


async def _opened_issue(calls: Calls, params: NewIssue, key: str) -> Issue | None:
    del params  # the path is filled from them
    since = (calls.now - clock_slack).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = {"state": "all", "since": since, "sort": "created"}
    found = await _listed(
        calls, Issue, "/repos/{owner}/{repo}/issues", query, limit=1, wanted=lambda issue: _comment(key) in (issue.body or "")
    )
    return found[0] if found else None


async def _opened_pull(calls: Calls, params: NewPullRequest, key: str) -> PullRequest | None:
    head = params.head if ":" in params.head else f"{params.owner}:{params.head}"
    query = {"state": "all", "head": head, "base": params.base}
    found = await _listed(
        calls, PullRequest, "/repos/{owner}/{repo}/pulls", query, limit=1, wanted=lambda pull: _comment(key) in (pull.body or "")
    )
    return found[0] if found else None


@github.action(effect="write", scopes=("repo",), verify=_opened_issue)
def create_issue(params: NewIssue, key: str) -> Request[Issue]:
    """Open an issue."""
    body: dict[str, JsonValue] = {"title": params.title, "body": _marked(params.body, key)}
    if params.labels:
        body["labels"] = list(params.labels)
    if params.assignees:
        body["assignees"] = list(params.assignees)
    return Request(result=Issue, method="POST", path="/repos/{owner}/{repo}/issues", json=body)


@github.action(effect="read", scopes=("repo",))
async def list_issues(calls: Calls, params: IssueFilter) -> Issues:
    """List a repository's issues."""
    query = {"state": params.state, "labels": ",".join(params.labels) or None}
    issues = await _listed(
        calls, IssueOrPull, "/repos/{owner}/{repo}/issues", query, limit=params.limit, wanted=lambda issue: issue.pull_request is None
    )
    return Issues(issues=issues, total=len(issues), repository=f"{params.owner}/{params.repo}")


@github.action(effect="write", scopes=("repo",), verify=_opened_pull)
def create_pr(params: NewPullRequest, key: str) -> Request[PullRequest]:
    """Open a pull request."""
    body: dict[str, JsonValue] = {"title": params.title, "body": _marked(params.body, key), "head": params.head, "base": params.base}
    return Request(result=PullRequest, method="POST", path="/repos/{owner}/{repo}/pulls", json=body)


@github.action(effect="read", scopes=("repo",))
async def get_commits(calls: Calls, params: CommitFilter) -> Commits:
    """List a branch's commits."""
    commits = await _listed(calls, Commit, "/repos/{owner}/{repo}/commits", {"sha": params.branch}, limit=params.limit)
    return Commits(commits=commits, total=len(commits), repository=f"{params.owner}/{params.repo}", branch=params.branch)


@github.action(effect="read", scopes=("repo",))
async def get_repos(calls: Calls, params: RepositoryFilter) -> Repositories:
    """List the repositories of an organisation, a user, or the connected account."""
    path = "/orgs/{org}/repos" if params.org else "/users/{user}/repos" if params.user else "/user/repos"
    repositories = await _listed(calls, RepositoryFacts, path, {"type": params.type}, limit=params.limit)
    return Repositories(repositories=repositories, total=len(repositories))
