"""executions value: an output whole, however large it is, on the terminal or in a file."""

from __future__ import annotations

import base64
import json

from tests.cli.conftest import Command

large = """
name: Large
startNode: big
nodes:
  - {id: big, type: transform, config: {value: {"text": "{{ 'ü' * 100000 }}", "base64": "{{ input.message * 30000 }}", "n": [1, 2]}}}
  - {id: same, type: transform, config: {value: {"inner": "{{ nodes.big.output }}"}}}
edges:
  - {from: big, to: same}
"""


def test_a_large_output_is_printed_whole(tenuto: Command) -> None:
    (tenuto.folder / "large.yaml").write_text(large)
    run = tenuto("run", "large.yaml", "--input", "aGkh", "--json")
    assert run.code == 0, run.err
    found = run.json
    assert "$blob" in found["output"]["inner"]  # pyright: ignore[reportOperatorIssue, reportIndexIssue, reportOptionalSubscript, reportArgumentType, reportCallIssue] - an object
    expected = {"text": "ü" * 100_000, "base64": "aGkh" * 30_000, "n": [1, 2]}
    shown = tenuto("executions", "value", str(found["id"]), "same")
    assert json.loads(shown.out) == {"inner": expected}
    written = tenuto("executions", "value", str(found["id"]), "same", "--path", "inner.base64", "--decode", "--out", "bytes")
    assert written.code == 0, written.err
    assert (tenuto.folder / "bytes").read_bytes() == base64.b64decode("aGkh" * 30_000)
    assert tenuto("executions", "value", str(found["id"]), "same", "--path", "inner.n.1").out == "2\n"
    nowhere = tenuto("executions", "value", str(found["id"]), "same", "--path", "inner.n.2")
    assert nowhere.code != 0
    assert 'nothing at "2"' in nowhere.err
    assert "no output" in tenuto("executions", "value", str(found["id"]), "nobody").err
