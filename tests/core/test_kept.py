"""The older shape beside today's: derived in full, taken away without a trace, and never believed against what somebody wrote."""

from __future__ import annotations

from typing import Any

import pytest

from tenuto.core.documents.kept import kept, rewired, without_echoes, without_stale

document: dict[str, Any] = {
    "name": "W",
    "startNode": "a",
    "agents": [{"id": "w", "name": "Writer", "agent_id": "66"}],
    "nodes": [
        {"id": "a", "type": "agent", "config": {"agent": "w"}, "output_variable": "said"},
        {"id": "c", "type": "condition", "config": {"condition": "{{ vars.said }}"}},
        {"id": "t", "type": "transform", "config": {"value": "{{ str(vars.said).upper() }}"}},
        {"id": "i", "type": "integration", "config": {"integration": "slack", "action": "list_channels"}, "on_error": "port"},
        {"id": "p", "type": "approval", "config": {"title": "?", "params": {"variable": "x"}}},
    ],
    "edges": [
        {"from": "a", "to": "c"}, {"from": "a", "to": "t"}, {"from": "c", "port": "false", "to": "i"},
        {"from": "i", "port": "error", "to": "p"}, {"from": "p", "port": "rejected", "to": "t"},
    ],
}  # fmt: skip


def node(shown: dict[str, Any], id: str) -> dict[str, Any]:
    return next(item for item in shown["nodes"] if item["id"] == id)


def test_what_older_clients_read_is_there() -> None:
    shown: dict[str, Any] = kept(document)
    assert node(shown, "a")["nextNodes"] == ["c", "t"]
    assert node(shown, "a")["agent"] == {
        "id": "w",
        "name": "Writer",
        "agent_id": "66",
        "description": "",
        "type": "specialist",
        "capabilities": [],
    }
    assert node(shown, "a")["config"]["outputVariable"] == "said"
    assert node(shown, "c")["nextNodes"] == ["", "i"], "false is the second, also where true leads nowhere"
    assert node(shown, "t")["config"] == {"value": "{{ str(vars.said).upper() }}", "inputVariable": "said", "transformation": "uppercase"}
    assert node(shown, "i")["config"]["integrationType"] == "slack"
    assert shown["edges"] == document["edges"]


def test_an_echo_leaves_no_trace() -> None:
    assert without_echoes(kept(document))["nodes"] == document["nodes"]
    assert without_echoes(document) is document
    assert rewired(document) == (document, [])


@pytest.mark.parametrize(
    ("id", "change"),
    [("a", {"nextNodes": ["t"]}), ("c", {"nextNodes": ["i", ""]}), ("p", {"nextNodes": []}), ("a", {"agent": {"id": "w", "name": "X"}})],
)
def test_what_somebody_wrote_is_no_echo(id: str, change: dict[str, Any]) -> None:
    shown: dict[str, Any] = kept(document)
    node(shown, id).update(change)
    found: dict[str, Any] = without_echoes(shown)
    assert change.items() <= node(found, id).items()
    assert all("nextNodes" not in item for item in found["nodes"] if item["id"] != id)


def test_next_nodes_counts_and_every_lost_edge_is_named() -> None:
    shown: dict[str, Any] = kept(document)
    node(shown, "a")["nextNodes"] = ["t"]
    found, issues = rewired(without_echoes(shown))
    assert found["edges"] == document["edges"][1:]
    assert [issue.pointer for issue in issues] == ["/edges/0"]


def test_fields_sent_back_unread_yield_to_a_changed_edge() -> None:
    shown: dict[str, Any] = kept(document)
    shown["edges"] = shown["edges"][1:]
    found: dict[str, Any] = without_stale(shown, document)
    assert "nextNodes" not in node(found, "a")
    node(shown, "a")["nextNodes"] = ["p"]
    assert node(without_stale(shown, document), "a")["nextNodes"] == ["p"]
