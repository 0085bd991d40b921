"""serve in real processes: found, stopped, started again, and refused where it cannot be."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

from tests.cli.conftest import Command, ended, until
from tests.commands import Process


def address(child: Process) -> dict[str, str]:
    """What `serve --json` says once it serves."""
    assert child.stdout is not None
    return json.loads(child.stdout.readline())


def healthy(url: str) -> bool:
    try:
        return urllib.request.urlopen(f"{url}/healthz", timeout=60).status == 200
    except (urllib.error.URLError, OSError):
        return False


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_first_start_shows_a_run_and_a_link_and_a_second_does_not(tenuto: Command) -> None:
    child = tenuto.start("serve", "--port", "0")
    assert child.stdout is not None
    first: list[str] = []
    while not first or not first[-1].startswith("Serving"):
        first.append(child.stdout.readline())
        assert first[-1], ended(child)
    assert any("/sign-in#tnl_" in line for line in first)
    assert any("node_completed" in line and "classify" in line for line in first)
    assert any("workflow_completed" in line for line in first)
    assert ended(child, signal.SIGTERM).code == 0
    runs = tenuto("executions", "list", "--json").json["executions"]
    assert isinstance(runs, list)
    assert len(runs) == 1
    again = tenuto.start("serve", "--port", "0")
    assert again.stdout is not None
    second = ""
    while "Serving" not in second:
        second += again.stdout.readline()
    assert "workflow_completed" not in second
    assert ended(again, signal.SIGINT).code == 0


def test_its_own_database_in_the_data_folder_is_there_again_after_a_stop(bare: Command, short_folder: Path) -> None:
    bare.environment["TENUTO_DATA_DIR"] = str(short_folder / "cli")
    for _ in range(2):
        child = bare.start("serve", "--port", "0", "--json")
        said = address(child)
        assert said["data"] == str(short_folder / "cli")
        assert healthy(said["url"])
        assert ended(child, signal.SIGTERM).code == 0
        assert not (short_folder / "cli" / "postgres" / "postmaster.pid").exists()


def test_a_port_in_use_is_one_sentence(tenuto: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = tenuto("serve", "--port", str(port))
    assert said.code == 4
    assert said.err.startswith(f"Port {port} of 127.0.0.1 is in use.\n→ ")
    assert len(said.err.splitlines()) == 2


def test_a_host_that_others_reach_is_refused_without_a_secret_key(tenuto: Command) -> None:
    said = tenuto("serve", "--host", "0.0.0.0", "--port", "0")
    assert said.code == 4
    assert "TENUTO_SECRET_KEY" in said.err


def test_several_processes_serve_one_port_and_a_dead_one_is_replaced(tenuto: Command) -> None:
    child = tenuto.start("serve", "--port", "0", "--workers", "2", "--json")
    said = address(child)
    until(lambda: healthy(said["url"]), child)
    until(lambda: len(children(child.pid)) == 2, child)  # the first serves while the second is still to be started
    before = children(child.pid)
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(now := children(child.pid)) == 2 and before[0] not in now, child)
    assert healthy(said["url"])
    crew = children(child.pid)
    assert ended(child, signal.SIGTERM).code == 0
    assert not [pid for pid in crew if Path(f"/proc/{pid}").exists()]


def test_a_crew_does_not_outlive_its_supervisor(tenuto: Command) -> None:
    child = tenuto.start("serve", "--port", "0", "--workers", "2", "--json")
    said = address(child)
    until(lambda: healthy(said["url"]), child)
    until(lambda: len(children(child.pid)) == 2, child)
    crew = children(child.pid)
    child.kill()
    until(lambda: not [pid for pid in crew if Path(f"/proc/{pid}").exists()])


def test_a_link_signs_the_first_owner_in_and_then_the_owner(tenuto: Command) -> None:
    first = tenuto("link", "--json").json
    assert first["member"] == "the first owner"
    child = tenuto.start("serve", "--port", "0", "--json")
    said = address(child)
    token = str(first["link"]).partition("#")[2]
    body = json.dumps({"token": token, "name": "Ada"}).encode()
    headers = {"Content-Type": "application/json", "Origin": said["url"]}
    asked = urllib.request.Request(f"{said['url']}/api/auth/sign-in", data=body, headers=headers, method="POST")
    assert urllib.request.urlopen(asked, timeout=30).status in (200, 201)
    assert ended(child, signal.SIGTERM).code == 0
    assert tenuto("link", "--json").json["member"] == "Ada"
    assert tenuto("link", "Grace").code == 3
