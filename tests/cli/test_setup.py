"""A set-up that is wrong: one sentence, an exit code, and what to do; doctor finds it before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.cli.conftest import Command, Said, echo


def findings(said: Said) -> dict[str, dict[str, JsonValue]]:
    return {found["about"]: found for found in json.loads(said.out)["findings"]}


@pytest.mark.parametrize("line", [[sys.executable, "-m", "tenuto"], [Path(sys.executable).with_name("tenuto")]])
def test_as_it_is_installed_the_command_answers_as_it_does_in_these_tests(bare: Command, line: list[str | Path]) -> None:
    for arguments in (["--help"], ["validate", "missing.yaml"]):
        done = subprocess.run([*line, *arguments], cwd=bare.folder, env=bare.environment, capture_output=True, text=True, check=False)
        here = bare(*arguments)
        assert (done.returncode, done.stdout.replace("python -m tenuto", "tenuto"), done.stderr) == (here.code, here.out, here.err)


def test_a_sound_setup(tenuto: Command) -> None:
    said = tenuto("doctor", "--offline", "--json")
    assert said.code == 0, said.out
    found = findings(said)
    assert found["database"]["level"] == "good"
    assert found["schema"]["level"] == "good"
    assert found["agents"] == {**found["agents"], "level": "note"}
    assert "LYZR_API_KEY" in str(found["agents"]["says"])


def test_a_data_folder_that_cannot_be_written(bare: Command) -> None:
    blocked = bare.file("blocked", "a file where a folder should be")
    folder = str(blocked / "data")
    bare.file("echo.yaml", echo)
    said = bare("run", "echo.yaml", "--input", "hello", TENUTO_DATA_DIR=folder)
    assert said.code == 4
    assert f"The data folder {folder} cannot be written" in said.err
    assert "Traceback" not in said.err
    doctor = bare("doctor", "--offline", "--json", TENUTO_DATA_DIR=folder)
    assert doctor.code == 4
    assert findings(doctor)["data"]["level"] == "bad"


def test_a_database_that_is_not_there(bare: Command) -> None:
    url = "postgresql://tenuto:hidden-word@127.0.0.1:1/tenuto"
    said = bare("executions", "list", DATABASE_URL=url)
    assert said.code == 5
    assert "127.0.0.1:1" in said.err
    assert "hidden-word" not in said.err + said.out
    doctor = bare("doctor", "--offline", "--json", DATABASE_URL=url)
    assert doctor.code == 5
    assert findings(doctor)["database"]["level"] == "bad"
    assert "hidden-word" not in doctor.out + doctor.err


def test_a_setting_that_is_no_address(bare: Command) -> None:
    said = bare("serve", DATABASE_URL="mysql://nowhere")
    assert (said.code, said.out) == (4, "")
    assert said.err.startswith("DATABASE_URL is wrong")
    assert findings(bare("doctor", "--json", DATABASE_URL="mysql://nowhere"))["settings"]["level"] == "bad"


def test_production_needs_the_key(tenuto: Command) -> None:
    said = tenuto("doctor", "--offline", "--json", TENUTO_ENV="production")
    assert said.code == 4
    assert findings(said)["agents"]["level"] == "bad"


def test_a_way_out_that_is_closed(tenuto: Command) -> None:
    said = tenuto("doctor", "--json", LYZR_API_KEY="sk-test-0123456789", LYZR_BASE_URL="http://127.0.0.1:9")
    assert said.code != 0
    assert findings(said)["way out"]["level"] == "bad"
    assert "sk-test-0123456789" not in said.out + said.err


def test_migrations(tenuto: Command) -> None:
    assert tenuto("migrate", "--check", "--json").json["current"] is True
    assert tenuto("migrate", "--json").json == {"changed": False}


def test_what_is_in_the_env_file_counts(bare: Command) -> None:
    (bare.folder / ".env").write_text("TENUTO_PORT=nonsense\n")
    said = bare("serve")
    assert said.code == 4
    assert said.err.startswith("TENUTO_PORT is wrong")
