"""A double of GitHub's REST API: issues, pull requests, commits and repositories of `hello-world`; both kinds of rate limit.

From https://docs.github.com/en/rest and https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor


class GitHub(Vendor):
    """A repository, and a list of others."""

    key = "github"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.issues: list[Json] = []
        """Pull requests among them, as GitHub has it; the newest first."""
        self.commits: list[Json] = []
        self.repositories: list[Json] = []
        self.branches = {"main", "fix-tuesdays"}

    def routes(self) -> Routes:
        repository = "/repos/{owner}/{repo}"
        return [
            ("POST", repository + "/issues", self._create_issue),
            ("GET", repository + "/issues", self._list_issues),
            ("POST", repository + "/pulls", self._create_pull),
            ("GET", repository + "/pulls", self._list_pulls),
            ("GET", repository + "/commits", self._list_commits),
            ("GET", "/orgs/{org}/repos", self._list_repositories),
            ("GET", "/users/{user}/repos", self._list_repositories),
            ("GET", "/user/repos", self._list_repositories),
        ]

    def add_issue(self, title: str, *, pull: bool = False, body: str | None = None, **more: Any) -> Json:
        """Open an issue or pull request."""
        number = self.books.next()
        place = "pull" if pull else "issues"
        html = f"https://github.com/octocat/hello-world/{place}/{number}"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        issue: Json = {
            "id": 10_000 + number, "number": number, "title": title, "body": body, "state": "open", "labels": [], "assignees": [],
            "user": {"login": "octocat"}, "html_url": html, "created_at": now, "updated_at": now, "draft": False, **more,
        }  # fmt: skip
        if pull:
            issue["pull_request"] = {"html_url": html}
        self.issues.insert(0, issue)
        return issue

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited":
                reset = int(datetime.now(UTC).timestamp()) + 120
                headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
                return _no(403, "API rate limit exceeded for user ID 1.", headers)
            case "secondary_limit":
                return _no(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
            case "unauthorized":
                return _no(401, "Bad credentials")
            case "forbidden":
                return _no(403, "Resource not accessible by integration", {"x-ratelimit-remaining": "4999"})
            case "invalid":
                errors = [{"resource": "Issue", "field": "title", "code": "missing_field"}]
                return _no(422, "Validation Failed", errors=errors)
            case "unavailable":
                return _no(503, "Service unavailable")
            case _:
                return _no(502, "Server Error")

    def _page(self, request: Request, items: list[Json]) -> Response:
        query = dict(request.query_params)
        size, page = min(int(query.get("per_page", "30")), self.books.page_max), int(query.get("page", "1"))
        following = urlencode(query | {"page": str(page + 1)})
        headers = {"link": f'<{request.url.replace(query=following)}>; rel="next"'} if page * size < len(items) else {}
        return JSONResponse(items[(page - 1) * size : page * size], headers=headers)

    def _marked(self, body: str | None) -> None:
        for marker in re.findall(r"<!-- tenuto:(\w+) -->", body or ""):
            self.books.effects[marker] += 1

    async def _create_issue(self, request: Request, sent: Any) -> Response:
        if request.path_params["repo"] != "hello-world":
            return _no(404, "Not Found")
        self._marked(sent.get("body"))
        labels = [{"name": label} for label in sent.get("labels", [])]
        assignees = [{"login": login} for login in sent.get("assignees", [])]
        return JSONResponse(self.add_issue(sent["title"], body=sent.get("body"), labels=labels, assignees=assignees), 201)

    async def _list_issues(self, request: Request, _sent: Any) -> Response:
        state, labels = request.query_params.get("state", "open"), [x for x in request.query_params.get("labels", "").split(",") if x]
        since = request.query_params.get("since", "")
        found = [
            issue
            for issue in self.issues
            if state in ("all", issue["state"]) and issue["updated_at"] >= since and {x["name"] for x in issue["labels"]} >= set(labels)
        ]
        return self._page(request, found)

    async def _create_pull(self, _request: Request, sent: Any) -> Response:
        open_heads = {issue.get("head", {}).get("ref") for issue in self.issues if issue["state"] == "open"}
        if sent["head"] in open_heads:
            return _no(422, "Validation Failed", errors=[{"message": f"A pull request already exists for octocat:{sent['head']}."}])
        if sent["head"] not in self.branches:
            return _no(422, "Validation Failed", errors=[{"resource": "PullRequest", "field": "head", "code": "invalid"}])
        self._marked(sent.get("body"))
        ends = {name: {"ref": sent[name], "label": f"octocat:{sent[name]}"} for name in ("head", "base")}
        return JSONResponse(self.add_issue(sent["title"], pull=True, body=sent.get("body"), **ends), 201)

    async def _list_pulls(self, request: Request, _sent: Any) -> Response:
        head = request.query_params.get("head")
        pulls = [issue for issue in self.issues if "pull_request" in issue and head in (None, issue["head"]["label"])]
        return self._page(request, pulls)

    async def _list_commits(self, request: Request, _sent: Any) -> Response:
        branch = request.query_params.get("sha", "main")
        if branch not in self.branches:
            return _no(404, "Not Found")
        return self._page(request, self.commits)

    async def _list_repositories(self, request: Request, _sent: Any) -> Response:
        return self._page(request, self.repositories)


def _no(status: int, message: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    return JSONResponse({"message": message, "documentation_url": "https://docs.github.com/rest"} | more, status, headers)
