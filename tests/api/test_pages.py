"""The web app as it is served: one page for all of its addresses, files for good under their hash, each as short as a browser takes it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.api.conftest import Api

from tenuto.api.site.files import WebFiles, codings
from tenuto.api.site.pages import places

script = "console.log('held');\n" * 200


@pytest.fixture
def built(api: Api, tmp_path: Path) -> Path:
    """A folder as the build leaves it; the `.br` holds what no decoder reads, to be known again."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Tenuto</title>")
    (tmp_path / "theme.js").write_text("// theme")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (assets / "index-B1a2.js").write_text(script)
    (assets / "index-B1a2.js.gz").write_bytes(gzip.compress(script.encode()))
    (assets / "small-C3d4.css").write_text("p{}")
    api.app.state.web = WebFiles(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/sign-in", *(f"/{name}" for name in places), "/workflows/support/steps", "/runs/a%2Fb?node=x"])
async def test_every_address_of_the_app_is_the_one_page(path: str, api: Api, built: Path) -> None:
    answer = await api.client().get(path)
    assert answer.status_code == 200
    assert answer.text == "<!doctype html><title>Tenuto</title>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_page_is_asked_for_anew_and_runs_only_our_own_scripts(api: Api, built: Path) -> None:
    headers = (await api.client().get("/")).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert headers["cache-control"] == "no-cache"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "tenuto"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert headers["x-content-type-options"] == "nosniff"
    (built / "index.html").write_text("built anew")
    assert (await api.client().get("/runs")).text == "built anew"


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/executions/none", "/assets", "/assets/none-A1.js", "/oauth/nothing", "/.well-known/nothing"]
)
async def test_what_is_no_page_stays_a_problem(path: str, api: Api, built: Path) -> None:
    answer = await api.as_role("owner").get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.json()["success"] is False


@pytest.mark.parametrize("path", ["/workflow", "/nothing", "/index.html"])
async def test_an_address_that_is_nowhere_is_said_by_the_app_to_people_and_by_a_problem_to_programs(
    path: str, api: Api, built: Path
) -> None:
    page = await api.client().get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.text) == (404, "<!doctype html><title>Tenuto</title>")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    answer = await api.as_role("owner").get(path)
    assert (answer.status_code, answer.json()["success"]) == (404, False)
    assert (await api.client().post(path, headers={"Accept": "text/html"})).headers["content-type"] == "application/json"


async def test_files_with_a_hash_are_kept_for_good_and_those_without_are_not(api: Api, built: Path) -> None:
    for path, kept in (
        ("/assets/index-B1a2.js", "public, max-age=31536000, immutable"),
        ("/theme.js", "no-cache"),
        ("/favicon.svg", "max-age=86400"),
    ):
        answer = await api.client().get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == kept
    assert (await api.client().get("/assets/small-C3d4.css")).headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1, gzip;q=0", None),
        ("*", "gzip"),
        ("*;q=0", None),
        ("identity", None),
        ("gzip;q=0.000", None),
        ("GZIP", "gzip"),
    ],
)
async def test_a_browser_gets_what_it_takes_of_what_there_is(accepted: str, coding: str | None, api: Api, built: Path) -> None:
    answer = await api.client().get("/assets/index-B1a2.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.text == script
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_the_shortest_form_comes_first(api: Api, built: Path) -> None:
    (built / "assets" / "index-B1a2.js.br").write_bytes(b"brotli")
    async with api.client().stream("GET", "/assets/index-B1a2.js", headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert answer.headers["content-encoding"] == "br"
        assert b"".join([part async for part in answer.aiter_raw()]) == b"brotli"
    assert (await api.client().get("/assets/index-B1a2.js.br")).status_code == 404


def test_codings_are_read_as_the_standard_has_them() -> None:
    assert codings("") == ()
    assert codings("br") == ("br",)
    assert codings("gzip;q=0.5, br;q=0.1") == ("br", "gzip")
    assert codings("*, br;q=0") == ("gzip",)
    assert codings(";;,q=0,=") == ()


async def test_where_no_app_was_built_it_is_said_what_to_do(api: Api, tmp_path: Path) -> None:
    api.app.state.web = WebFiles(tmp_path / "none")
    for_people = await api.client().get("/runs", headers={"Accept": "text/html,*/*"})
    assert for_people.status_code == 503
    assert "make web" in for_people.text
    assert "default-src 'none'" in for_people.headers["content-security-policy"]
    assert (await api.client().get("/")).json()["fix"] == "Run `make web` in the checkout."
