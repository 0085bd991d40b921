"""A double of GitHub's REST API: issues, pull requests, files, releases and runs of `hello-world`; both kinds of rate limit.

From https://docs.github.com/en/rest (issues, pulls, repos/contents, git/refs, git/trees, releases, actions/workflows, commits/statuses,
search) and https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles import github_apps
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, bearer, token


class GitHub(Vendor):
    """A repository, and a list of others."""

    key = "github"
    admissions = (bearer, lambda headers: headers.get("authorization") == f"token {token}")
    """https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api: either word, in front of the same token."""
    open = (github_apps.path,)

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.issues: list[Json] = []
        """Pull requests among them, as GitHub has it; the newest first."""
        self.commits: list[Json] = []
        self.repositories: list[Json] = []
        self.branches = {"main": _sha("main"), "fix-tuesdays": _sha("fix-tuesdays")}
        """The commit at the head of each."""
        self.files: dict[str, dict[str, bytes]] = {"main": {"README.md": b"# Hello World\n", "docs/guide.md": b"Read me.\n"}}
        """Content by branch and path."""
        self.files["fix-tuesdays"] = {**self.files["main"], "logo.png": b"\x89PNG\r\n\x1a\n\xff"}
        self.comments: list[Json] = []
        """Beside what is shown each has its `issue`."""
        self.reviews: list[Json] = []
        """Beside what is shown each has its `pull`."""
        self.releases: list[Json] = []
        """The newest first."""
        self.workflows: list[Json] = [
            {"id": 161335, "name": "CI", "path": ".github/workflows/ci.yml", "state": "active", "inputs": ["level"]}
        ]
        self.runs: list[Json] = []
        self.statuses: list[Json] = []
        self.labels = ["bug", "help wanted"]
        self.apps = github_apps.Apps()
        self.admissions = (*type(self).admissions, self.apps.admits)
        self.unindexed = False
        """The search does not know the latest issue yet."""

    def routes(self) -> Routes:
        repository = "/repos/{owner}/{repo}"
        issue, pull, contents = "/issues/{number:int}", "/pulls/{number:int}", "/contents/{path:path}"
        workflow = "/actions/workflows/{workflow}"
        inside: Routes = [
            ("GET", "", self._repository),
            ("POST", "/issues", self._create_issue),
            ("GET", "/issues", self._list_issues),
            ("GET", issue, self._of(self._get_issue)),
            ("PATCH", issue, self._of(self._update_issue)),
            ("GET", issue + "/comments", self._of(self._list_comments)),
            ("POST", issue + "/comments", self._of(self._comment)),
            ("POST", issue + "/labels", self._of(self._add_labels)),
            ("PUT", issue + "/labels", self._of(self._set_labels)),
            ("DELETE", issue + "/labels/{name}", self._of(self._remove_label)),
            ("POST", issue + "/assignees", self._of(self._assign)),
            ("GET", "/issues/comments/{comment:int}", self._of_comment(self._get_comment)),
            ("PATCH", "/issues/comments/{comment:int}", self._of_comment(self._update_comment)),
            ("DELETE", "/issues/comments/{comment:int}", self._of_comment(self._delete_comment)),
            ("POST", "/pulls", self._create_pull),
            ("GET", "/pulls", self._list_pulls),
            ("GET", pull, self._of(self._get_issue, pull=True)),
            ("PATCH", pull, self._of(self._update_pull, pull=True)),
            ("GET", pull + "/files", self._of(self._changed_files, pull=True)),
            ("GET", pull + "/reviews", self._of(self._list_reviews, pull=True)),
            ("POST", pull + "/reviews", self._of(self._review, pull=True)),
            ("POST", pull + "/requested_reviewers", self._of(self._request_review, pull=True)),
            ("PUT", pull + "/merge", self._of(self._merge, pull=True)),
            ("GET", "/commits", self._list_commits),
            ("GET", "/branches", self._list_branches),
            ("GET", "/branches/{branch:path}", self._get_branch),
            ("POST", "/git/refs", self._create_ref),
            ("GET", "/git/trees/{ref:path}", self._tree),
            ("GET", contents, self._get_contents),
            ("PUT", contents, self._put_contents),
            ("DELETE", contents, self._delete_contents),
            ("GET", "/labels", self._list_labels),
            ("GET", "/releases", self._list_releases),
            ("POST", "/releases", self._release),
            ("GET", "/actions/workflows", self._list_workflows),
            ("POST", workflow + "/dispatches", self._dispatch),
            ("GET", "/actions/runs", self._list_runs),
            ("GET", "/actions/runs/{run:int}", self._get_run),
            ("POST", "/statuses/{sha}", self._status),
        ]
        return [(method, repository + path, self._known(each)) for method, path, each in inside] + [
            ("GET", "/search/issues", self._search_issues),
            ("GET", "/search/code", self._search_code),
            ("GET", "/user", self._me),
            ("GET", "/installation/repositories", self._installation_repositories),
            ("GET", "/orgs/{org}/repos", self._list_repositories),
            ("GET", "/users/{user}/repos", self._list_repositories),
            ("GET", "/user/repos", self._list_repositories),
            *self.apps.routes(),
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
            issue |= {"pull_request": {"html_url": html}, "merged": False, "mergeable": True, "merge_commit_sha": None}
            issue |= {name: more.get(name, {"ref": ref, "sha": _sha(ref)}) for name, ref in (("head", "fix-tuesdays"), ("base", "main"))}
            issue["requested_reviewers"] = []
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

    def _known(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            if request.path_params["repo"] != "hello-world":
                return _no(404, "Not Found")
            if request.method in ("POST", "PATCH", "PUT") and not isinstance(sent, dict):
                return _no(422, "Invalid request.\n\nFor 'links/0/schema', nil is not an object.")
            return await endpoint(request, sent)

        return enter

    def _of(self, endpoint: Callable[..., Any], *, pull: bool = False) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            number = request.path_params["number"]
            found = next((each for each in self.issues if each["number"] == number and ("pull_request" in each or not pull)), None)
            return await endpoint(request, sent, found) if found else _no(404, "Not Found")

        return enter

    def _of_comment(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            found = next((each for each in self.comments if each["id"] == request.path_params["comment"]), None)
            return await endpoint(sent, found) if found else _no(404, "Not Found")

        return enter

    def _page(self, request: Request, items: list[Json]) -> Response:
        query = dict(request.query_params)
        size, page = min(int(query.get("per_page", "30")), self.books.page_max), int(query.get("page", "1"))
        following = urlencode(query | {"page": str(page + 1)})
        headers = {"link": f'<{request.url.replace(query=following)}>; rel="next"'} if page * size < len(items) else {}
        return JSONResponse(items[(page - 1) * size : page * size], headers=headers)

    def _marked(self, body: str | None) -> None:
        for marker in re.findall(r"<!-- tenuto:(\w+) -->", body or ""):
            self.books.effects[marker] += 1

    async def _create_issue(self, _request: Request, sent: Any) -> Response:
        if not sent.get("title"):
            return _no(422, "Validation Failed", errors=[{"resource": "Issue", "field": "title", "code": "missing_field"}])
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
        ends = {name: {"ref": sent[name], "label": f"octocat:{sent[name]}", "sha": _sha(sent[name])} for name in ("head", "base")}
        return JSONResponse(self.add_issue(sent["title"], pull=True, body=sent.get("body"), draft=sent.get("draft", False), **ends), 201)

    async def _list_pulls(self, request: Request, _sent: Any) -> Response:
        query = request.query_params
        pulls = [
            issue
            for issue in self.issues
            if "pull_request" in issue
            and query.get("head") in (None, issue["head"].get("label"))
            and query.get("base") in (None, issue["base"]["ref"])
            and query.get("state", "open") in ("all", issue["state"])
        ]
        return self._page(request, pulls)

    async def _list_commits(self, request: Request, _sent: Any) -> Response:
        branch = request.query_params.get("sha", "main")
        if branch not in self.branches:
            return _no(404, "Not Found")
        return self._page(request, self.commits)

    async def _me(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"login": "octocat", "id": 1, "type": "User", "html_url": "https://github.com/octocat"})

    async def _repository(self, request: Request, _sent: Any) -> Response:
        owner, name = request.path_params["owner"], request.path_params["repo"]
        return JSONResponse(
            {
                "id": 1296269, "name": name, "full_name": f"{owner}/{name}", "private": False, "default_branch": "main",
                "html_url": f"https://github.com/{owner}/{name}", "description": None, "language": "Python", "stargazers_count": 80,
                "updated_at": _now(), "owner": {"login": owner},
            }
        )  # fmt: skip

    async def _installation_repositories(self, request: Request, _sent: Any) -> Response:
        answer = self._page(request, self.repositories)
        whole = JSONResponse({"total_count": len(self.repositories), "repositories": json.loads(bytes(answer.body))})
        if "link" in answer.headers:
            whole.headers["link"] = answer.headers["link"]
        return whole

    async def _get_issue(self, _request: Request, _sent: Any, issue: Json) -> Response:
        return JSONResponse(issue)

    async def _update_issue(self, _request: Request, sent: Any, issue: Json) -> Response:
        if sent.get("state", "open") not in ("open", "closed"):
            return _no(422, "Validation Failed", errors=[{"resource": "Issue", "field": "state", "code": "invalid"}])
        issue |= {name: sent[name] for name in ("title", "body", "state", "state_reason", "milestone") if name in sent}
        if "labels" in sent:
            issue["labels"] = [{"name": each} for each in sent["labels"]]
        if "assignees" in sent:
            issue["assignees"] = [{"login": each} for each in sent["assignees"]]
        self._done(issue, sent, f"issue:{issue['number']}")
        return JSONResponse(issue)

    def _done(self, issue: Json, sent: Any, what: str) -> None:
        issue["updated_at"] = _now()
        self.happened(sent, what)

    async def _list_comments(self, request: Request, _sent: Any, issue: Json) -> Response:
        since = request.query_params.get("since", "")
        return self._page(request, [each for each in self.comments if each["issue"] == issue["number"] and each["updated_at"] >= since])

    async def _comment(self, _request: Request, sent: Any, issue: Json) -> Response:
        if not sent.get("body"):
            return _no(422, "Validation Failed", errors=[{"resource": "IssueComment", "field": "data", "code": "unprocessable"}])
        number = self.books.next()
        html = f"{issue['html_url']}#issuecomment-{number}"
        made: Json = {"id": number, "issue": issue["number"], "body": sent["body"], "user": {"login": "octocat"}, "html_url": html}
        self.comments.append(made | {"created_at": _now(), "updated_at": _now()})
        self._done(issue, sent, f"comment:{number}")
        return JSONResponse(self.comments[-1], 201)

    async def _get_comment(self, _sent: Any, comment: Json) -> Response:
        return JSONResponse(comment)

    async def _update_comment(self, sent: Any, comment: Json) -> Response:
        comment |= {"body": sent["body"], "updated_at": _now()}
        self.happened(sent, f"comment:{comment['id']}")
        return JSONResponse(comment)

    async def _delete_comment(self, _sent: Any, comment: Json) -> Response:
        self.comments.remove(comment)
        self.happened(None, f"uncomment:{comment['id']}")
        return Response(status_code=204)

    async def _add_labels(self, _request: Request, sent: Any, issue: Json) -> Response:
        known = {each["name"] for each in issue["labels"]}
        issue["labels"] += [{"name": each} for each in sent["labels"] if each not in known]
        self._done(issue, sent, f"labels:{issue['number']}")
        return JSONResponse(issue["labels"])

    async def _set_labels(self, _request: Request, sent: Any, issue: Json) -> Response:
        issue["labels"] = [{"name": each} for each in sent["labels"]]
        self._done(issue, sent, f"labels:{issue['number']}")
        return JSONResponse(issue["labels"])

    async def _remove_label(self, request: Request, _sent: Any, issue: Json) -> Response:
        kept = [each for each in issue["labels"] if each["name"] != request.path_params["name"]]
        if len(kept) == len(issue["labels"]):
            return _no(404, "Label does not exist")
        issue["labels"] = kept
        self._done(issue, None, f"labels:{issue['number']}")
        return JSONResponse(kept)

    async def _assign(self, _request: Request, sent: Any, issue: Json) -> Response:
        known = {each["login"] for each in issue["assignees"]}
        issue["assignees"] += [{"login": each} for each in sent["assignees"] if each not in known]
        self._done(issue, sent, f"assignees:{issue['number']}")
        return JSONResponse(issue, 201)

    async def _update_pull(self, _request: Request, sent: Any, pull: Json) -> Response:
        pull |= {name: sent[name] for name in ("title", "body", "state") if name in sent}
        if "base" in sent:
            pull["base"] = {"ref": sent["base"], "sha": _sha(sent["base"])}
        self._done(pull, sent, f"pull:{pull['number']}")
        return JSONResponse(pull)

    async def _changed_files(self, request: Request, _sent: Any, pull: Json) -> Response:
        base = self.files.get(pull["base"]["ref"], {})
        found: list[Json] = [
            {"sha": _sha(content), "filename": path, "status": "modified" if path in base else "added", "additions": 1, "deletions": 0}
            | {"changes": 1, "patch": "@@ -0,0 +1 @@", "blob_url": f"https://github.com/octocat/hello-world/blob/x/{path}"}
            for path, content in self.files.get(pull["head"]["ref"], {}).items()
            if base.get(path) != content
        ]
        return self._page(request, found)

    async def _list_reviews(self, request: Request, _sent: Any, pull: Json) -> Response:
        return self._page(request, [each for each in self.reviews if each["pull"] == pull["number"]])

    async def _review(self, _request: Request, sent: Any, pull: Json) -> Response:
        states = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
        event = sent.get("event")
        if event is not None and event not in states:
            return _no(422, "Variable $event of type PullRequestReviewEvent was provided invalid value")
        if event in ("REQUEST_CHANGES", "COMMENT") and not sent.get("body"):
            return _no(422, "Unprocessable Entity", errors=["Body can't be blank"])
        if event in ("APPROVE", "REQUEST_CHANGES") and pull.get("own"):
            return _no(422, "Unprocessable Entity", errors=["Can not approve your own pull request"])
        number = self.books.next()
        made: Json = {"id": number, "pull": pull["number"], "body": sent.get("body", ""), "user": {"login": "octocat"}}
        made |= {
            "state": states.get(event, "PENDING"),
            "submitted_at": _now(),
            "html_url": f"{pull['html_url']}#pullrequestreview-{number}",
        }
        self.reviews.append(made | {"commit_id": pull["head"]["sha"], "comments": sent.get("comments", [])})
        self.happened(sent, f"review:{number}")
        return JSONResponse(self.reviews[-1])

    async def _request_review(self, _request: Request, sent: Any, pull: Json) -> Response:
        known = {each["login"] for each in pull["requested_reviewers"]}
        if "octocat" in sent.get("reviewers", []):
            return _no(422, "Review cannot be requested from pull request author.")
        pull["requested_reviewers"] += [{"login": each} for each in sent.get("reviewers", []) if each not in known]
        self._done(pull, sent, f"reviewers:{pull['number']}")
        return JSONResponse(pull, 201)

    async def _merge(self, _request: Request, sent: Any, pull: Json) -> Response:
        if pull["state"] == "closed" or not pull["mergeable"]:
            return _no(405, "Pull Request is not mergeable")
        if sent.get("sha", pull["head"]["sha"]) != pull["head"]["sha"]:
            return _no(409, "Head branch was modified. Review and try the merge again.")
        sha = _sha(f"merge {pull['number']}")
        pull |= {"state": "closed", "merged": True, "merge_commit_sha": sha, "merge_method": sent.get("merge_method", "merge")}
        self._done(pull, sent, f"merge:{pull['number']}")
        return JSONResponse({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})

    async def _list_branches(self, request: Request, _sent: Any) -> Response:
        return self._page(request, [self._branch(name) for name in self.branches])

    def _branch(self, name: str) -> Json:
        return {"name": name, "commit": {"sha": self.branches[name]}, "protected": name == "main"}

    async def _get_branch(self, request: Request, _sent: Any) -> Response:
        name = request.path_params["branch"]
        return JSONResponse(self._branch(name)) if name in self.branches else _no(404, "Branch not found")

    async def _create_ref(self, _request: Request, sent: Any) -> Response:
        name = sent["ref"].removeprefix("refs/heads/")
        if not sent["ref"].startswith("refs/"):
            return _no(422, "Reference name must start with 'refs/'.")
        if name in self.branches:
            return _no(422, "Reference already exists")
        if sent["sha"] not in self.branches.values():
            return _no(422, "Object does not exist")
        source = next(each for each, sha in self.branches.items() if sha == sent["sha"])
        self.branches[name], self.files[name] = sent["sha"], dict(self.files.get(source, {}))
        self.happened(sent, f"ref:{name}")
        return JSONResponse({"ref": sent["ref"], "object": {"type": "commit", "sha": sent["sha"]}}, 201)

    async def _tree(self, request: Request, _sent: Any) -> Response:
        ref = request.path_params["ref"].replace("HEAD", "main")
        if ref not in self.branches:
            return _no(404, "Not Found")
        deep, files = "recursive" in request.query_params, self.files.get(ref, {})
        folders = {path.rpartition("/")[0] for path in files if "/" in path}
        tree: list[Json] = [{"path": path, "mode": "040000", "type": "tree", "sha": _sha(path)} for path in sorted(folders)]
        blobs = [path for path in sorted(files) if deep or "/" not in path]
        tree += [{"path": path, "mode": "100644", "type": "blob", "sha": _sha(files[path]), "size": len(files[path])} for path in blobs]
        return JSONResponse({"sha": self.branches[ref], "tree": tree, "truncated": False})

    async def _get_contents(self, request: Request, _sent: Any) -> Response:
        branch, path = request.query_params.get("ref", "main"), request.path_params["path"]
        files = self.files.get(branch)
        if files is None:
            return _no(404, f"No commit found for the ref {branch}")
        if path in files:
            text = b64encode(files[path]).decode()
            lines = "\n".join(text[start : start + 60] for start in range(0, len(text), 60)) + "\n"
            return JSONResponse(self._file(path, files[path]) | {"encoding": "base64", "content": lines})
        below = [each for each in files if each.startswith(path.rstrip("/") + "/")]
        return JSONResponse([self._file(each, files[each]) for each in below]) if below else _no(404, "Not Found")

    def _file(self, path: str, content: bytes) -> Json:
        html = f"https://github.com/octocat/hello-world/blob/main/{path}"
        return {"type": "file", "name": path.rpartition("/")[2], "path": path, "sha": _sha(content), "size": len(content), "html_url": html}

    async def _put_contents(self, request: Request, sent: Any) -> Response:
        path, branch = request.path_params["path"], sent.get("branch", "main")
        if branch not in self.branches:
            return _no(404, f"Branch {branch} not found")
        try:
            content = b64decode(sent["content"], validate=True)
        except ValueError:
            return _no(422, "content is not valid Base64")
        if refusal := self._outdated(path, branch, sent):
            return refusal
        new = path not in self.files[branch]
        self.files[branch][path] = content
        commit = self._commit(branch, sent)
        return JSONResponse({"content": self._file(path, content), "commit": commit}, 201 if new else 200)

    def _outdated(self, path: str, branch: str, sent: Json) -> Response | None:
        known = self.files[branch].get(path)
        if known is not None and not sent.get("sha"):
            return _no(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
        if known is not None and sent["sha"] != _sha(known):
            return _no(409, f"{path} does not match {sent['sha']}")
        return None

    def _commit(self, branch: str, sent: Json) -> Json:
        sha = self.branches[branch] = _sha(f"{branch}:{self.books.next()}")
        author = {"name": "Mona", "date": _now()}
        self.commits.insert(0, {"sha": sha, "commit": {"message": sent["message"], "author": author}, "html_url": "https://github.com/x"})
        self.happened(sent, f"commit:{branch}")
        return {"sha": sha, "message": sent["message"], "html_url": f"https://github.com/octocat/hello-world/commit/{sha}"}

    async def _delete_contents(self, request: Request, sent: Any) -> Response:
        asked: Json = sent or {}
        path, branch = request.path_params["path"], asked.get("branch", "main")
        if path not in self.files.get(branch, {}):
            return _no(404, "Not Found")
        if refusal := self._outdated(path, branch, asked):
            return refusal
        del self.files[branch][path]
        return JSONResponse({"content": None, "commit": self._commit(branch, asked)})

    async def _list_labels(self, request: Request, _sent: Any) -> Response:
        return self._page(request, [{"name": each, "color": "f29513", "description": None} for each in self.labels])

    async def _list_releases(self, request: Request, _sent: Any) -> Response:
        return self._page(request, self.releases)

    async def _release(self, _request: Request, sent: Any) -> Response:
        if any(each["tag_name"] == sent["tag_name"] and not each["draft"] for each in self.releases):
            errors = [{"resource": "Release", "code": "already_exists", "field": "tag_name"}]
            return _no(422, "Validation Failed", errors=errors)
        number, tag = self.books.next(), sent["tag_name"]
        made: Json = {"id": number, "tag_name": tag, "target_commitish": sent.get("target_commitish", "main"), "name": sent.get("name")}
        made |= {"body": sent.get("body"), "draft": sent.get("draft", False), "prerelease": sent.get("prerelease", False)}
        made |= {"html_url": f"https://github.com/octocat/hello-world/releases/tag/{tag}", "created_at": _now(), "published_at": _now()}
        self.releases.insert(0, made)
        self.happened(sent, f"release:{number}")
        return JSONResponse(made, 201)

    async def _list_workflows(self, request: Request, _sent: Any) -> Response:
        return JSONResponse({"total_count": len(self.workflows), "workflows": self.workflows})

    async def _dispatch(self, request: Request, sent: Any) -> Response:
        wanted = request.path_params["workflow"]
        found = next((each for each in self.workflows if wanted in (str(each["id"]), each["path"].rpartition("/")[2])), None)
        if found is None:
            return _no(404, "Not Found")
        if sent["ref"] not in self.branches:
            return _no(422, f"No ref found for: {sent['ref']}")
        if unknown := [each for each in sent.get("inputs", {}) if each not in found["inputs"]]:
            return _no(422, f'Unexpected inputs provided: ["{unknown[0]}"]')
        number = self.books.next()
        html = f"https://github.com/octocat/hello-world/actions/runs/{number}"
        run: Json = {"id": number, "name": found["name"], "workflow_id": found["id"], "status": "queued", "conclusion": None}
        run |= {"event": "workflow_dispatch", "head_branch": sent["ref"], "head_sha": self.branches[sent["ref"]], "run_number": number}
        self.runs.insert(0, run | {"html_url": html, "created_at": _now(), "updated_at": _now(), "inputs": sent.get("inputs", {})})
        self.happened(sent, f"run:{number}")
        if sent.get("return_run_details"):
            return JSONResponse({"workflow_run_id": number, "run_url": f"{self.url}/runs/{number}", "html_url": html})
        return Response(status_code=204)

    async def _list_runs(self, request: Request, _sent: Any) -> Response:
        query = request.query_params
        found = [
            each
            for each in self.runs
            if query.get("branch") in (None, each["head_branch"]) and query.get("status") in (None, each["status"], each["conclusion"])
        ]
        answer = self._page(request, found)
        whole = JSONResponse({"total_count": len(found), "workflow_runs": json.loads(bytes(answer.body))})
        if "link" in answer.headers:
            whole.headers["link"] = answer.headers["link"]
        return whole

    async def _get_run(self, request: Request, _sent: Any) -> Response:
        found = next((each for each in self.runs if each["id"] == request.path_params["run"]), None)
        return JSONResponse(found) if found else _no(404, "Not Found")

    async def _status(self, request: Request, sent: Any) -> Response:
        if request.path_params["sha"] not in self.branches.values():
            return _no(422, f"No commit found for SHA: {request.path_params['sha']}")
        made: Json = {"id": self.books.next(), "state": sent["state"], "context": sent.get("context", "default")}
        made |= {"description": sent.get("description"), "target_url": sent.get("target_url"), "created_at": _now()}
        self.statuses.append(made | {"sha": request.path_params["sha"]})
        self.happened(sent, f"status:{made['id']}")
        return JSONResponse(made, 201)

    async def _search_issues(self, request: Request, _sent: Any) -> Response:
        known = self.issues[1:] if self.unindexed else self.issues
        return self._searched(request, [each for each in known if _found(each, request.query_params.get("q", ""))])

    async def _search_code(self, request: Request, _sent: Any) -> Response:
        words = [each for each in request.query_params.get("q", "").split() if ":" not in each]
        found = [
            self._file(path, content) | {"repository": {"full_name": "octocat/hello-world"}}
            for path, content in self.files["main"].items()
            if words and all(each.lower() in content.decode(errors="replace").lower() for each in words)
        ]
        return self._searched(request, found)

    def _searched(self, request: Request, found: list[Json]) -> Response:
        query = request.query_params
        if not query.get("q"):
            return _no(422, "Validation Failed", errors=[{"resource": "Search", "field": "q", "code": "missing"}])
        if int(query.get("page", "1")) * int(query.get("per_page", "30")) > 1000:
            return _no(422, "Only the first 1000 search results are available")
        answer = self._page(request, found)
        whole = JSONResponse({"total_count": len(found), "incomplete_results": False, "items": json.loads(bytes(answer.body))})
        if "link" in answer.headers:
            whole.headers["link"] = answer.headers["link"]
        return whole

    async def _list_repositories(self, request: Request, _sent: Any) -> Response:
        return self._page(request, self.repositories)


def _found(issue: Json, query: str) -> bool:
    """By words and the qualifiers `repo:`, `is:`, `state:`, `label:` and `author:`."""
    kinds = {"pr" if "pull_request" in issue else "issue", issue["state"]}
    text = f"{issue['title']} {issue['body'] or ''}".lower()
    for word in query.split():
        name, colon, value = word.partition(":")
        known = {
            "repo": ["octocat/hello-world"], "is": kinds, "state": [issue["state"]], "author": [issue["user"]["login"]],
            "label": [each["name"] for each in issue["labels"]],
        }  # fmt: skip
        if (colon and name in known and value.strip('"') not in known[name]) or (not colon and word.strip('"').lower() not in text):
            return False
    return True


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sha(content: str | bytes) -> str:
    return hashlib.sha1(content.encode() if isinstance(content, str) else content, usedforsecurity=False).hexdigest()


def _no(status: int, message: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    return JSONResponse({"message": message, "documentation_url": "https://docs.github.com/rest"} | more, status, headers)
