"""Jira: documents, queries page by page, moves by status, limits and refusals, and what was made though its answer was lost."""

from __future__ import annotations

from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.jira import Jira
from tests.doubles.vendor import Kind

from tenuto.connectors.jira import jira
from tenuto.connectors.jira.documents import document, plain
from tenuto.core.connector import Answer
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.values import JsonObject

issue: JsonObject = {"project": "TEN", "summary": "Printer offline", "description": "It does not print.\n\nSince\nTuesday."}


async def test_an_issue_is_created_with_its_text_as_a_document(world: World) -> None:
    made = await world.do("jira", "create_issue", {**issue, "labels": ["hardware"], "fields": {"customfield_1": 5}})
    fields = world.double[Jira].issues[0]["fields"]
    assert fields["description"] == document("It does not print.\n\nSince\nTuesday.")
    assert (fields["labels"], fields["customfield_1"]) == (["hardware"], 5)
    read = await world.do("jira", "get_issue", {"issue": made["key"]})
    assert (read["description"], read["status"], read["assignee"]) == ("It does not print.\n\nSince\nTuesday.", "To Do", None)
    assert read["fields"]["customfield_1"] == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "a"), ("a\n\n\n\nb", "a\n\nb"), ("a\r\nb", "a\nb"), ("", ""), ("  ", ""), ("a\n\n \n\nb", "a\n\nb"), ("{*bold*}", "{*bold*}")],
)
def test_text_comes_back_from_its_document(text: str, expected: str) -> None:
    assert plain(document(text)) == expected
    assert '"text": ""' not in str(document(text)), "an empty text node is refused"


