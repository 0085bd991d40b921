"""The README's lines do what they say, in a shell, against a served product."""

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


def lines(title: str) -> str:
    """The first shell block after a heading."""
    text = (root / "README.md").read_text().partition(f"## {title}\n")[2]
    found = re.search(r"```bash\n(.*?)```", text, re.DOTALL)
    assert found is not None, title
    return found[1]


def test_the_calls_from_an_application(served: Product) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    script = (
        lines("From an application").replace("http://127.0.0.1:8400", served.url).replace("$(tenuto ", f"$({sys.executable} -m tenuto ")
    )
    script = script.replace("\n\ncurl", "\necho\ncurl")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=root, env={**served.environment, "PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers, _, stream = done.stdout.partition('data: {"type":"connected"')
    made = [json.loads(line) for line in answers.splitlines() if line.startswith("{")]
    assert [answer["success"] for answer in made] == [True] * 4, done.stdout
    agent, workflow, version, run = made
    assert agent["agent"]["name"] == "Support"
    assert workflow["workflow"]["id"] == "answer"
    assert version["version"]["number"] == 1
    assert (run["execution"]["id"], run["execution"]["status"]) == ("order-4711", "completed")
    assert re.findall(r"^id: (\d+)$", stream, re.MULTILINE) == [str(n) for n in range(1, 7)]
    assert '"type":"workflow_completed"' in stream
