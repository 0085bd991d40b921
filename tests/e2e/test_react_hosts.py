"""Three applications use `@tenuto/react` as it is published: in each a real browser starts a run and watches it to its end."""

from __future__ import annotations

import base64
import os
import re
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.e2e.hosting import Host, chromium, pack, visit
from tests.e2e.serving import Product, key

browser = chromium()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser is None, reason="no Chromium here (Debian: apt install chromium-headless-shell)"),
]

_preview = ("vite/bin/vite.js", "preview", "--host", "127.0.0.1", "--port", "PORT", "--strictPort")
_built = (("typescript/bin/tsc",), ("vite/bin/vite.js", "build"))
hosts = [
    Host("react-19", build=_built, serve=_preview, shared="src/shared", public="dist"),
    Host("react-18", build=_built, serve=_preview, shared="src/shared", public="dist"),
    Host(
        "next",
        build=(("next/dist/bin/next", "build"),),
        serve=("next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", "PORT"),
        shared="app/shared",
        public=".next/static",
    ),
]
modes = {"react-18": "development"}
"""There React mounts everything twice for practice; elsewhere it is built as for production."""

question: dict[str, Any] = {
    "name": "Asked",
    "startNode": "ask",
    "nodes": [{"id": "ask", "type": "approval", "config": {"title": "May I?"}}],
}
steps = ["first", "second", "third", "fourth", "fifth"]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("packed"))


@pytest.mark.parametrize("host", hosts, ids=lambda host: host.name)
def test_a_page_starts_a_run_and_watches_it_over_restarts_of_the_server(host: Host, served: Product, packed: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHROMIUM": browser or "", "NEXT_TELEMETRY_DISABLED": "1"}
    host.make(packed, environment | {"NODE_ENV": modes.get(host.name, "production"), "TENUTO_KEY": key})
    _connect(served)

    def again(number: signal.Signals, event: str) -> None:
        """The run goes on before the browser is back, which has to learn what it missed."""
        served.end(number)
        served.start()
        with served.client() as client:
            assert client.post("/api/events", json={"name": event}).status_code == 200

    def ask() -> None:
        with served.client() as client:
            assert client.post("/api/workflow/execute", json={"workflow": question, "message": ""}).status_code == 202

    wishes = {"restart": lambda: again(signal.SIGTERM, "first.go"), "kill": lambda: again(signal.SIGKILL, "second.go"), "question": ask}
    with host.served(served, tmp_path / "host.log") as url:
        seen = visit(url, environment, wishes)
        page = httpx2.get(url, timeout=60).text
        if host.name == "next":
            _was_drawn_by_the_server(page)
            assert httpx2.get(f"{url}tenuto/api/workflows", headers={"Sec-Fetch-Site": "cross-site"}, timeout=60).status_code == 403

    assert seen["wrong"] == []
    assert "is not defined" not in (tmp_path / "host.log").read_text()
    _was_live(seen, served)
    _was_refused(seen)
    _was_cancelled(seen)
    _was_everywhere(seen)
    _kept_the_key(host, seen, page)


def _was_drawn_by_the_server(page: str) -> None:
    """Before any script of the page has run: the server's component, and the client's as they begin."""
    assert re.search(r"The server knows (<!-- -->)?\d+(<!-- -->)? kinds", page)
    for drawn in ('aria-label="Execution">none<', "Run what is broken", 'aria-label="Agents"'):
        assert drawn in page


def _kept_the_key(host: Host, seen: dict[str, Any], page: str) -> None:
    """It was there when the application was built and while it was served, and nothing that a browser gets has it."""
    assert seen["keyed"] == []
    files = [file for file in (host.folder / host.public).rglob("*") if file.is_file()]
    assert any(file.suffix == ".js" for file in files)
    for form in (key, base64.b64encode(key.encode()).decode()):
        assert form not in page
        assert [file for file in files if form.encode() in file.read_bytes()] == []


def _connect(served: Product) -> None:
    with served.client() as client:
        token = {"user_id": "ada", "integration": "github", "access_token": "t"}
        assert client.post("/api/oauth/tokens", json=token).status_code == 200


def _was_live(seen: dict[str, Any], served: Product) -> None:
    with served.client() as client:
        events = client.get(f"/api/executions/{seen['run']}/events", params={"limit": 200}).json()["events"]
    assert seen["updates"] == [f"{event['seq']} {event['type']}" for event in events]
    assert (seen["ends"], seen["status"], seen["connected"]) == ("true", "completed 100", "false")
    assert seen["said"] == "The workflow is done."
    assert seen["finished"] == ["not yet", "completed"]
    assert seen["progress"] == ["20", "60", "100"]
    assert len(seen["steps"]) == len(steps)
    for name, text in zip(steps, seen["steps"], strict=True):
        assert "Done" in text, name
        assert name in text


def _was_refused(seen: dict[str, Any]) -> None:
    assert "nowhere" in seen["refused"]
    assert seen["execution"] == f"{seen['run']} completed"


def _was_cancelled(seen: dict[str, Any]) -> None:
    assert seen["cancelled"].startswith("failed: cancelled by ")
    assert seen["saidAfter"].startswith("cancelled by ")
    assert (seen["endsAfter"], seen["stateAfter"]) == ("true false", "failed")


def _was_everywhere(seen: dict[str, Any]) -> None:
    assert {"agent", "approval", "delay", "http"} <= set(seen["kinds"].split())
    assert ["Writer" in names for names in seen["agents"]] == [False, True, True, False]
    assert "nobody" in seen["noOptions"]
    assert "name" in seen["noConnection"]
    assert seen["connections"]
    assert seen["workflows"] == "Hosted"
    # Newest first: the one that was asked about, the cancelled one, the one that was watched, and the one that every new workspace begins with.
    assert seen["runs"] == "completed failed completed completed"
