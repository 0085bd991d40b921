"""GitHub against Octokit's document; operations that its repaired core does not have are looked for in the whole."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.github import GitHub
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.github import github
from tenuto.core.values import JsonObject

repository: JsonObject = {"owner": "octocat", "repo": "hello-world"}


def cases(_double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    yield "create_issue", {**repository, "title": "t", "body": "b", "labels": ["bug"], "assignees": ["octocat"]}
    yield "list_issues", {**repository, "state": "all", "labels": ["bug"], "limit": 2}
    yield "create_pr", {**repository, "title": "t", "body": "b", "head": "fix-tuesdays"}
    yield "get_commits", {**repository, "branch": "main", "limit": 2}
    yield "get_repos", {"org": "github", "type": "forks"}
    yield "get_repos", {"user": "octocat", "type": "owner"}
    yield "get_repos", {}


conformance = Conformance(connector=github, double=GitHub, contract=OpenApi(("github-core.json", "github.json.gz")), cases=cases)