def test_a_document_of_others_is_read_and_one_without_end_too() -> None:
    listed: Any = {"type": "bulletList", "content": [{"type": "listItem", "content": [{"type": "paragraph", "content": [
        {"type": "mention", "attrs": {"text": "@Ada"}}, {"type": "text", "text": " sees "},
        {"type": "inlineCard", "attrs": {"url": "https://example.com"}},
    ]}]}]}  # fmt: skip
    assert plain({"type": "doc", "version": 1, "content": [listed, {"type": "rule"}]}) == "@Ada sees https://example.com"
    deep: Any = {"type": "text", "text": "x"}
    for _ in range(5000):
        deep = {"type": "blockquote", "content": [deep]}
    assert plain(deep) == ""
    assert (plain(None), plain("old text"), plain({"type": "doc", "content": "no list"})) == (None, "old text", "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"project": "NO"}, "project: valid project is required"),
        ({"issue_type": "No"}, "issuetype: Specify a valid issue type"),
        ({"priority": "No"}, "priority: The priority selected is invalid"),
        ({"labels": ["two words"]}, "labels: The label contains spaces"),
        ({"fields": {"no_such": 1}}, "no_such: Field 'no_such' cannot be set"),
        ({"fields": {"description": "no document"}}, "description: Operation value must be an Atlassian Document"),
    ],
)
async def test_each_field_that_is_wrong_is_named(world: World, change: JsonObject, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        await world.do("jira", "create_issue", {**issue, **change})
    assert world.double[Jira].issues == []


async def test_what_cannot_be_right_is_not_sent(world: World) -> None:
    for wrong in ({**issue, "summary": "two\nlines"}, {**issue, "summary": ""}, {**issue, "due_date": "tomorrow"}):
        with pytest.raises(Invalid):
            await world.do("jira", "create_issue", wrong)
    for key in ("../myself", "TEN-1/comment", "TEN 1", ""):
        with pytest.raises(Invalid):
            await world.do("jira", "get_issue", {"issue": key})
    with pytest.raises(Invalid):
        await world.do("jira", "add_attachment", {"issue": "TEN-1", "filename": 'a"\r\nx: y', "content": "a"})
    assert world.double.calls == []


async def test_a_search_goes_on_by_its_token(world: World) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[Jira].add_issue(str(number))
    found = await world.do("jira", "search_issues", {"jql": "project = TEN ORDER BY created DESC", "limit": 4})
    assert [each["summary"] for each in found["issues"]] == ["4", "3", "2", "1"]
    for jql, words in (
        ("ORDER BY created", "Unbounded JQL"),
        ("nothing = 1", "Field 'nothing' does not exist"),
        ("project =", "Error in the JQL"),
    ):
        with pytest.raises(Rejected, match=words):
            await world.do("jira", "search_issues", {"jql": jql})


@pytest.mark.parametrize("unindexed", [False, True])
@pytest.mark.parametrize(("kind", "there"), [("drop_before", False), ("drop_after", True)])
async def test_an_issue_whose_answer_was_lost_is_found_though_the_search_is_behind(
    world: World, kind: Kind, there: bool, unindexed: bool
) -> None:
    await world.do("jira", "create_issue", issue, "run:other:1")
    world.double.fail("jira", kind)
    with pytest.raises(Uncertain):
        await world.do("jira", "create_issue", issue)
    world.double[Jira].unindexed = unindexed
    found = await world.look("jira", "create_issue", issue)
    assert (found is not None) is there
    assert found is None or found["key"] == world.double[Jira].issues[0]["key"]


@pytest.mark.parametrize(("kind", "there"), [("drop_before", False), ("drop_after", True)])
async def test_a_comment_a_file_and_a_deletion_are_found_again(world: World, kind: Kind, there: bool) -> None:
    world.double.page_max = 2
    key = world.double[Jira].add_issue("s")["key"]
    for action, params in (
        ("add_comment", {"body": "b"}),
        ("add_attachment", {"filename": "a.bin", "content_base64": "AP8="}),
        ("delete_issue", {}),
    ):
        asked: JsonObject = {"issue": key, **params}
        world.double.fail("jira", kind)
        with pytest.raises(Uncertain):
            await world.do("jira", action, asked)
        if action == "add_comment":
            for number in range(3):
                await world.do("jira", action, asked, f"run:other:{number}")
        assert (await world.look("jira", action, asked) is not None) is there, action


async def test_an_issue_goes_by_the_name_of_its_status_and_stays_where_it_is(world: World) -> None:
    key = world.double[Jira].add_issue("s")["key"]
    for _ in range(2):
        await world.do("jira", "transition_issue", {"issue": key, "status": "done"})
    assert world.double[Jira].issues[0]["fields"]["status"]["name"] == "Done"
    assert world.double.effects == {f"move:{key}:Done": 1}
    with pytest.raises(Rejected, match="cannot go from Done to Burnt") as refused:
        await world.do("jira", "transition_issue", {"issue": key, "status": "Burnt"})
    assert refused.value.data.fix == "It can go to To Do, In Progress, Done."


async def test_lists_are_read_whole(world: World) -> None:
    world.double.page_max = 1
    for query, names in (("ada", ["Ada Lovelace"]), ("", ["Ada Lovelace", "Grace Hopper"])):
        assert [each["name"] for each in (await world.do("jira", "find_users", {"query": query}))["users"]] == names
    types = await world.do("jira", "list_issue_types", {"project": "TEN"})
    assert [each["name"] for each in types["issue_types"]] == ["Task", "Bug", "Sub-task"]
    assert (await world.do("jira", "list_priorities", {}))["priorities"][0]["name"] == "Highest"


async def test_limits_say_which_it_was_and_how_long_to_wait(world: World) -> None:
    for kind, reason in (("rate_limited", "jira-quota-tenant-based"), ("secondary_limit", "jira-burst-based")):
        world.double.fail("jira", kind)  # pyright: ignore[reportArgumentType] - both are kinds
        with pytest.raises(RateLimited, match=reason) as limited:
            await world.do("jira", "create_issue", issue)
        assert limited.value.data.retry_after == 90


async def test_refusals(world: World) -> None:
    refusals: tuple[tuple[Kind, str, type[Problem], str], ...] = (
        ("unauthorized", "", AuthRejected, "Unauthorized"),
        ("forbidden", "scope", AuthRejected, "scope does not match"),
        ("forbidden", "", Rejected, "You do not have permission"),
        ("unavailable", "", VendorFailed, "503"),
    )
    for kind, error, problem, words in refusals:
        world.double.fail("jira", kind, error=error)
        with pytest.raises(problem, match=words) as refused:
            await world.do("jira", "create_issue", issue)
        assert type(refused.value) is problem
        assert problem is not AuthRejected or refused.value.data.fix
    with pytest.raises(Rejected, match="Issue does not exist") as missing:
        await world.do("jira", "get_issue", {"issue": "TEN-4711"})
    assert missing.value.data.fix


def test_a_sign_in_may_speak_for_several_sites() -> None:
    assert jira.discovery is not None
    body = b'[{"id": "c1", "name": "acme", "url": "https://acme.atlassian.net"}, {"id": "c2", "name": "other"}]'
    found = jira.discovery.read(Answer(200, {}, body))
    assert [(each.name, each.fields["cloud_id"]) for each in found] == [("acme", "c1"), ("other", "c2")]
