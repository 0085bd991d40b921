"""GitHub: issues without pull requests, pages by link, limits and refusals, and an issue whose answer was lost."""

from __future__ import annotations

import pytest
from tests.connectors.world import World
from tests.doubles.github import GitHub
from tests.doubles.vendor import Kind

from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

repository: JsonObject = {"owner": "octocat", "repo": "hello-world"}
issue: JsonObject = {**repository, "title": "Found a bug", "body": "It fails.", "labels": ["bug"], "assignees": ["octocat"]}
readme = "0230be5b6a99a72281fb408287844784080fb864"
pull: JsonObject = {**repository, "title": "Fix", "head": "fix-tuesdays"}


async def test_an_issue_is_opened_with_the_headers_that_github_asks_for(world: World) -> None:
    opened = await world.do("github", "create_issue", issue)
    headers = world.double.calls[-1].headers
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["user-agent"] == "tenuto"
    assert (opened["title"], opened["labels"], opened["assignees"], opened["state"]) == ("Found a bug", ["bug"], ["octocat"], "open")
    assert opened["html_url"] == f"https://github.com/octocat/hello-world/issues/{opened['number']}"


async def test_pull_requests_are_not_issues_and_pages_are_followed(world: World) -> None:
    world.double.page_max = 3
    for number in range(12):
        world.double[GitHub].add_issue(str(number), pull=number % 2 == 0)
    listed = await world.do("github", "list_issues", {**repository, "limit": 4})
    assert [each["title"] for each in listed["issues"]] == ["11", "9", "7", "5"]
    assert (listed["total"], listed["repository"]) == (4, "octocat/hello-world")
    assert "pull_request" not in listed["issues"][0]


async def test_labels_may_be_one_string(world: World) -> None:
    await world.do("github", "list_issues", {**repository, "labels": "bug, help wanted"})
    assert world.double.calls[-1].query["labels"] == "bug,help wanted"


async def test_a_pull_request_is_opened_once(world: World) -> None:
    opened = await world.do("github", "create_pr", pull)
    assert (opened["head"], opened["base"]) == ("fix-tuesdays", "main")
    with pytest.raises(Rejected, match=r"already exists for octocat:fix-tuesdays"):
        await world.do("github", "create_pr", pull)
    with pytest.raises(Rejected, match="head is invalid"):
        await world.do("github", "create_pr", {**pull, "head": "nowhere"})


async def test_commits_and_repositories(world: World) -> None:
    commit = {"message": "Fix", "author": {"name": "Mona", "date": "2026-01-05T09:30:00Z"}}
    world.double[GitHub].commits.append({"sha": "6dcb09b", "commit": commit, "html_url": "https://github.com/x"})
    world.double[GitHub].repositories += [
        {"id": n, "name": f"r{n}", "full_name": f"o/r{n}", "private": False, "html_url": "https://github.com/x"} for n in range(5)
    ]
    world.double.page_max = 2
    commits = await world.do("github", "get_commits", {**repository, "branch": "main"})
    assert commits["commits"][0] == {
        "sha": "6dcb09b", "message": "Fix", "author": "Mona", "date": "2026-01-05T09:30:00Z", "html_url": "https://github.com/x",
    }  # fmt: skip
    assert (commits["total"], commits["branch"]) == (1, "main")
    repositories = await world.do("github", "get_repos", {"org": "o", "limit": 3})
    assert [each["name"] for each in repositories["repositories"]] == ["r0", "r1", "r2"]
    with pytest.raises(Invalid, match="not both"):
        await world.do("github", "get_repos", {"org": "a", "user": "b"})


async def test_limits_say_how_long_to_wait_by_the_vendors_clock(world: World) -> None:
    world.double.fail("github", "rate_limited")
    with pytest.raises(RateLimited) as limited:
        await world.do("github", "create_issue", issue)
    assert limited.value.data.retry_after is not None
    assert 110 < limited.value.data.retry_after < 130
    world.double.fail("github", "secondary_limit")
    with pytest.raises(RateLimited) as second:
        await world.do("github", "create_issue", issue)
    assert second.value.data.retry_after == 60


