"""The ways to sign in: every one has a name of its own, and says where it leads."""

from __future__ import annotations

from typing import get_args

from tenuto.core.auth import ApiKey, Auth, Basic, ClientCredentials, GitHubApp, NoAuth, OAuth2, PathToken, QueryKey
from tenuto.core.ways import Kind, base_field, kind_of, own_base, scopes_of, sign_in_urls, typed_in

oauth = OAuth2(authorize_url="https://a.example", token_url="https://t.example", scopes=("read",), base_url_field="instance_url")
client = ClientCredentials(token_url="https://t.example", scopes=("all",), base_url="https://own.example", base_url_field="api")
ways: tuple[Auth, ...] = (
    NoAuth(),
    ApiKey(base_url="https://own.example"),
    QueryKey(parameter="key", base_url="https://own.example"),
    PathToken(base_url="https://own.example/bot{token}"),
    Basic(base_url="https://own.example"),
    oauth,
    client,
    GitHubApp(),
)


def test_every_way_has_a_name_of_its_own() -> None:
    assert {type(way) for way in ways} == set(get_args(Auth))
    assert [kind_of(way) for way in ways] == list(get_args(Kind))


def test_a_secret_that_people_type_in_is_the_one_that_goes_out() -> None:
    assert {kind_of(way) for way in ways if typed_in(way)} == {"api_key", "query_key", "path_token", "basic"}


def test_only_some_ways_have_a_base_url_of_their_own() -> None:
    assert {kind_of(way) for way in ways if own_base(way)} == {"api_key", "query_key", "path_token", "basic", "client_credentials"}
    assert {kind_of(way): base_field(way) for way in ways if base_field(way)} == {"oauth2": "instance_url", "client_credentials": "api"}


def test_the_urls_of_a_sign_in_are_those_that_there_are() -> None:
    assert sign_in_urls(oauth) == ("https://a.example", "https://t.example")
    assert sign_in_urls(client) == ("https://t.example",)
    assert sign_in_urls(GitHubApp()) == ("https://api.github.com/app/installations/{installation_id}/access_tokens",)
    assert [sign_in_urls(way) for way in ways[:5]] == [()] * 5


def test_scopes_are_those_that_are_asked_for() -> None:
    assert {kind_of(way): scopes_of(way) for way in ways if scopes_of(way)} == {"oauth2": ("read",), "client_credentials": ("all",)}
