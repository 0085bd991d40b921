"""The lines of the how-to pages do what they say, in a shell, against a served product."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.e2e.serving import Product, product

root = Path(__file__).parents[2]


@pytest.fixture
def served(tmp_path: Path, dsn: str) -> Generator[Product]:
    made = product(tmp_path, DATABASE_URL=dsn)
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def said(page: str, served: Product) -> str:
    """What the first shell block of a page writes."""
    for tool in ("curl", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool} on this machine")
    found = re.search(r"```bash\n(.*?)```", (root / "docs" / "how-to" / page).read_text(), re.DOTALL)
    assert found is not None
    # The address that publishing tells is the settings' own; here the port is another.
    script = found[1].replace("http://127.0.0.1:8400", served.url)
    script = re.sub(r"^(until |export \w+=\$\()?tenuto ", rf"\1{sys.executable} -m tenuto ", script, flags=re.MULTILINE)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=served.folder, env={**served.environment, "PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=120, check=False,
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


def test_a_run_that_has_used_its_budget_up_is_allowed_more(served: Product) -> None:
    lines = said("limit-spending.md", served).splitlines()
    assert "This run has made 1 of 1 calls: its budget is used up." in lines[0]
    assert [part for line in lines for part in ("1 of 1 ", "2 of 2 ") if part in line and line.startswith("run ")] == ["1 of 1 ", "2 of 2 "]
