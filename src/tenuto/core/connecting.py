"""How accounts of a connector are connected: its ways to sign in, where each leads, and what people have to say for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tenuto.core.account import Account, AccountField, filled, moved, placeholders, plain_for, token_field
from tenuto.core.auth import Auth, NoAuth, OAuth2
from tenuto.core.connector import Connector, Request, Whoami
from tenuto.core.errors import AuthRejected, Invalid, Issue
from tenuto.core.values import pointer
from tenuto.core.ways import Kind, base_field, kind_of, own_base, sign_in_urls


def ways_of(connector: Connector) -> tuple[Auth, ...]:
    """All ways to sign in, the one that is offered first before the others."""
    return (connector.auth, *connector.also)


def way_of(connector: Connector, kind: Kind) -> Auth | None:
    """The way of that kind; None if the connector has none (any more)."""
    return next((way for way in ways_of(connector) if kind_of(way) == kind), None)


def way_kept(connector: Connector, kind: Kind | None) -> Auth | None:
    """The way of an account that was kept; the first where nobody asked which."""
    return connector.auth if kind is None else way_of(connector, kind)


def check_of(connector: Connector, way: Auth) -> Request[Whoami] | None:
    """What a secret of that way is tried with; None where there is nothing that would show a wrong one."""
    return connector.check if way in (connector.checks or (way,)) else None


def consent_of(connector: Connector) -> OAuth2 | None:
    """The way by which a person consents at the vendor; None if there is none."""
    return next((way for way in ways_of(connector) if isinstance(way, OAuth2)), None)


def base_template(connector: Connector, way: Auth) -> str:
    """The base URL of a way, its fields not yet filled in."""
    return own_base(way) or connector.base_url


def templates(connector: Connector, way: Auth) -> tuple[str, ...]:
    """Every URL that somebody who signs in by this way is led to, or whose requests go there; the base URL first."""
    return (base_template(connector, way), *sign_in_urls(way))


def fields_used(connector: Connector, way: Auth) -> tuple[str, ...]:
    """The fields of an account that is signed in to by this way, each once."""
    names = (name for template in templates(connector, way) for name in placeholders(template))
    return tuple(name for name in dict.fromkeys(names) if name != token_field)


def discovers(connector: Connector, way: Auth) -> bool:
    """Whether the vendor has to be asked for fields once the account is signed in to."""
    found = connector.discovery
    return found is not None and not set(found.gives).isdisjoint(fields_used(connector, way))


def fields_asked(connector: Connector, way: Auth) -> tuple[AccountField, ...]:
    """What people have to say, in the connector's order."""
    used = fields_used(connector, way)
    return tuple(field for field in connector.fields if field.name in used)


def fields_checked(connector: Connector, way: Auth, given: Mapping[str, str]) -> Mapping[str, str]:
    """What people said, if it is all that is asked and nothing else. Raises `Invalid` with an issue for each that is wrong."""
    asked = {field.name: field for field in fields_asked(connector, way)}
    issues = [_missing(field) for name, field in asked.items() if not given.get(name)]
    for name, value in given.items():
        if name not in asked:
            fix = f"Its fields are {', '.join(asked)}." if asked else "Leave it out."
            issues.append(_issue(name, "unknown-field", f"{connector.name} does not ask for {name}.", fix))
        elif value and not (plain_for(name, value) and re.fullmatch(asked[name].pattern, value)):
            issues.append(_issue(name, "field", f"This cannot be the {name} of an account.", f"For instance {asked[name].example}."))
    if issues:
        raise Invalid(issues[0].message, pointer=issues[0].pointer, fix=issues[0].fix, issues=tuple(issues))
    return dict(given)


def needs_account(connector: Connector) -> bool:
    """Whether there is nothing to be done without a connected account."""
    return not any(isinstance(way, NoAuth) and not fields_used(connector, way) for way in ways_of(connector))


def signs_in(connector: Connector) -> bool:
    """Whether there is anything that an account could be connected for: a secret, or fields of its addresses."""
    return any(not isinstance(way, NoAuth) or fields_used(connector, way) for way in ways_of(connector))


def varies(connector: Connector) -> bool:
    """Whether it depends on the account where requests go."""
    bases = {base_template(connector, way) for way in ways_of(connector)}
    if len(bases) > 1 or any(base_field(way) for way in ways_of(connector)):
        return True
    return any(name != token_field for base in bases for name in placeholders(base))


def base_url(connector: Connector, account: Account) -> str:
    """Where the requests of an account go.

    Raises `AuthRejected` for an account that has to be connected again, and `EgressRefused` for one that leads elsewhere.
    """
    way = way_of(connector, account.way)
    if way is None:
        raise AuthRejected(
            f"The connection {account.name} for {connector.key} is signed in to in a way that {connector.name} no longer has.",
            fix="Connect the account again.",
        )
    template = base_template(connector, way)
    if base_field(way) is None:
        return filled(template, account.fields)
    if account.base_url is None:
        raise AuthRejected(
            f"{connector.name} has not said where the account of the connection {account.name} is.", fix="Connect the account again."
        )
    return filled(moved(template, account.base_url, connector.domains), account.fields)


def _missing(field: AccountField) -> Issue:
    return _issue(field.name, "missing-field", f"The account's {field.name} is missing.", f"For instance {field.example}.")


def _issue(name: str, code: str, message: str, fix: str) -> Issue:
    return Issue(pointer=pointer("fields", name), code=code, message=message, fix=fix)
