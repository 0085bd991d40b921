"""The ways to sign in to a connector: what each asks, and where its requests go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest

from tenuto.core.account import Account, AccountField, Discovery, host_name
from tenuto.core.auth import ApiKey, Auth, Basic, ClientCredentials, GitHubApp, NoAuth, OAuth2, PathToken
from tenuto.core.connecting import (
    base_url,
    discovers,
    fields_asked,
    fields_checked,
    fields_used,
    needs_account,
    templates,
    varies,
    way_of,
    ways_of,
)
from tenuto.core.connector import Connector
from tenuto.core.errors import AuthRejected, EgressRefused, Invalid
from tenuto.core.ways import Kind

consent = OAuth2(authorize_url="https://auth.desk.example/authorize", token_url="https://auth.desk.example/{region}/token")
password = Basic(base_url="https://{site}.desk.example/rest")
key = ApiKey()
site = AccountField(name="site", description="The name before .desk.example.", example="acme")
region = AccountField(name="region", description="Where it is kept.", example="eu")
installation = AccountField(name="installation_id", description="Of the app.", example="12", pattern="[0-9]+")
desk = Connector(
    key="desk",
    name="Desk",
    base_url="https://api.desk.example/ex/{cloud_id}",
    auth=consent,
    also=(password, key),
    fields=(region, site),
    discovery=Discovery(url="https://api.desk.example/sites", gives=("cloud_id",), read=lambda _: ()),
)
crm = Connector(
    key="crm",
    name="CRM",
    base_url="https://login.crm.example/data",
    auth=replace(consent, token_url="https://login.crm.example/token", base_url_field="instance_url"),
    domains=("crm.example",),
)
plain = Connector(key="plain", name="Plain", base_url="https://api.plain.example", auth=key)


def account(way: Kind, base: str | None = None, **fields: str) -> Account:
    return Account(id=UUID(int=1), name="mine", way=way, fields=fields, base_url=base)


def test_a_way_is_known_by_its_kind() -> None:
    assert ways_of(desk) == (consent, password, key)
    assert way_of(desk, "basic") is password
    assert way_of(desk, "github_app") is None


def test_a_way_asks_only_for_what_its_urls_have() -> None:
    assert templates(desk, password) == ("https://{site}.desk.example/rest",)
    assert templates(desk, consent)[0] == desk.base_url
    assert {way: fields_used(desk, way) for way in ways_of(desk)} == {
        consent: ("cloud_id", "region"),
        password: ("site",),
        key: ("cloud_id",),
    }
    assert {way: fields_asked(desk, way) for way in ways_of(desk)} == {consent: (region,), password: (site,), key: ()}
    assert {way: discovers(desk, way) for way in ways_of(desk)} == {consent: True, password: False, key: True}
    assert not discovers(plain, key)


def test_a_github_app_asks_for_its_installation_and_a_token_is_no_field() -> None:
    hub = Connector(key="hub", name="Hub", base_url="https://api.github.com", auth=GitHubApp(), fields=(installation,))
    assert fields_asked(hub, hub.auth) == (installation,)
    bot = Connector(key="bot", name="Bot", base_url="https://api.bot.example/bot{token}", auth=PathToken())
    assert fields_used(bot, bot.auth) == ()


def test_what_people_say_is_kept_if_it_is_what_was_asked() -> None:
    assert fields_checked(desk, password, {"site": "acme"}) == {"site": "acme"}
    assert fields_checked(desk, key, {}) == {}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, {("/fields/site", "missing-field")}),
        ({"site": ""}, {("/fields/site", "missing-field")}),
        ({"site": "https://acme.desk.example"}, {("/fields/site", "field")}),
        ({"site": "acme.desk.example"}, {("/fields/site", "field")}),
        ({"site": "acme\n"}, {("/fields/site", "field")}),
        ({"site": "acme", "cloud_id": "1"}, {("/fields/cloud_id", "unknown-field")}),
        (
            {"region": "eu", "a/b": ""},
            {("/fields/site", "missing-field"), ("/fields/region", "unknown-field"), ("/fields/a~1b", "unknown-field")},
        ),
    ],
)
def test_every_wrong_field_is_named_with_its_place(given: Mapping[str, str], wrong: set[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as refused:
        fields_checked(desk, password, given)
    assert {(issue.pointer, issue.code) for issue in refused.value.data.issues} == wrong
    assert all(issue.fix for issue in refused.value.data.issues)
    assert refused.value.data.pointer in {pointer for pointer, _ in wrong}


def test_a_pattern_that_allows_more_than_an_address_does_not_count() -> None:
    loose = replace(
        plain, base_url="https://{host}/x", fields=(AccountField(name="host", description="Its host.", example="a.b", pattern=".*"),)
    )
    assert fields_checked(loose, key, {"host": "desk.acme.example"})
    with pytest.raises(Invalid):
        fields_checked(loose, key, {"host": "acme.example/x?"})


@pytest.mark.parametrize(
    ("auth", "also", "base", "needed", "moving"),
    [
        (key, (), "https://a.example", True, False),
        (NoAuth(), (), "https://a.example", False, False),
        (NoAuth(), (key,), "https://a.example", False, False),
        (key, (NoAuth(),), "https://a.example", False, False),
        (NoAuth(), (), "https://{host}/x", True, True),
        (key, (), "https://{site}.a.example", True, True),
        (key, (password,), "https://a.example", True, True),
        (ApiKey(base_url="https://b.example"), (), "https://a.example", True, False),
        (PathToken(), (), "https://a.example/bot{token}", True, False),
        (ClientCredentials(token_url="https://a.example", base_url_field="api"), (), "https://a.example", True, True),
    ],
)
def test_an_account_matters_where_it_is_signed_in_to_or_its_address_is_its_own(
    auth: Auth, also: tuple[Auth, ...], base: str, needed: bool, moving: bool
) -> None:
    made = Connector(key="made", name="Made", base_url=base, auth=auth, also=also)
    assert (needs_account(made), varies(made)) == (needed, moving)


def test_requests_go_where_the_way_of_the_account_says() -> None:
    assert base_url(desk, account("basic", site="acme")) == "https://acme.desk.example/rest"
    assert base_url(desk, account("oauth2", cloud_id="11-22", region="eu")) == "https://api.desk.example/ex/11-22"
    assert base_url(plain, account("api_key")) == "https://api.plain.example"
    assert base_url(crm, account("oauth2", "https://acme.my.crm.example")) == "https://acme.my.crm.example/data"


def test_a_base_url_that_nobody_asked_the_vendor_for_is_not_followed() -> None:
    assert base_url(plain, account("api_key", "https://evil.example")) == "https://api.plain.example"


def test_an_account_that_cannot_be_used_as_it_is_has_to_be_connected_again() -> None:
    for connector, unusable in ((desk, account("github_app")), (desk, account("basic")), (crm, account("oauth2"))):
        with pytest.raises(AuthRejected) as refused:
            base_url(connector, unusable)
        assert refused.value.data.fix


def test_an_account_never_leads_out_of_the_vendors_domains() -> None:
    for connector, bad in (
        (desk, account("basic", site="evil.example/")),
        (desk, account("oauth2", cloud_id="..")),
        (crm, account("oauth2", "https://crm.example.evil.example")),
    ):
        with pytest.raises(EgressRefused):
            base_url(connector, bad)


def test_a_customers_own_installation_is_reached_by_its_host() -> None:
    host = AccountField(name="host", description="Its host.", example="git.acme.example", pattern=host_name)
    own = Connector(key="own", name="Own", base_url="https://{host}/api/v4", auth=key, fields=(host,))
    assert fields_checked(own, key, {"host": "git.acme.example"}) == {"host": "git.acme.example"}
    assert base_url(own, account("api_key", host="git.acme.example")) == "https://git.acme.example/api/v4"
