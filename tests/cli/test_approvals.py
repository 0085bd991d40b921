"""`tenuto approvals`: a run asks in one command, and is decided in another."""

from __future__ import annotations

from tests.cli.conftest import Command

asking = """
name: Refund
startNode: ask
nodes:
  - {id: ask, type: approval, config: {title: "Refund 20?", body: "It was late.", arguments: {amount: 20}}}
  - {id: done, type: transform, config: {value: "{{ nodes.ask.output.arguments.amount }}"}}
edges: [{from: ask, port: approved, to: done}]
"""


def test_a_question_is_listed_shown_and_decided(tenuto: Command) -> None:
    tenuto.file("ask.yaml", asking)
    waiting = tenuto("run", "ask.yaml")
    assert waiting.code == 6
    told = next(line for line in waiting.err.splitlines() if "approvals decide" in line)
    question = told.split()[5]
    assert question in tenuto("approvals", "list").out
    shown = tenuto("approvals", "show", question)
    for part in ("Refund 20?", "It was late.", "amount: 20", "digest: "):
        assert part in shown.out
    refused = tenuto("approvals", "decide", question, "approve", "--digest", "0" * 64)
    assert refused.code != 0
    assert "not the one that was seen" in refused.err
    decided = tenuto("approvals", "decide", question, "approve", "--comment", "fine", "--json").json
    assert {"outcome": "approved", "settled": True}.items() <= decided.items()
    assert "No questions." in tenuto("approvals", "list").out
    again = tenuto("approvals", "decide", question, "reject")
    assert "decided already: approve by local" in again.err
    assert tenuto("approvals", "list", "--decided", "--json").json["approvals"]