async def test_refusals(world: World) -> None:
    refusals: tuple[tuple[Kind, type[Problem], str], ...] = (
        ("unauthorized", AuthRejected, "Bad credentials"),
        ("forbidden", Rejected, "not accessible"),
        ("invalid", Rejected, "title is missing field"),
        ("unavailable", VendorFailed, "503"),
    )
    for kind, problem, words in refusals:
        world.double.fail("github", kind)
        with pytest.raises(problem, match=words) as refused:
            await world.do("github", "create_issue", issue)
        assert type(refused.value) is problem
    with pytest.raises(Rejected, match="Not Found") as missing:
        await world.do("github", "create_issue", {**issue, "repo": "nowhere"})
    assert "may see" in (missing.value.data.fix or "")
    assert world.double.effects == {}


@pytest.mark.parametrize(("action", "params"), [("create_issue", issue), ("create_pr", pull)])
@pytest.mark.parametrize("kind", ["drop_after", "malformed"])
async def test_an_effect_whose_answer_was_lost_is_found(world: World, action: str, params: JsonObject, kind: Kind) -> None:
    world.double.page_max = 2
    world.double.fail("github", kind)
    with pytest.raises(Uncertain):
        await world.do("github", action, params)
    for number in range(5):
        world.double[GitHub].add_issue(str(number))
    found = await world.look("github", action, params)
    assert found is not None
    assert found["title"] == params["title"]
    assert await world.look("github", action, params, "run:node:2") is None
    assert world.double.effects[mark("run:node:1")] == 1


async def test_a_bad_gateway_leaves_a_write_uncertain(world: World) -> None:
    world.double.fail("github", "server_error")
    with pytest.raises(Uncertain):
        await world.do("github", "create_issue", issue)
    assert await world.look("github", "create_issue", issue) is None


@pytest.mark.parametrize("owner", ["..", ".", "../..", "a/../b", "..\\x"])
async def test_a_path_cannot_be_climbed(world: World, owner: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("github", "create_issue", {**issue, "owner": owner})
    assert refused.value.data.pointer == "/owner"
    assert world.double.calls == []


async def test_a_parameter_is_one_segment_whatever_it_holds(world: World) -> None:
    with pytest.raises(Rejected):
        await world.do("github", "create_issue", {**issue, "repo": "a/b?x=1#y%2F"})
    assert world.sender.sent[0].url.endswith("/repos/octocat/a%2Fb%3Fx%3D1%23y%252F/issues")


async def test_a_file_is_text_or_base64_and_a_folder_is_no_file(world: World) -> None:
    text = await world.do("github", "get_file", {**repository, "path": "docs/guide.md"})
    assert (text["content"], text["content_base64"], text["size"]) == ("Read me.\n", None, 9)
    binary = await world.do("github", "get_file", {**repository, "path": "logo.png", "ref": "fix-tuesdays"})
    assert (binary["content"], binary["content_base64"]) == (None, "iVBORw0KGgr/")
    with pytest.raises(Rejected, match="docs is no file"):
        await world.do("github", "get_file", {**repository, "path": "docs"})
    with pytest.raises(Rejected, match="Not Found"):
        await world.do("github", "get_file", {**repository, "path": "docs/none.md"})


@pytest.mark.parametrize("path", ["../secret", "docs/../../user", "docs/./x", " "])
async def test_a_path_leads_nowhere_else(world: World, path: str) -> None:
    with pytest.raises(Invalid, match="cannot be part of an address"):
        await world.do("github", "get_file", {**repository, "path": path})
    assert world.double.calls == []


async def test_a_file_is_replaced_whatever_it_holds_unless_its_sha_is_given(world: World) -> None:
    change: JsonObject = {**repository, "path": "docs/guide.md", "message": "m"}
    first = await world.do("github", "write_file", {**change, "content": "one"})
    second = await world.do("github", "write_file", {**change, "content_base64": "dHdv"})
    assert world.double[GitHub].files["main"]["docs/guide.md"] == b"two"
    assert (second["sha"] != first["sha"], len(world.double[GitHub].commits)) == (True, 2)
    with pytest.raises(Rejected, match="does not match"):
        await world.do("github", "write_file", {**change, "content": "three", "sha": first["sha"]})
    for wrong in ({}, {"content": "a", "content_base64": "YQ=="}, {"content_base64": "no base64!"}):
        with pytest.raises(Invalid):
            await world.do("github", "write_file", {**change, **wrong})
    with pytest.raises(Rejected, match=r"no file docs/none\.md"):
        await world.do("github", "delete_file", {**repository, "path": "docs/none.md", "message": "m"})


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("create_comment", {"number": "issue", "body": "b"}),
        ("write_file", {"path": "README.md", "message": "m", "content": "c", "sha": readme}),
        ("delete_file", {"path": "README.md", "message": "m", "sha": readme}),
        ("create_review", {"number": "pull", "event": "APPROVE"}),
        ("merge_pr", {"number": "pull"}),
        ("create_branch", {"branch": "new"}),
        ("create_release", {"tag": "v1"}),
        ("remove_label", {"number": "issue", "label": "bug"}),
    ],
)
async def test_a_write_whose_answer_was_lost_is_found_and_one_that_never_came_is_not(world: World, action: str, params: JsonObject) -> None:
    made = {
        "issue": world.double[GitHub].add_issue("issue", labels=[{"name": "bug"}]),
        "pull": world.double[GitHub].add_issue("pull", pull=True),
    }
    asked = {**repository, **params}
    if "number" in params:
        asked["number"] = made[str(params["number"])]["number"]
    kinds: tuple[tuple[Kind, bool], ...] = (("drop_before", False), ("drop_after", True))
    for kind, happened in kinds:
        world.double.fail("github", kind, path="git/refs" if action == "create_branch" else "")
        with pytest.raises(Uncertain):
            await world.do("github", action, asked)
        assert (await world.look("github", action, asked) is not None) is happened


