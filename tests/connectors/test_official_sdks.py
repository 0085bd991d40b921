"""What our actions wrote is read back by the vendors' own clients: PyGithub, Octokit and slack_sdk are the judges.

The clients know nothing of us: they read from the double over HTTP with their own parsing, paging and models.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from github import Auth, Github
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from tests.connectors.world import World
from tests.doubles.vendor import token
from tests.judges import ask

from tenuto.core.values import JsonObject

repository: JsonObject = {"owner": "octocat", "repo": "hello-world"}


class Written:
    """What our actions left at GitHub."""

    def __init__(self, issue: int, pull: int) -> None:
        self.issue, self.pull = issue, pull


@pytest.fixture
async def written(world: World) -> Written:
    made = await world.do("github", "create_issue", {**repository, "title": "Grüße ✓", "body": "b", "labels": ["bug"]}, "run:a:1")
    issue: JsonObject = {**repository, "number": made["number"]}
    for number, body in enumerate(("first", "second **ü**", "third")):
        await world.do("github", "create_comment", {**issue, "body": body}, f"run:comment{number}:1")
    pull = await world.do("github", "create_pr", {**repository, "title": "Mend Tuesdays", "body": "b", "head": "fix-tuesdays"}, "run:b:1")
    await world.do("github", "create_review", {**repository, "number": pull["number"], "event": "APPROVE", "body": "ok"}, "run:c:1")
    file: JsonObject = {**repository, "path": "docs/näh/new.md", "content": "# Neu\n", "message": "m", "branch": "main"}
    await world.do("github", "write_file", file, "run:d:1")
    await world.do("github", "update_issue", {**issue, "state": "closed"}, "run:e:1")
    return Written(made["number"], pull["number"])


async def test_pygithub_reads_what_was_written(world: World, written: Written) -> None:
    def read() -> dict[str, Any]:
        with Github(base_url=world.double.bases["github"], auth=Auth.Token(token), retry=None, per_page=2) as client:
            found = client.get_repo("octocat/hello-world")
            issue, pull = found.get_issue(written.issue), found.get_pull(written.pull)
            content = found.get_contents("docs/näh/new.md", ref="main")
            assert not isinstance(content, list)
            return {
                "issue": (issue.title, [label.name for label in issue.labels], issue.state),
                "comments": [comment.body for comment in issue.get_comments()],
                "pull": (pull.title, pull.head.ref),
                "reviews": [review.state for review in pull.get_reviews()],
                "file": content.decoded_content.decode(),
            }

    seen = await asyncio.to_thread(read)
    assert seen["issue"] == ("Grüße ✓", ["bug"], "closed")
    assert [body.splitlines()[0] for body in seen["comments"]] == ["first", "second **ü**", "third"]
    assert (seen["pull"], seen["reviews"], seen["file"]) == (("Mend Tuesdays", "fix-tuesdays"), ["APPROVED"], "# Neu\n")


async def test_octokit_reads_what_was_written(world: World, written: Written) -> None:
    question = {
        "url": world.double.bases["github"], "token": token, "owner": "octocat", "repo": "hello-world", "issue": written.issue,
        "pull": written.pull, "path": "docs/näh/new.md", "ref": "main",
    }  # fmt: skip
    seen = await asyncio.to_thread(ask, "octokit.mjs", question)
    assert seen["issue"] == {"title": "Grüße ✓", "labels": ["bug"], "state": "closed"}
    assert [body.splitlines()[0] for body in seen["comments"]] == ["first", "second **ü**", "third"], "by pages of one"
    assert (seen["pull"], seen["reviews"]) == ({"title": "Mend Tuesdays", "head": "fix-tuesdays"}, ["APPROVED"])
    assert seen["file"] == "# Neu\n"


async def test_slack_sdk_reads_what_was_written(world: World) -> None:
    channel = await world.do("slack", "create_channel", {"name": "incidents", "description": "What went wrong"}, "run:a:1")
    sent = await world.do("slack", "send_message", {"channel": channel["id"], "text": "Hallo <Welt> & ✓"}, "run:b:1")
    await world.do("slack", "send_message", {"channel": channel["id"], "text": "in the thread", "thread_ts": sent["ts"]}, "run:c:1")
    await world.do("slack", "add_reaction", {"channel": channel["id"], "ts": sent["ts"], "emoji": "eyes"}, "run:d:1")

    def read() -> dict[str, Any]:
        client = WebClient(token=token, base_url=world.double.bases["slack"] + "/")
        history = client.conversations_history(channel=channel["id"], limit=10).data
        replies = client.conversations_replies(channel=channel["id"], ts=sent["ts"]).data
        names = [one["name"] for page in client.conversations_list(limit=1) for one in page["channels"]]
        assert isinstance(history, dict)
        assert isinstance(replies, dict)
        with pytest.raises(SlackApiError, match="channel_not_found"):
            client.conversations_history(channel="C0NOWHERE")
        return {"history": history["messages"], "replies": replies["messages"], "names": names}

    seen = await asyncio.to_thread(read)
    assert "incidents" in seen["names"], "found by pages of one"
    [root] = [message for message in seen["history"] if message["ts"] == sent["ts"]]
    assert (root["text"], root["reactions"][0]["name"]) == ("Hallo <Welt> & ✓", "eyes")
    assert [message["text"] for message in seen["replies"]] == ["Hallo <Welt> & ✓", "in the thread"]
