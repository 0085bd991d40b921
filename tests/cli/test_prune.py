"""prune: what is old goes, what is asked for before it goes, and what is no age is refused."""

from __future__ import annotations

import time

from tests.cli.conftest import Command, echo


def test_old_runs_are_deleted(tenuto: Command) -> None:
    (tenuto.folder / "echo.yaml").write_text(echo)
    run = tenuto("run", "echo.yaml", "--input", "hello there", "--json")
    assert run.code == 0, run.err
    assert tenuto("prune", "--older-than", "1h", "--json").json == {"runs": 0, "children": 0, "dry_run": False}
    assert tenuto("prune", "--json").json == {"runs": 0, "children": 0, "dry_run": False}, "nothing says that it should go"
    time.sleep(1.1)
    looked = tenuto("prune", "--older-than", "1s", "--dry-run", "--json").json
    assert looked["dry_run"] is True
    assert looked["runs"] in (1, 2)  # a new installation shows one of its own
    assert tenuto("executions", "show", str(run.json["id"])).code == 0
    said = tenuto("prune", TENUTO_RETENTION="1s")
    assert f"{looked['runs']} runs were deleted." in said.out
    assert tenuto("executions", "show", str(run.json["id"])).code != 0


def test_what_is_no_age_is_refused(tenuto: Command) -> None:
    said = tenuto("prune", "--older-than", "soon")
    assert said.code == 2
    assert "'soon' is no length of time like 30d" in said.err
    wrong = tenuto("prune", TENUTO_RETENTION="never")
    assert wrong.code != 0
    assert "TENUTO_RETENTION is wrong" in wrong.err
