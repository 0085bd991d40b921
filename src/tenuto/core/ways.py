"""The ways to sign in: what each is called outside, and to which addresses it leads."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias, assert_never

from tenuto.core.auth import ApiKey, Auth, Basic, ClientCredentials, GitHubApp, NoAuth, OAuth2, PathToken, QueryKey

Kind: TypeAlias = Literal["none", "api_key", "query_key", "path_token", "basic", "oauth2", "client_credentials", "github_app"]
"""Of each kind an integration has one way at most, so that the kind names it."""


def kind_of(auth: Auth) -> Kind:
    """What a way to sign in is called."""
    match auth:
        case NoAuth():
            return "none"
        case ApiKey():
            return "api_key"
        case QueryKey():
            return "query_key"
        case PathToken():
            return "path_token"
        case Basic():
            return "basic"
        case OAuth2():
            return "oauth2"
        case ClientCredentials():
            return "client_credentials"
        case GitHubApp():
            return "github_app"
        case _:
            assert_never(auth)


def sign_in_urls(auth: Auth) -> tuple[str, ...]:
    """Where a way signs in, beside the API itself; the URLs may have placeholders."""
    match auth:
        case OAuth2():
            urls = (auth.authorize_url, auth.token_url, auth.revoke_url, auth.introspect_url)
            return tuple(url for url in urls if url is not None)
        case ClientCredentials() | GitHubApp():
            return (auth.token_url,)
        case NoAuth() | ApiKey() | QueryKey() | PathToken() | Basic():
            return ()
        case _:
            assert_never(auth)


def own_base(auth: Auth) -> str | None:
    """The base URL that a way has of its own; None where it uses the connector's."""
    match auth:
        case ApiKey() | QueryKey() | PathToken() | Basic() | ClientCredentials():
            return auth.base_url
        case NoAuth() | OAuth2() | GitHubApp():
            return None
        case _:
            assert_never(auth)


def base_field(auth: Auth) -> str | None:
    """The field of the token's answer that says where this account's API is; None where no answer says so."""
    match auth:
        case OAuth2() | ClientCredentials():
            return auth.base_url_field
        case NoAuth() | ApiKey() | QueryKey() | PathToken() | Basic() | GitHubApp():
            return None
        case _:
            assert_never(auth)


def typed_in(auth: Auth) -> bool:
    """Whether people type the secret in that goes out with requests, so that only a request shows whether it is right."""
    return isinstance(auth, ApiKey | QueryKey | PathToken | Basic)


class Labels(NamedTuple):
    """What the vendor calls what people type in; None for what they do not."""

    user: str | None
    secret: str | None


def labels_of(auth: Auth) -> Labels:
    """What is typed in for a way."""
    match auth:
        case ApiKey(label=label) | QueryKey(label=label) | PathToken(label=label):
            return Labels(None, label)
        case Basic(user_label=user, label=label):
            return Labels(user, label)
        case ClientCredentials():
            return Labels("Client id", "Client secret")
        case GitHubApp():
            return Labels("App id", "Private key (PEM)")
        case NoAuth() | OAuth2():
            return Labels(None, None)
        case _:
            assert_never(auth)


def scopes_of(auth: Auth) -> tuple[str, ...]:
    """The scopes that a way asks for; none where whoever made the secret decided what it may do."""
    return auth.scopes if isinstance(auth, OAuth2 | ClientCredentials) else ()
