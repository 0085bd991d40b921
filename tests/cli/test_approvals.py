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


waiting = """
name: Hold
startNode: hold
nodes:
  - {id: hold, type: wait, config: {}}
  - {id: told, type: wait, config: {event: order.paid, match: "{{ event.id == 7 }}"}}
  - {id: done, type: transform, config: {value: "{{ nodes.told.output.data.id }}"}}
edges: [{from: hold, to: told}, {from: told, to: done}]
"""


def test_addresses_are_shown_and_events_are_offered(tenuto: Command) -> None:
    tenuto.file("hold.yaml", waiting)
    said = tenuto("run", "hold.yaml")
    assert said.code == 6
    run = next(line for line in said.err.splitlines() if "waits addresses" in line).split()[-1]
    urls = tenuto("waits", "addresses", run, "--json").json["urls"]
    assert isinstance(urls, dict)
    assert str(urls["hold"]).startswith("http://")
    assert "hold  http" in tenuto("waits", "addresses", run).out
    assert "tnw_" not in said.err
    assert tenuto("waits", "offer", "order.paid", "--payload", '{"id": 7}').out == "0 waiting runs were told.\n"
