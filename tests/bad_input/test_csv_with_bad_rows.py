"""A CSV file with bad rows: each is reported by its line, the rest runs, and the exit code says that something was wrong."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bad_input.asked import tenuto

workflow = "name: Echo\nstartNode: a\nnodes:\n  - {id: a, type: transform, config: {value: '{{ input.text }}'}}\n"
rows = b'text,label\nhello,1\none,two,three\nok,3\nshort\nb\xffad,4\nx\x00y,5\n"two\nlines",6\nlast,7\n'


async def test_each_is_reported_by_its_line_and_the_rest_runs(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "echo.yaml").write_text(workflow)
    (tmp_path / "rows.csv").write_bytes(rows)
    said = await tenuto(tmp_path, "run", "echo.yaml", "--input-file", "rows.csv", "--out", "out.jsonl", "--json", DATABASE_URL=dsn,
                        TENUTO_DATA_DIR=str(tmp_path / "data"))  # fmt: skip
    assert said.code == 1, said.errors
    report = json.loads(said.out)
    assert [row["line"] for row in report["bad_rows"]] == [3, 5, 6]
    assert "3 columns" in report["bad_rows"][0]["reason"]
    assert "UTF-8" in report["bad_rows"][2]["reason"]
    assert report["statuses"] == {"completed": 5, "invalid": 3}
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    done = {line["line"]: line["output"] for line in lines if line["status"] == "completed"}
    assert done == {2: "hello", 4: "ok", 7: "x\0y", 8: "two\nlines", 10: "last"}
    assert [line["line"] for line in lines if line["status"] == "invalid"] == [3, 5, 6]


async def test_a_quotation_mark_that_is_never_closed_is_one_bad_row(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "echo.yaml").write_text(workflow)
    (tmp_path / "rows.csv").write_text('text\nhello\n"never closed\nmore\n')
    said = await tenuto(tmp_path, "run", "echo.yaml", "--input-file", "rows.csv", "--out", "out.jsonl", "--json", DATABASE_URL=dsn,
                        TENUTO_DATA_DIR=str(tmp_path / "data"))  # fmt: skip
    assert said.code == 1, said.errors
    report = json.loads(said.out)
    assert [row["line"] for row in report["bad_rows"]] == [3]
    assert report["statuses"] == {"completed": 2, "invalid": 1}, "the lines after it are rows of their own again"
