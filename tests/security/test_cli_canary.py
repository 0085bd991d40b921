"""Threat 9, of the command line: secrets of every kind are given to it, used by its runs and echoed by a vendor, and it shows them nowhere.

The vendor is a connector of a package of its own, with each way to sign in; it speaks TLS on loopback and gives back all that it was sent.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.cli.conftest import Command, Said, bare, tenuto
from tests.security.test_account_canary import Everything, forms
from tests.security.test_canary import dump, traces
from tests.vault.certificates import certificate
from tests.vault.loopback import Script, Seen, loopback, reply

from tenuto.core.values import decode

__all__ = ["bare", "tenuto"]

ways = ("api_key", "query_key", "path_token", "basic", "client_credentials")
secrets = {way: f"{way}-Canary/8y+7z=6w5v4u3t2s1r-0123456789" for way in ways}
bought = "bought-token-Canary-0123456789abcdef"
moods = ("fine", "refused", "page", "unauthorised", "broken", "late")
package = '''
from pydantic import Field, JsonValue
from tenuto.core.auth import ApiKey, Basic, ClientCredentials, PathToken, QueryKey
from tenuto.core.connector import Connector, Params, Request, Result, Whoami

class Mood(Params):
    mood: str = Field(default="fine", description="How the vendor is.", examples=["fine"])

class Said(Result):
    said: JsonValue = Field(description="What it says.", examples=["hello"])

def made(key, auth, path=""):
    connector = Connector(
        key=key, name=key, doc="Echoes.", base_url="https://localhost:PORT/" + key + path, auth=auth,
        check=Request(result=Whoami, method="GET", path="/check", read=lambda answer, _: Whoami(account=str(answer.json["who"]))),
    )

    @connector.action(effect="read")
    def look(params: Mood) -> Request[Said]:
        """Look."""
        return Request(result=Said, method="GET", path="/{mood}")

    @connector.action(effect="write")
    def tell(params: Mood) -> Request[Said]:
        """Tell."""
        return Request(result=Said, method="POST", path="/{mood}", json={"said": params.mood})

    return connector

api_key = made("canary_api_key", ApiKey(prefix="Bearer "))
query_key = made("canary_query_key", QueryKey(parameter="key"))
path_token = made("canary_path_token", PathToken(), "/t{token}")
basic = made("canary_basic", Basic())
client_credentials = made("canary_client_credentials", ClientCredentials(token_url="https://localhost:PORT/token"))
'''


def installed(folder: Path, port: int) -> Path:
    """The package, as pip would leave it."""
    site = folder / "site"
    about = site / "canary-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "canary_vendor.py").write_text(package.replace("PORT", str(port)))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: canary\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tenuto]\ncanary = canary_vendor\n")
    return site


def answer(seen: Seen) -> Script:
    """By the last part of the address; everything in it is an echo."""
    path = unquote(urlsplit(seen.target).path)
    mood = path.rpartition("/")[2]
    if path == "/token":
        return reply(200, {"access_token": bought, "token_type": "bearer", "expires_in": 3600}, content_type="application/json")
    given = seen.headers.get("authorization", "").partition(" ")[2]
    key = "".join(parse_qs(urlsplit(seen.target).query).get("key", []))
    said = " ".join([seen.target, *(each for text in (given, key, *secrets.values()) if text for each in forms(text) if _sent(text, seen))])
    match mood:
        case "check" | "fine":
            return reply(200, {"who": "ada", "said": said}, content_type="application/json", x_echo=said)
        case "refused":
            return reply(400, {"error": said}, content_type="application/json", x_echo=said)
        case "unauthorised":
            return reply(401, {"error": said}, content_type="application/json", www_authenticate=said)
        case "late":
            return Script(f"HTTP/1.1 200 OK\r\nx-echo: {said[:300]}\r\ncontent-length: 99999\r\n\r\n{said}".encode(), close=True)
        case _:
            return reply(502 if mood == "broken" else 200, f"<html><title>{said}</title></html>".encode(), content_type="text/html")


def _sent(text: str, seen: Seen) -> bool:
    """Whether this request carried it: only what it carried is hidden in its answer."""
    basic = seen.headers.get("authorization", "").partition(" ")[2]
    opened = base64.b64decode(basic + "==").decode(errors="replace") if seen.headers.get("authorization", "").startswith("Basic") else ""
    return text in basic or text in unquote(seen.target) or text in opened


def flow(action: str) -> str:
    """A workflow that does it with every way and in every mood, and goes on after each failure."""
    nodes: list[dict[str, Any]] = [
        {
            "id": f"{way}_{mood}",
            "type": "integration",
            "config": {"integration": f"canary_{way}", "action": action, "params": {"mood": mood}},
            "on_error": "continue",
            "retry": {"attempts": 1},
        }
        for way in ways
        for mood in moods
        if action == "look" or mood in ("fine", "refused", "unauthorised")
    ]
    edges = [{"from": one["id"], "to": other["id"]} for one, other in itertools.pairwise(nodes)]
    last = {"id": "broken", "type": "integration", "config": nodes[-1]["config"] | {"params": {"mood": "broken"}}, "retry": {"attempts": 1}}
    if action == "look":
        edges.append({"from": nodes[-1]["id"], "to": "broken"})
        nodes.append(last)
    return json.dumps({"id": action, "name": action, "startNode": nodes[0]["id"], "nodes": nodes, "edges": edges})


class Terminal:
    """All that the command wrote."""

    def __init__(self, command: Command) -> None:
        self.command, self.texts = command, list[str]()

    async def say(self, *arguments: str | Path, feed: str = "", **environment: str) -> Said:
        done = await asyncio.to_thread(self.command, *arguments, feed=feed, **environment)
        self.texts.append(done.out + done.err)
        return done


async def connected(terminal: Terminal) -> list[str]:
    """An account of each way, given rightly and wrongly; their ids."""
    made: list[str] = []
    for way in ways:
        who = ["--user", "ada"] if way in ("basic", "client_credentials") else []
        done = await terminal.say("connections", "add", f"canary_{way}", *who, "--json", feed=secrets[way] + "\n")
        assert done.code == 0, done.err
        made.append(str(json.loads(done.out)["id"]))
    wrong = await terminal.say("connections", "add", "canary_api_key", "--way", "nonsense", feed=secrets["api_key"])
    assert wrong.code == 1
    again = await terminal.say(
        "connections", "add", "canary_query_key", "--user", "a\tb", feed=secrets["query_key"] + "\n\n\tx", TENUTO_DEBUG="1"
    )
    assert again.code == 1, again
    return made


def runs_of(listed: str) -> Iterator[str]:
    found = decode(listed)
    assert isinstance(found, dict)
    assert isinstance(found["executions"], list)
    for each in found["executions"]:
        assert isinstance(each, dict)
        yield str(each["id"])


async def test_the_command_line_shows_no_secret_of_any_kind(tenuto: Command, dsn: str, tmp_path: Path) -> None:
    serving, _ = certificate(tmp_path, "localhost")
    async with loopback(serving) as vendor:
        vendor.routes = Everything(answer)  # type: ignore[assignment]
        tenuto.environment |= {
            "PYTHONPATH": str(installed(tmp_path, vendor.port)),
            "SSL_CERT_FILE": str(tmp_path / "server.pem"),
            "TENUTO_EGRESS_ALLOW": "127.0.0.0/8,::1/128",
        }
        terminal = Terminal(tenuto)
        ids = await connected(terminal)
        look, tell = (tenuto.file(f"{action}.json", flow(action)) for action in ("look", "tell"))
        ran = [
            await terminal.say("run", look, "--json"),
            await terminal.say("run", tell, TENUTO_DEBUG="1"),
        ]
        assert '"calls":31' in ran[0].out, ran[0].err
        listed = await terminal.say("executions", "list", "--json")
        looks: list[tuple[str | Path, ...]] = [("connections", "test", ids[1]), ("connections", "show", ids[2])]
        for run in runs_of(listed.out):
            looks += [("executions", "show", run), ("executions", "watch", run, "--json"), ("executions", "value", run, "api_key_fine")]
        looks += [("connections", "list", "--json"), ("doctor",), ("connectors", "show", "canary_query_key"), ("simulate", look, "--json")]
        await asyncio.gather(*(terminal.say(*arguments) for arguments in looks))
        sent = " ".join(f"{unquote(seen.target)} {seen.headers.get('authorization', '')} {seen.body.decode()}" for seen in vendor.seen)
        kept = await dump(dsn)
    assert all(secrets[way] in sent for way in ("api_key", "query_key", "path_token")), "they went out"
    assert bought in sent
    shown = "\n".join(terminal.texts)
    assert "***" in shown, "there was something to hide"
    for place, text in (("terminal", shown), ("database", kept)):
        assert len(text) > 5_000, place
        for secret in (*secrets.values(), bought):
            found = traces(text, secret)
            assert found == [], (place, secret[:8], [text[max(0, text.find(form) - 300) :][:500] for form in found])
