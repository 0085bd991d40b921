"""Threat 20, files and git: no name leads out of a folder, no link out of it is followed, and no repository's hooks are run."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.api.conftest import Api, served
from tests.vault.loopback import loopback

import tenuto
from tenuto.api.site.files import WebFiles
from tenuto.cli.many.outfile import OutFile
from tenuto.core.errors import Malformed

package = Path(tenuto.__file__).parent
key = "sk-default-A1b2C3d4E5f6G7h8"

traversals = [
    "../pages.py", "..%2fpages.py", "%2e%2e/pages.py", "%2e%2e%2fpages.py", "..%5cpages.py", "....//pages.py", "%252e%252e%252fpages.py",
    "/etc/passwd", "%2fetc%2fpasswd", "home.js%00.css", "home.js/../../pages.py", "C:%5cwindows%5cwin.ini", "%c0%ae%c0%ae/pages.py",
    "file:///etc/passwd", "__init__.py", "HOME.JS", "home.js%2f..",
]  # fmt: skip
names = ["../../etc/cron.d/x", "/etc/passwd", "..", "a/b.txt", "a\\b.txt", "x\u202egpj.exe", "x" * 300]


async def test_no_name_leads_out_of_the_pages(api: Api, tmp_path: Path) -> None:
    assets = tmp_path / "app" / "assets"
    assets.mkdir(parents=True)
    for path in (assets / "home.js", assets / "pages.py", assets.parent / "pages.py", tmp_path / "secret.js"):
        path.write_text("import secret")
    (assets / "linked.js").symlink_to(tmp_path / "secret.js")
    api.app.state.web = WebFiles(assets.parent)
    for name in [*traversals, "linked.js", "../secret.js", "..%2f..%2fsecret.js", "pages.py", "home.js/", ".", ".."]:
        answer = await api.as_role("owner").get(f"/assets/{name}")
        assert answer.status_code in (307, 400, 404, 405, 422, 503), (name, answer.text[:200])
        assert "import" not in answer.text, name
        assert "root:" not in answer.text, name
    assert (await api.as_role("owner").get("/assets/home.js")).text == "import secret"


async def test_the_name_of_an_upload_is_only_a_name(dsn: str, tmp_path: Path) -> None:
    """It is handed to the agent provider, if it is a name at all, and no file of ours is called by it."""
    async with loopback() as vendor, served(dsn, tmp_path, LYZR_API_KEY=key, LYZR_BASE_URL=vendor.url, TENUTO_ENV="production") as api:
        before = everything(tmp_path)
        for name in ("report.txt", *names):
            vendor.seen.clear()
            answer = await api.as_role("operator").post("/api/upload", files={"files": (name, b"root::0:0::/:/bin/sh", "text/plain")})
            assert answer.status_code in (400, 422), (name, answer.text)  # what this vendor answers is none of its answers either
            assert vendor.seen or name != "report.txt"
            for seen in vendor.seen:
                [line] = [line for line in seen.body.decode().splitlines() if line.lower().startswith("content-disposition")]
                assert not {"/", "\\"} & set(line), (name, line)
        assert everything(tmp_path) == before
    assert not Path("/etc/cron.d/x").exists()


def everything(folder: Path) -> list[str]:
    return sorted(path.as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("suffix", [".part", ".new"])
def test_a_link_in_the_place_of_a_draft_is_not_followed(suffix: str, tmp_path: Path) -> None:
    """`--out /tmp/results.jsonl` writes two more files beside it, whose names anybody can guess."""
    victim, out = tmp_path / "victim", tmp_path / "results.jsonl"
    victim.write_text("mine")
    (tmp_path / f"results.jsonl{suffix}").symlink_to(victim)
    with pytest.raises(Malformed, match="cannot be written"):
        write(out)
    assert victim.read_text() == "mine"
    assert not out.exists()


def test_a_link_in_the_place_of_the_result_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "results.jsonl"
    victim.write_text("mine")
    out.symlink_to(victim)
    write(out)
    assert (victim.read_text(), out.is_symlink(), json.loads(out.read_text())) == ("mine", False, {"a": 1})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.jsonl", "victim"]


def write(out: Path) -> None:
    with OutFile(out) as file:
        file.add(1, {"a": 1})
        file.finish()


async def test_no_value_over_http_is_read_as_a_file(api: Api) -> None:
    """`--input @file` is the command line's alone: there the file is the caller's own."""
    for value in ("file:///etc/passwd", "@/etc/passwd", "/etc/passwd", "!include /etc/passwd", "${file:/etc/passwd}", "<@/etc/passwd"):
        node: JsonValue = {"id": "a", "type": "transform", "config": {"value": {"given": "{{ input }}", "written": value}}}
        document: JsonValue = {"name": "W", "startNode": "a", "nodes": [node]}
        body: JsonValue = {"workflow": document, "input": {"text": value}}
        answer = await api.as_role("owner").post("/api/workflow/execute?wait=30", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["execution"]["results"]["a"]["written"] == value
        assert "root:" not in answer.text


async def test_an_id_is_no_path(api: Api) -> None:
    for place in ("/api/workflows/{}", "/api/executions/{}"):
        for path in ("..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a%00b", ".git%2fhooks%2fpost-checkout"):
            answer = await api.as_role("owner").get(place.format(path))
            assert answer.status_code in (400, 404, 405, 422), (place, path, answer.text)
            assert "root:" not in answer.text


writers = {
    "app/installed.py": "the OpenAPI document that the person at the keyboard asked for, by a key of letters, digits and _",
    "cli/many/outfile.py": "the results that the person at the keyboard asked for, in the file that was named",
    "cli/value.py": "the value that the person at the keyboard asked for, in the file that was named",
    "engine/code/interpreters.py": "the sandbox's own script, in a fresh temporary folder",
    "store/server/account.py": "the folder of the embedded database",
    "store/server/cluster.py": "the settings of the embedded database",
    "store/server/embedded.py": "the folder of the embedded database",
    "vault/crypto.py": "the key, in the data folder",
}
"""Who writes files at all, and where: nobody does it by a name that comes over the network."""

writing = {
    "write_text", "write_bytes", "mkdir", "makedirs", "symlink_to", "hardlink_to", "os.symlink", "os.link", "os.rename", "os.mknod", "mkfifo",
    "chmod", "chown", "os.fdopen", "copyfile", "copytree", "rmtree", "extractall", "unpack_archive", "NamedTemporaryFile", "mkstemp",
}  # fmt: skip
"""Calls that write or move files, with their module where the word alone means other things too."""


def test_files_are_written_in_named_places_only() -> None:
    found = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if writes(ast.parse(path.read_text()))}
    assert found <= set(writers), found - set(writers)
    assert {"cli/many/outfile.py", "vault/crypto.py"} <= found


@pytest.mark.parametrize(
    "line", ["open('f', 'w')", "open('f', mode='ab')", "p.open('r+b')", "p.write_text('')", "os.fdopen(3, 'wb')", "z.extractall()"]
)
def test_the_scan_finds_what_it_looks_for(line: str) -> None:
    assert writes(ast.parse(line))
    assert not writes(ast.parse("open('f', 'rb')\np.open()\np.open(encoding='utf-8')"))


def writes(tree: ast.Module) -> bool:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        whole = ast.unparse(call.func)
        name = whole.rpartition(".")[2]
        if whole in writing or name in writing or (name == "open" and set(mode(call)) & set("wax+")):
            return True
    return False


def mode(call: ast.Call) -> str:
    """The mode of an open: named, or the one text that looks like one."""
    given = [word.value for word in call.keywords if word.arg == "mode"] or call.args[:2]
    texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return next((text for text in texts if text and set(text) <= set("rwaxbt+")), "")


def test_nobody_knows_of_git_or_archives() -> None:
    """No repository is cloned, no hook can run, and nothing is unpacked: the packages that do it are not imported."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            roots = {name.partition(".")[0] for name in named}
            assert not roots & {"git", "pygit2", "dulwich", "tarfile", "zipfile", "patoolib", "py7zr"}, path


def test_what_a_hidden_hook_would_do_is_not_done(tmp_path: Path) -> None:
    """A workflow file that lies in a repository is read as a file, whatever else lies there."""
    hooks, ran = tmp_path / ".git" / "hooks", tmp_path / "ran"
    hooks.mkdir(parents=True)
    for name in ("post-checkout", "pre-commit", "fsmonitor", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (hooks / name).chmod(0o755)
    (tmp_path / ".git" / "config").write_text(f"[core]\n\tfsmonitor = {hooks / 'fsmonitor'}\n")
    (tmp_path / "w.yaml").write_text("name: W\nstartNode: a\nnodes:\n  - {id: a, type: transform, config: {value: 1}}\n")
    done = subprocess.run([sys.executable, "-m", "tenuto", "validate", "w.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, ran.exists()) == (0, False), done.stderr
