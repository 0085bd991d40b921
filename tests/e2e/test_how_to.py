"""The lines of the how-to pages do what they say, in a shell, against a served product."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.serving import Product

root = Path(__file__).parents[2]


def said(page: str, served: Product) -> str:
    """What the first shell block of a page writes."""
    for tool in ("curl", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool} on this machine")
    found = re.search(r"```bash\n(.*?)```", (root / "docs" / "how-to" / page).read_text(), re.DOTALL)
    assert found is not None
    # The address that publishing tells is the settings' own; here the port is another.
    script = f'tenuto() {{ {sys.executable} -m tenuto "$@"; }}\n' + found[1].replace("http://127.0.0.1:8400", served.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=served.folder, env={**served.environment, "PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_signed_delivery_is_answered_with_the_runs_output(served: Product) -> None:
    answer = json.loads(said("start-by-webhook.md", served))
    assert (answer["status"], answer["output"]) == ("completed", {"greet": "Order 4711"})


def test_a_schedule_shows_its_times_and_is_fired(served: Product) -> None:
    shown, fired = [json.loads(line) for line in said("start-on-a-schedule.md", served).splitlines() if line]
    trigger = shown["trigger"]
    assert (trigger["state"], len(trigger["next"])) == ("ok", 5)
    assert fired["execution_id"]


def test_a_model_that_nobody_gave_a_key_for_is_simulated(served: Product) -> None:
    run = json.loads(said("model-agents.md", served).splitlines()[-1])
    assert (run["status"], run["usage"]["simulated"]) == ("completed", True)
    assert run["output"]["topic"] in {"billing", "bug", "other"}


def test_a_run_that_has_used_its_budget_up_is_allowed_more(served: Product) -> None:
    lines = said("limit-spending.md", served).splitlines()
    assert "This run has made 1 of 1 calls: its budget is used up." in lines[0]
    assert [part for line in lines for part in ("1 of 1 ", "2 of 2 ") if part in line and line.startswith("run ")] == ["1 of 1 ", "2 of 2 "]


def test_runs_are_operated_and_replayed(served: Product) -> None:
    lines = [line.rstrip() for line in said("operate-runs.md", served).splitlines()]
    paused, resumed, answered = (line.split(maxsplit=1) for line in lines[:3])
    assert len({paused[0], resumed[0], answered[0]}) == 1
    late = "waiting (asked for; nobody has reacted yet)"  # where the server took more than a second; the page waits for the state itself
    assert paused[1] in ("paused", late)
    assert answered[1] in ("completed", late)
    assert "output  all: 22.5 → 22" in lines
    assert any(line.split() == ["share", "changed", "completed", "all:", "22.5", "→", "22"] for line in lines)
    assert lines[-3:] == ["it is not the same", "1 runs match: 1 done, 0 refused.", "4 runs match: 4 done, 0 refused."]


def test_people_and_the_world_outside_let_a_run_go_on(served: Product) -> None:
    lines = said("ask-people.md", served).splitlines()
    assert "Refund order 4711?" in lines[1]
    assert lines[-1] == "{'order': 4711, 'amount': 20, 'bank': {'reference': 'R-1'}}"


def test_code_is_checked_and_run(served: Product) -> None:
    lines = said("write-code.md", served).splitlines()
    assert lines[0].startswith("wrong.yaml:14:19: error: Module `slack` has no member `send_mesage`")
    assert "triage.yaml: valid" in lines[2]
    assert "repo: hello-world" in lines


def test_an_assistant_calls_a_workflow_by_mcp(served: Product) -> None:
    answer = json.loads(said("mcp.md", served).splitlines()[-1])
    assert answer["result"]["structuredContent"]["output"] == "Hello Ada"