async def test_a_pull_request_that_cannot_be_merged(world: World) -> None:
    pull = world.double[GitHub].add_issue("p", pull=True)
    with pytest.raises(Rejected, match="Head branch was modified"):
        await world.do("github", "merge_pr", {**repository, "number": pull["number"], "sha": "0" * 40})
    pull["mergeable"] = False
    with pytest.raises(Rejected, match="not mergeable") as refused:
        await world.do("github", "merge_pr", {**repository, "number": pull["number"]})
    assert refused.value.data.fix
    with pytest.raises(Invalid, match="has to say something"):
        await world.do("github", "create_review", {**repository, "number": pull["number"], "event": "REQUEST_CHANGES"})
    with pytest.raises(Rejected, match="Not Found"):
        await world.do("github", "get_pr", {**repository, "number": 4711})


async def test_searches_come_page_by_page_within_their_answer(world: World) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[GitHub].add_issue(f"crash {number}")
    found = await world.do("github", "search_issues", {"query": "repo:octocat/hello-world is:issue crash", "limit": 4})
    assert ([each["title"] for each in found["issues"]], found["total"]) == (["crash 4", "crash 3", "crash 2", "crash 1"], 4)
    assert (await world.do("github", "search_code", {"query": "hello"}))["files"][0]["path"] == "README.md"


async def test_a_workflow_is_run_with_its_inputs(world: World) -> None:
    run = await world.do("github", "dispatch_workflow", {**repository, "workflow": "161335", "inputs": {"level": "debug"}})
    assert (await world.do("github", "get_workflow_run", {**repository, "run_id": run["run_id"]}))["status"] == "queued"
    for wrong, words in (
        ({"workflow": "no.yml"}, "Not Found"),
        ({"ref": "no"}, "No ref found"),
        ({"inputs": {"x": "1"}}, "Unexpected inputs"),
    ):
        with pytest.raises(Rejected, match=words):
            await world.do("github", "dispatch_workflow", {**repository, "workflow": "ci.yml", **wrong})
