"""Linear: ids of our own, pages, filters, links known by their address, limits and refusals."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from tests.connectors.world import World
from tests.doubles.linear import Linear
from tests.doubles.vendor import Kind

from tenuto.connectors.linear import linear
from tenuto.connectors.linear.service import chosen
from tenuto.core.connector import Answer, problem_of
from tenuto.core.errors import AuthRejected, Invalid, InvalidOutput, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject


def new(world: World) -> JsonObject:
    return {"team": world.double[Linear].teams[0]["id"], "title": "Printer offline", "description": "It does not print."}


def test_the_id_that_is_chosen_is_a_uuid_of_version_4() -> None:
    assert UUID(chosen("run:node:1")).version == 4
    assert chosen("run:node:1") == chosen("run:node:1") != chosen("run:node:2")


async def test_an_issue_is_created_once_however_often_it_is_tried(world: World) -> None:
    vendor = world.double[Linear]
    given: JsonObject = {**new(world), "priority": 1, "labels": [vendor.labels[0]["id"]], "due_date": "2026-02-01"}
    made = await world.do("linear", "create_issue", given)
    assert await world.do("linear", "create_issue", given) == made
    assert (made["id"], made["priority_label"], made["due_date"]) == (chosen("run:node:1"), "Urgent", "2026-02-01")
    assert ([each["name"] for each in made["labels"]], made["state"]["name"], made["team"]["key"]) == (["Bug"], "Backlog", "ENG")
    assert (len(vendor.issues), world.double.effects) == (1, {made["id"]: 1})
    other = await world.do("linear", "create_issue", given, "run:other:1")
    assert other["id"] != made["id"]
    assert (await world.do("linear", "get_issue", {"issue": made["identifier"]}))["id"] == made["id"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_what_was_made_though_its_answer_was_lost_is_made_once(world: World, kind: Kind) -> None:
    one: JsonObject = {"issue": world.double[Linear].add_issue("s")["identifier"]}
    for action, params in (("create_issue", new(world)), ("create_comment", {**one, "body": "b"})):
        world.double.fail("linear", kind)
        with pytest.raises(Uncertain):
            await world.do("linear", action, params, action)
        made = await world.do("linear", action, params, action)
        assert made["id"] == chosen(action)
        assert world.double.effects[made["id"]] == 1
    assert (len(world.double[Linear].issues), len(world.double[Linear].comments)) == (2, 1)


async def test_an_issue_is_changed_where_it_was_said(world: World) -> None:
    vendor = world.double[Linear]
    bug, feature = vendor.labels
    issue = vendor.add_issue("s", labels=[bug], assignee=vendor.users[0], description="Text.")
    change: JsonObject = {"state": vendor.states[3]["id"], "add_labels": [feature["id"]], "remove_labels": [bug["id"]], "priority": 0}
    changed = await world.do("linear", "update_issue", {"issue": issue["identifier"], **change})
    assert (changed["state"]["type"], [each["name"] for each in changed["labels"]]) == ("completed", ["Feature"])
    assert (changed["title"], changed["description"], changed["assignee"]["name"]) == ("s", "Text.", "Ada Lovelace")
    assert (await world.do("linear", "update_issue", {"issue": issue["id"], "unassign": True}))["assignee"] is None


async def test_issues_are_found_by_all_that_is_given_and_page_by_page(world: World) -> None:
    vendor, world.double.page_max = world.double[Linear], 2
    for number in range(5):
        vendor.add_issue(f"Leak {number}", state=vendor.states[number % 2], assignee=vendor.users[number % 2], priority=float(number))
    vendor.issues[1]["createdAt"] = vendor.issues[1]["updatedAt"] = "2020-01-01T00:00:00.000Z"

    async def titles(**given: object) -> set[str]:
        found = await world.do("linear", "list_issues", json.loads(json.dumps(given)))
        assert found["total"] == len(found["issues"])
        return {each["title"][-1] for each in found["issues"]}

    assert await titles() == set("01234")
    assert len(await titles(limit=3)) == 3
    assert await titles(state=vendor.states[1]["id"]) == set("13")
    assert await titles(assignee="ada@example.com", text="leak") == set("024")
    assert await titles(priority=0) == set("0")
    assert await titles(updated_since="2020-06-01T00:00:00+02:00", assignee="grace@example.com") == set("1")
    assert await titles(text='"}) { id } }') == set()


async def test_issues_are_searched_by_their_words_and_by_what_was_said_of_them(world: World) -> None:
    vendor, world.double.page_max = world.double[Linear], 1
    leak = vendor.add_issue("A pipe leaks", description="In the cellar.")
    vendor.add_issue("Printer offline")
    vendor.add_issue("Another pipe")
    await world.do("linear", "create_comment", {"issue": leak["identifier"], "body": "Ask a plumber."})

    async def titles(**given: object) -> set[str]:
        found = await world.do("linear", "search_issues", json.loads(json.dumps(given)))
        assert found["total"] == len(found["issues"])
        return {each["title"] for each in found["issues"]}

    assert await titles(term="PIPE") == {"A pipe leaks", "Another pipe"}
    assert len(await titles(term="pipe", limit=1)) == 1
    assert await titles(term="cellar leaks", team=vendor.teams[0]["id"]) == {"A pipe leaks"}
    assert (await titles(term="plumber"), await titles(term="plumber", comments=True)) == (set(), {"A pipe leaks"})


async def test_comments_and_choices_are_read_whole(world: World) -> None:
    vendor, world.double.page_max = world.double[Linear], 1
    one: JsonObject = {"issue": vendor.add_issue("s")["identifier"]}
    for number in range(3):
        await world.do("linear", "create_comment", {**one, "body": str(number)}, f"run:node:{number}")
    found = await world.do("linear", "list_comments", one)
    assert [each["body"] for each in found["comments"]] == ["0", "1", "2"]
    assert (await world.do("linear", "list_comments", {**one, "limit": 2}))["total"] == 2
    vendor.users[1]["active"] = False
    assert [each["name"] for each in (await world.do("linear", "list_users", {}))["users"]] == ["Ada Lovelace"]
    states = await world.do("linear", "list_states", {"team": vendor.teams[0]["id"]})
    assert [each["type"] for each in states["states"]] == ["backlog", "unstarted", "started", "completed", "canceled"]
    assert [each["name"] for each in (await world.do("linear", "list_labels", {}))["labels"]] == ["Bug", "Feature"]
    assert [each["key"] for each in (await world.do("linear", "list_teams", {}))["teams"]] == ["ENG"]


async def test_a_link_is_one_by_its_address(world: World) -> None:
    link: JsonObject = {"issue": world.double[Linear].add_issue("s")["identifier"], "url": "https://example.com/7", "title": "Ticket"}
    first = await world.do("linear", "attach_link", link)
    again = await world.do("linear", "attach_link", {**link, "subtitle": "Closed"}, "run:other:1")
    assert (again["id"], again["subtitle"], len(world.double[Linear].attachments)) == (first["id"], "Closed", 1)


async def test_what_cannot_be_right_is_not_sent(world: World) -> None:
    wrong: tuple[tuple[str, JsonObject], ...] = (
        ("create_issue", {**new(world), "title": ""}),
        ("create_issue", {**new(world), "title": "two\nlines"}),
        ("create_issue", {**new(world), "priority": 5}),
        ("create_issue", {**new(world), "due_date": "tomorrow"}),
        ("get_issue", {"issue": "ENG 1"}),
        ("search_issues", {"term": ""}),
        ("update_issue", {"issue": "ENG-1", "unassign": True, "assignee": "a"}),
        ("list_issues", {"updated_since": "2026-01-05T09:30:00"}),
        ("attach_link", {"issue": "ENG-1", "title": "t", "url": "javascript:alert(1)"}),
    )
    for action, params in wrong:
        with pytest.raises(Invalid):
            await world.do("linear", action, params)
    assert world.double.calls == []


async def test_limits_say_how_long_to_wait(world: World) -> None:
    kinds: tuple[Kind, ...] = ("rate_limited", "secondary_limit")
    for kind in kinds:
        world.double.fail("linear", kind)
        with pytest.raises(RateLimited, match="Rate limit exceeded") as limited:
            await world.do("linear", "create_issue", new(world))
        assert limited.value.data.retry_after is not None
        assert 60 < limited.value.data.retry_after < 93


async def test_refusals(world: World) -> None:
    refusals: tuple[tuple[Kind, type[Problem], str], ...] = (
        ("unauthorized", AuthRejected, "not authenticated"),
        ("forbidden", AuthRejected, "Invalid scope"),
        ("invalid", Rejected, "Argument Validation Error"),
        ("unavailable", VendorFailed, "Internal server error"),
    )
    for kind, problem, words in refusals:
        world.double.fail("linear", kind)
        with pytest.raises(problem, match=words) as refused:
            await world.do("linear", "create_issue", new(world))
        assert type(refused.value) is problem
        assert problem is not AuthRejected or refused.value.data.fix
    with pytest.raises(Rejected, match="Could not find referenced Team"):
        await world.do("linear", "create_issue", {**new(world), "team": "nowhere"})
    with pytest.raises(Rejected, match="Entity not found: Issue") as missing:
        await world.do("linear", "get_issue", {"issue": "ENG-4711"})
    assert missing.value.data.fix


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"data": null}', b'{"data": {"viewer": null}, "errors": "no list"}'])
def test_what_is_no_answer_is_said_so(body: bytes) -> None:
    answer = Answer(200, {}, body)
    assert problem_of(linear, answer) is None
    assert linear.check is not None
    assert linear.check.read is not None
    with pytest.raises(InvalidOutput):
        linear.check.read(answer, None)
