"""GitHub against Octokit's document; operations that its repaired core does not have are looked for in the whole."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.github import GitHub
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.github import github
from tenuto.core.values import JsonObject, JsonValue

repository: JsonObject = {"owner": "octocat", "repo": "hello-world"}


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    issue = yield "create_issue", {**repository, "title": "t", "body": "b", "labels": ["bug"], "assignees": ["octocat"]}
    one: JsonObject = {**repository, "number": issue["number"]}
    yield "list_issues", {**repository, "state": "all", "labels": ["bug"], "limit": 2}
    yield "get_issue", one
    yield "update_issue", {**one, "title": "u", "body": "c", "state": "closed", "state_reason": "completed", "labels": [], "milestone": 1}
    yield "search_issues", {"query": "repo:octocat/hello-world is:issue", "sort": "updated", "limit": 3}
    yield "add_labels", {**one, "labels": ["bug", "help wanted"]}
    yield "remove_label", {**one, "label": "help wanted"}
    yield "add_assignees", {**one, "assignees": ["hubot"]}
    yield "list_labels", {**repository}
    comment = yield "create_comment", {**one, "body": "b"}
    yield "list_comments", {**one, "since": "2026-01-05T09:30:00Z"}
    yield "update_comment", {**repository, "comment_id": comment["id"], "body": "c"}
    yield "delete_comment", {**repository, "comment_id": comment["id"]}
    yield from _pulls()
    yield "get_commits", {**repository, "branch": "main", "limit": 2}
    yield "get_repos", {"org": "github", "type": "forks"}
    yield "get_repos", {"user": "octocat", "type": "owner"}
    yield "get_repos", {}
    yield "list_installation_repos", {}
    yield "get_repo", {**repository}
    yield "list_branches", {**repository}
    yield "create_branch", {**repository, "branch": "feature/x", "source": "main"}
    yield from _files()
    yield "list_releases", {**repository}
    yield "create_release", {**repository, "tag": "v1", "target": "main", "name": "n", "body": "b", "generate_notes": True}
    yield "list_workflows", {**repository}
    run = yield "dispatch_workflow", {**repository, "workflow": "ci.yml", "inputs": {"level": "debug"}}
    yield "list_workflow_runs", {**repository, "branch": "main", "status": "queued"}
    yield "get_workflow_run", {**repository, "run_id": run["run_id"]}
    sha = double[GitHub].branches["main"]
    yield "set_commit_status", {**repository, "sha": sha, "state": "success", "description": "d", "target_url": "https://example.com"}


def _pulls() -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    pull = yield "create_pr", {**repository, "title": "t", "body": "b", "head": "fix-tuesdays"}
    one: JsonObject = {**repository, "number": pull["number"]}
    yield "list_prs", {**repository, "state": "all", "head": "octocat:fix-tuesdays", "base": "main", "sort": "updated"}
    yield "get_pr", one
    yield "update_pr", {**one, "title": "u", "body": "c", "state": "open", "base": "main"}
    yield "list_pr_files", one
    yield "list_reviews", one
    comments: JsonValue = [{"path": "logo.png", "line": 1, "body": "b"}]
    yield "create_review", {**one, "event": "COMMENT", "body": "b", "comments": comments}
    yield "request_reviewers", {**one, "reviewers": ["hubot"]}
    yield "merge_pr", {**one, "method": "squash", "commit_title": "t", "commit_message": "m", "sha": pull["sha"]}


def _files() -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    yield "list_files", {**repository, "ref": "main", "folder": "docs"}
    yield "get_file", {**repository, "path": "docs/guide.md", "ref": "main"}
    yield "write_file", {**repository, "path": "docs/new.md", "message": "m", "branch": "main", "content": "n"}
    yield "delete_file", {**repository, "path": "docs/new.md", "message": "m", "branch": "main"}
    yield "search_code", {"query": "hello repo:octocat/hello-world"}


conformance = Conformance(
    connector=github,
    double=GitHub,
    contract=OpenApi(("github-core.json", "github.json.gz")),
    cases=cases,
    blind={"dispatch_workflow": "a run carries nothing of ours, and who starts one is not told apart from others"},
)
