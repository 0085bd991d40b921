"""50 MB from one node to the next in a served product: what is told stays small, what is kept can be had whole, memory stays bounded."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.e2e.serving import Product, product

from tenuto.store.database import Database

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="a process's highest use of memory is read from /proc"),
]

mega = 1024 * 1024
size = 50 * mega
few_parts = 32 * mega
"""What may be in memory beyond the value itself: a few parts of 1 MB, packed and not, room to grow while it comes, and all else besides."""
checked = size
"""JSON is read once, to be refused where it is none."""
_noise = random.Random(50).randbytes(mega)
binary = b"\x89PNG" + b"".join(bytes([n]) + _noise for n in range(50))
text = ("Grüße, 50 MB. ".encode() * (size // 16))[:size]
rows = json.dumps(
    [{"id": n, "ü😀": hashlib.sha256(str(n).encode()).hexdigest() * 8} for n in range(size // 548)], ensure_ascii=False
).encode()
bodies = {"/binary": (binary, "image/png"), "/text": (text, "text/plain; charset=utf-8"), "/json": (rows, "application/json")}
bodies["/small"] = (b"{}", "application/json")


class _Far(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body, media = bodies[self.path]
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@pytest.fixture
def far() -> Generator[str]:
    """A server in this process, so that its memory is not the product's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Far) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def served(dsn: str, tmp_path: Path) -> Generator[Product]:
    made = product(tmp_path, DATABASE_URL=dsn, TENUTO_EGRESS_ALLOW="127.0.0.0/8")
    made.start()
    yield made
    assert made.end() == 0


def chain(url: str) -> dict[str, Any]:
    nodes = [
        {"id": "big", "type": "http", "config": {"url": url}},
        {"id": "same", "type": "transform", "config": {"value": {"inner": "{{ nodes.big.output.body }}"}}},
        {"id": "end", "type": "end", "config": {"output": "{{ nodes.same.output }}"}},
    ]
    return {"name": "Large", "startNode": "big", "nodes": nodes, "edges": [{"from": "big", "to": "same"}, {"from": "same", "to": "end"}]}


@pytest.mark.parametrize(("path", "beyond"), [("/binary", few_parts), ("/text", few_parts), ("/json", few_parts + checked)])
def test_fifty_megabytes_pass(served: Product, far: str, path: str, beyond: int) -> None:
    body, media = bodies[path]
    with served.client() as client:
        run(client, "/small", far)  # whatever is loaded at first use is loaded
        with peak(served) as passing:
            found = run(client, path, far)
        assert passing[0] < len(body) + beyond

        detail = client.get(f"/api/executions/{found}/nodes/same").json()["node"]["output"]["inner"]
        told, streamed = watched(client, found)
        assert told["$blob"] == (detail["base64"] if path == "/binary" else detail)["$blob"]
        assert {name: told["$blob"][name] for name in ("digest", "size", "media_type")} == {
            "digest": hashlib.sha256(body).hexdigest(), "size": len(body), "media_type": media,
        }  # fmt: skip
        assert told["$blob"]["preview"] == ("" if path == "/binary" else body[:800].decode(errors="ignore")[:200])
        assert streamed < 8_000
        events = client.get(f"/api/executions/{found}/events").content
        assert len(events) < 16_000

        with peak(served) as fetching:
            assert fetched(client, told["$blob"]["url"]) == (200, len(body), told["$blob"]["digest"])
        assert fetching[0] < few_parts
        assert httpx2.get(served.url + told["$blob"]["url"], timeout=60).status_code == 401

        assert client.delete(f"/api/executions/{found}").status_code == 200
        assert client.get(told["$blob"]["url"]).status_code == 404


async def test_nothing_of_a_deleted_run_stays(served: Product, far: str, database: Database) -> None:
    with served.client() as client:
        found = run(client, "/binary", far)
        assert await database.pool.fetchval("select count(*) from blobs") == 51
        assert client.delete(f"/api/executions/{found}").status_code == 200
    others = "select id from executions where public_id = 'first-run'"  # the one that a new installation shows
    for table in ("blobs", "execution_events", "mailbox", "outbox", "waits"):
        assert await database.pool.fetchval(f"select count(*) from {table} where execution_id not in ({others})") == 0, table
    assert await database.pool.fetchval("select array_agg(public_id) from executions") == ["first-run"]


def fetched(client: httpx2.Client, url: str) -> tuple[int, int, str]:
    digest, size = hashlib.sha256(), 0
    with client.stream("GET", url) as answer:
        for piece in answer.iter_bytes():
            digest.update(piece)
            size += len(piece)
        return answer.status_code, size, digest.hexdigest()


def run(client: httpx2.Client, path: str, far: str) -> str:
    answer = client.post("/api/workflow/execute?wait=60", json={"workflow": chain(far + path), "message": "x"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["execution"]["status"] == "completed", answer.text
    return answer.json()["execution"]["id"]


def watched(client: httpx2.Client, run: str) -> tuple[dict[str, Any], int]:
    """What the stream shows in the place of the value, and how long the stream is."""
    stream = client.get("/api/workflows/monitor", params={"execution_id": run})
    told = [json.loads(line[6:]) for line in stream.text.splitlines() if line.startswith("data: ")]
    shown = next(each["data"]["result"] for each in told if each["type"] == "node_completed" and each["data"]["node_id"] == "same")["inner"]
    return shown.get("base64", shown), len(stream.content)


@contextmanager
def peak(served: Product) -> Generator[list[int]]:
    """How far the process's memory rose in the block, in bytes: the highest it ever was, over what it was at the beginning."""
    assert served.process is not None
    proc = Path(f"/proc/{served.process.pid}")
    (proc / "clear_refs").write_text("5")
    before, found = _status(proc, "VmRSS"), list[int]()
    yield found
    found.append(_status(proc, "VmHWM") - before)


def _status(proc: Path, name: str) -> int:
    return next(int(line.split()[1]) * 1024 for line in (proc / "status").read_text().splitlines() if line.startswith(f"{name}:"))
