"""How an API is signed in to: OpenAPI's security schemes as ours, one of each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tenuto.connectors.openapi.document import Document, Object, Operation, part, text
from tenuto.core.auth import ApiKey, Auth, Basic, ClientCredentials, NoAuth, OAuth2, QueryKey
from tenuto.core.errors import Invalid
from tenuto.core.values import pointer
from tenuto.core.ways import kind_of


@dataclass(frozen=True, kw_only=True)
class Ways:
    """The ways, by the scheme's name as well; `impossible` are the schemes that no way is like."""

    first: Auth
    others: tuple[Auth, ...]
    named: dict[str, Auth]
    impossible: frozenset[str]

    def scopes(self, document: Document, operation: Operation) -> tuple[str, ...]:
        """What the operation needs of an OAuth sign-in."""
        found = [
            str(scope)
            for requirement in requirements(document, operation)
            for name, scopes in requirement.items()
            if isinstance(self.named.get(name), OAuth2) and isinstance(scopes, list)
            for scope in scopes
        ]
        oauth = next((each for each in (self.first, *self.others) if isinstance(each, OAuth2)), None)
        return tuple(dict.fromkeys(scope for scope in found if oauth and scope in oauth.scopes))

    def possible(self, document: Document, operation: Operation) -> bool:
        """Whether one of the operation's ways to sign in is ours too."""
        wanted = requirements(document, operation)
        return not wanted or any(not set(requirement) & self.impossible for requirement in wanted)

    def admitted(self, document: Document, operation: Operation) -> tuple[Auth, ...]:
        """The ways by which the operation can be used where it is said that nobody uses it otherwise; none where it may be open to all.

        Where somebody named the way because the document knows of none at all, that is the way to every operation.
        """
        wanted = requirements(document, operation)
        if not self.named:
            return (self.first,) if (wanted and all(wanted)) or not _declared(document) else ()
        if not all(wanted):
            return ()
        alone = [self.named.get(name) for requirement in wanted if len(requirement) == 1 for name in requirement]
        return tuple(way for way in (self.first, *self.others) if way in alone)


def _declared(document: Document) -> bool:
    return "security" in document.content or any("security" in each.content for each in document.operations())


def requirements(document: Document, operation: Operation) -> list[Object]:
    """The operation's security requirements, else the document's: one of them has to be met."""
    given = operation.content.get("security", document.content.get("security"))
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def said(auth: str) -> Auth:
    """A way that somebody names because the document does not: `none`, `basic`, `bearer`, `header:X-Api-Key`, `query:key`."""
    kind, _, name = auth.partition(":")
    match kind, name:
        case "none", "":
            return NoAuth()
        case "basic", "":
            return Basic()
        case "bearer", "":
            return ApiKey(prefix="Bearer ", label="Token")
        case "header", name if re.fullmatch(r"[A-Za-z0-9-]{1,100}", name):
            return ApiKey(header=name)
        case "query", name if re.fullmatch(r"[\w.\[\]-]{1,100}", name):
            return QueryKey(parameter=name)
        case _:
            raise Invalid(f'"{auth}" is no way to sign in.', fix="One of none, basic, bearer, header:NAME, query:NAME.")


def ways_of(document: Document, auth: str | None = None) -> Ways:
    """Those of the document; in their place the one that somebody named. Raises `Invalid` for one that cannot be read."""
    if auth is not None:
        return Ways(first=said(auth), others=(), named={}, impossible=frozenset())
    named: dict[str, Auth] = {}
    impossible: set[str] = set()
    schemes = part(part(document.content, "components"), "securitySchemes")
    for name, given in schemes.items():
        scheme = document.resolved(given, pointer("components", "securitySchemes", name))
        if (way := _way(scheme)) is None:
            impossible.add(name)
        else:
            named[name] = way
    kinds: dict[str, Auth] = {}
    for way in named.values():
        kinds.setdefault(kind_of(way), way)
    first, *others = [*kinds.values()] or [NoAuth()]
    return Ways(first=first, others=tuple(others), named=named, impossible=frozenset(impossible))


def _way(scheme: Object) -> Auth | None:
    match text(scheme.get("type")), text(scheme.get("scheme")).lower(), text(scheme.get("in")):
        case "http", "basic", _:
            return Basic()
        case "http", "bearer", _:
            return ApiKey(prefix="Bearer ", label="Token")
        case "apiKey", _, "header":
            return ApiKey(header=text(scheme.get("name")))
        case "apiKey", _, "query":
            return QueryKey(parameter=text(scheme.get("name")))
        case "oauth2", _, _:
            return _oauth(part(scheme, "flows"))
        case _:
            return None


def _oauth(flows: Object) -> Auth | None:
    code, client = part(flows, "authorizationCode"), part(flows, "clientCredentials")
    if all(text(code.get(name)).startswith("https://") for name in ("authorizationUrl", "tokenUrl")):
        return OAuth2(
            authorize_url=text(code.get("authorizationUrl")),
            token_url=text(code.get("tokenUrl")),
            scopes=tuple(part(code, "scopes")),
            rotation="optional",
        )
    if text(client.get("tokenUrl")).startswith("https://"):
        return ClientCredentials(token_url=text(client.get("tokenUrl")), scopes=tuple(part(client, "scopes")))
    return None
