"""What contributors are told of the ways to sign in to their connectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import Field

from tenuto.core.account import AccountField, Discovery, host_name
from tenuto.core.auth import ApiKey, Basic, ClientCredentials, GitHubApp, OAuth2, PathToken, QueryKey
from tenuto.core.connector import Connector, Params, Request, Result, Whoami
from tenuto.testing import check_connector

site = AccountField(name="site", description="The name before .desk.example.", example="acme")
consent = OAuth2(authorize_url="https://{site}.desk.example/authorize", token_url="https://{site}.desk.example/token", scopes=("read",))
check = Request(result=Whoami, method="GET", path="/users/{who}", fill={"who": "me"})
discovery = Discovery(url="https://api.desk.example/sites", gives=("cloud_id",), read=lambda _: ())
desk = Connector(
    key="desk",
    name="Desk",
    doc="Tickets.",
    base_url="https://{site}.desk.example/api",
    auth=consent,
    also=(Basic(), ApiKey(base_url="https://api.desk.example/{cloud_id}"), PathToken(base_url="https://api.desk.example/bot{token}")),
    fields=(site,),
    discovery=discovery,
    check=check,
)


class Thing(Params):
    name: str = Field(description="Name.", examples=["bolt"])


class Found(Result):
    id: int = Field(description="Its id.", examples=[1])


@desk.action(effect="read", scopes=("read",))
def find(params: Thing) -> Request[Found]:
    """Find a thing."""
    return Request(result=Found, method="GET", path="/things/{name}")


def test_a_connector_with_many_ways_is_complete() -> None:
    assert check_connector(desk) == ()


def base(url: str) -> Connector:
    return replace(desk, base_url=url)


def fields(**changes: str) -> Connector:
    return replace(desk, fields=(replace(site, **changes),))


def also(way: ApiKey | Basic | QueryKey | PathToken | ClientCredentials | GitHubApp) -> Connector:
    return replace(desk, also=(*desk.also, way) if type(way) not in map(type, desk.also) else (way, desk.also[1]))


incomplete: dict[str, tuple[Connector, str, str]] = {
    "no check": (replace(desk, check=None), "check", "/check"),
    "a check that nothing fills": (replace(desk, check=replace(check, fill={})), "check", "/check"),
    "two of a kind": (replace(desk, also=(*desk.also, ApiKey(header="x-key"))), "ways", "/also"),
    "an unknown field": (base("https://{sight}.desk.example"), "placeholder", "/auth"),
    "a field that is no name": (base("https://{Site}.desk.example"), "placeholder", "/auth"),
    "a field in the query": (base("https://{site}.desk.example/api?of={site}"), "placeholder", "/auth"),
    "a field in the user": (base("https://{site}@{site}.desk.example/api"), "placeholder", "/auth"),
    "a field that reaches another domain": (base("https://{site}desk.example"), "host", "/auth"),
    "a field before a single label": (base("https://{site}.example"), "host", "/auth"),
    "a field that is the domain": (base("https://desk.{site}"), "host", "/auth"),
    "a discovered field at the sign-in": (
        replace(desk, auth=replace(consent, token_url="https://desk.example/{cloud_id}/token")),
        "placeholder",
        "/auth",
    ),
    "a sign-in without TLS": (replace(desk, auth=replace(consent, token_url="http://desk.example/token")), "url", "/auth"),
    "a way without TLS": (also(QueryKey(parameter="key", base_url="http://desk.example")), "url", "/also/3"),
    "an installation that nobody knows": (also(GitHubApp()), "placeholder", "/also/3"),
    "a token that no path has": (also(PathToken()), "token", "/also/0"),
    "a token in the host": (also(PathToken(base_url="https://{token}.desk.example")), "token", "/also/0"),
    "a token twice": (also(PathToken(base_url="https://desk.example/{token}/{token}")), "token", "/also/0"),
    "a token of another way": (also(QueryKey(parameter="key", base_url="https://desk.example/{token}")), "placeholder", "/also/3"),
    "a base URL without domains": (
        also(ClientCredentials(token_url="https://desk.example/token", base_url_field="instance_url")),
        "domains",
        "/domains",
    ),
    "a domain that is a label": (replace(desk, domains=("example",)), "domains", "/domains"),
    "a domain with a scheme": (replace(desk, domains=("https://desk.example",)), "domains", "/domains"),
    "a domain in capitals": (replace(desk, domains=("Desk.example",)), "domains", "/domains"),
    "a field that no URL has": (replace(desk, fields=(site, replace(site, name="more"))), "field", "/fields/1"),
    "a field that is discovered as well": (replace(desk, fields=(site, replace(site, name="cloud_id"))), "field", "/fields/1"),
    "a field called token": (replace(desk, fields=(site, replace(site, name="token"))), "field", "/fields/1"),
    "a field without a description": (fields(description=""), "description", "/fields/0"),
    "an example that does not match": (fields(example="a.b"), "example", "/fields/0"),
    "an example that no host has": (fields(example="-", pattern=".*"), "example", "/fields"),
    "a discovery of nothing": (replace(desk, also=(), discovery=discovery), "discovery", "/discovery"),
    "a discovery without TLS": (replace(desk, discovery=replace(discovery, url="http://desk.example")), "discovery", "/discovery"),
    "scopes that no consent asks for": (replace(desk, auth=replace(consent, scopes=())), "scopes", "/actions/find"),
}


@pytest.mark.parametrize(("connector", "code", "pointer"), incomplete.values(), ids=incomplete)
def test_what_is_wrong_with_a_sign_in_is_said_with_its_place(connector: Connector, code: str, pointer: str) -> None:
    issues = check_connector(connector)
    assert (code, pointer) in {(issue.code, issue.pointer) for issue in issues}
    assert all(issue.fix for issue in issues)


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: replace(whole, auth=GitHubApp(token_url="https://{site}.desk.example/token"), also=(), discovery=None, check=None),
        lambda whole: replace(whole, domains=("desk.example",), auth=replace(consent, base_url_field="instance_url")),
        lambda whole: replace(
            whole,
            base_url="https://{site}/api",
            auth=ApiKey(),
            also=(),
            discovery=None,
            fields=(replace(site, example="desk.acme.example", pattern=host_name),),
        ),
    ],
    ids=["no secret that is typed in", "a base URL that comes with a token", "an installation of the customer's own"],
)
def test_a_sign_in_may_have_less(change: Callable[[Connector], Connector]) -> None:
    assert check_connector(change(desk)) == ()


@pytest.mark.parametrize(("path", "url"), [("", None), ("/a", "https://feeds.example")])
def test_a_request_has_one_address(path: str, url: str | None) -> None:
    feeds = Connector(key="feeds", name="Feeds", doc="Feeds.", base_url="https://feeds.example")

    @feeds.action(effect="read")
    def read(params: Thing) -> Request[Found]:
        """Read a feed."""
        return Request(result=Found, method="GET", path=path, url=url)

    assert [(issue.code, issue.pointer) for issue in check_connector(feeds)] == [("path", "/actions/read")]
