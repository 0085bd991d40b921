"""A double of OAuth 2 authorization servers: real HTTP on loopback, written from RFC 6749, 7636, 7009, 7662 and 9207.

`async with oauth_double() as double`; a vendor's server is under `double.base(key)`, with the paths of its own, and a resource that
wants a live access token under `double.base(key) + "/api/…"`. What went wrong is counted: `reuses` is a refresh token or code that was
presented again, which ends its whole grant (RFC 9700 §4.14.2).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from tests.doubles import Wire, loopback, served
from tests.doubles.oauth_vendors import Vendor, vendors

Json = dict[str, Any]
Kind = Literal["html", "truncated", "slow", "drop_before", "drop_after", "server_error", "rate_limited"]
Endpoint = Literal["authorize", "token", "revoke", "introspect", "api"]

client_id = "client-of-the-double"
client_secret = "secret of the double: 50% + more/0123456789"
code_lifetime = 60


@dataclass
class Fault:
    """What goes wrong with the next `times` requests of one endpoint of a vendor."""

    vendor: str
    endpoint: Endpoint
    kind: Kind
    times: int = 1
    seconds: float = 1.0


@dataclass
class Grant:
    """What a person has allowed: one family of tokens."""

    vendor: str
    scopes: tuple[str, ...]
    offline: bool
    live: bool = True
    refreshes: int = 0
    access: list[str] = field(default_factory=list[str])


@dataclass
class Code:
    """An authorization code."""

    grant: Grant
    redirect: str
    challenge: str | None
    until: float
    used: bool = False


@dataclass
class Token:
    """An access or refresh token; a refresh token that rotated is `used`."""

    grant: Grant
    until: float | None
    used: bool = False
    dead: bool = False


@dataclass
class Call:
    """A request as it arrived, for tests to look at."""

    vendor: str
    endpoint: Endpoint
    method: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int = 0


class Refused(Exception):
    """An error of RFC 6749 §5.2."""

    def __init__(self, error: str, status: int = 400, description: str = "") -> None:
        super().__init__(error)
        self.error, self.status, self.description = error, status, description


@dataclass
class OAuthDouble:
    """Every vendor's server; readable and writable by tests."""

    url: str
    vendors: dict[str, Vendor] = field(default_factory=lambda: dict(vendors))
    redirects: set[str] = field(default_factory=set[str])
    """Registered redirect addresses; compared as they are."""
    codes: dict[str, Code] = field(default_factory=dict[str, Code])
    access: dict[str, Token] = field(default_factory=dict[str, Token])
    refresh: dict[str, Token] = field(default_factory=dict[str, Token])
    grants: list[Grant] = field(default_factory=list[Grant])
    calls: list[Call] = field(default_factory=list[Call])
    faults: list[Fault] = field(default_factory=list[Fault])
    denials: Counter[str] = field(default_factory=Counter[str])
    """How many of the next authorize requests of a vendor the person refuses."""
    refreshes: Counter[str] = field(default_factory=Counter[str])
    reuses: Counter[str] = field(default_factory=Counter[str])
    unauthorized: Counter[str] = field(default_factory=Counter[str])
    """Requests of the resource that came without a live token."""
    resources: dict[str, Any] = field(default_factory=dict[str, Any])
    """What a vendor's resource answers, `{"ok": true}` unless told."""
    pace: float = 0.0
    """Seconds a token request takes, so that others come while it is under way."""

    def base(self, vendor: str) -> str:
        """The address under which a vendor's paths are."""
        return f"{self.url}/{vendor}"

    def change(self, vendor: str, **quirks: Any) -> None:
        """Let a vendor differ from the facts, a shorter lifetime for one."""
        self.vendors[vendor] = replace(self.vendors[vendor], **quirks)

    def fail(self, vendor: str, endpoint: Endpoint, kind: Kind, *, times: int = 1, seconds: float = 1.0) -> None:
        """Let the next requests go wrong."""
        self.faults.append(Fault(vendor, endpoint, kind, times, seconds))

    def consent(self, vendor: str, *scopes: str) -> Json:
        """Tokens as a person's consent in a browser would have given them, without the browser."""
        return self.issue(self.granted(vendor, scopes, offline=True))

    def granted(self, vendor: str, scopes: tuple[str, ...], *, offline: bool) -> Grant:
        grant = Grant(vendor, scopes, offline)
        self.grants.append(grant)
        return grant

    def revoke(self, grant: Grant) -> None:
        """End a grant and all its tokens: as its owner does in the vendor's settings."""
        grant.live = False

    def issue(self, grant: Grant, *, refresh: str | None = None) -> Json:
        """New tokens of a grant; `refresh` is the refresh token that stays good."""
        vendor, now = self.vendors[grant.vendor], time.time()
        access = f"at-{grant.vendor}-{secrets.token_urlsafe(24)}"
        if vendor.old_access_dies:
            for former in grant.access:
                self.access[former].dead = True
        self.access[access] = Token(grant, now + vendor.lifetime if vendor.lifetime is not None else None)
        grant.access.append(access)
        answer: Json = {"access_token": access, "token_type": "bearer", "scope": vendor.separator.join(grant.scopes)}
        if vendor.lifetime is not None:
            answer["expires_in"] = vendor.lifetime
        if vendor.refresh != "never" and grant.offline:
            if refresh is None or vendor.refresh == "rotates":
                refresh = f"rt-{grant.vendor}-{secrets.token_urlsafe(24)}"
                self.refresh[refresh] = Token(grant, now + vendor.refresh_lifetime if vendor.refresh_lifetime else None)
                answer["refresh_token"] = refresh
            if vendor.refresh_lifetime:
                answer["refresh_token_expires_in"] = vendor.refresh_lifetime
        more = json.loads(json.dumps(dict(vendor.more)).replace("{url}", self.url))
        return {**more, vendor.token_under: answer} if vendor.token_under else {**more, **answer}

    def alive(self, token: str) -> bool:
        """Whether an access token is good now."""
        found = self.access.get(token)
        return found is not None and _good(found)

    def fault(self, vendor: str, endpoint: Endpoint) -> Fault | None:
        """The fault of this request, used up by it."""
        for fault in self.faults:
            if (fault.vendor, fault.endpoint) == (vendor, endpoint) and fault.times > 0:
                fault.times -= 1
                return fault
        return None


def _good(token: Token) -> bool:
    return token.grant.live and not token.used and not token.dead and (token.until is None or token.until > time.time())


async def _authorize(double: OAuthDouble, key: str, request: Request) -> Response:
    """RFC 6749 §4.1.1: an unknown client or redirect address is told to the person, never redirected to."""
    vendor, query = double.vendors[key], request.query_params
    redirect = query.get("redirect_uri", "")
    if query.get("client_id") != client_id or redirect not in double.redirects:
        return PlainTextResponse("invalid_request: unknown client or redirect_uri", 400)
    back = {"state": query["state"]} if "state" in query else {}
    if vendor.issuer:
        back["iss"] = double.base(key)
    scopes = tuple(scope for scope in query.get("scope", "").split(vendor.separator) if scope)
    if error := _wrong_request(vendor, query, scopes) or ("access_denied" if double.denials[key] else None):
        double.denials[key] -= error == "access_denied"
        return RedirectResponse(f"{redirect}?{urlencode(back | {'error': error})}", 302)
    parameter, value = vendor.offline or ("", "")
    offline = not parameter or (value in scopes if parameter == "scope" else query.get(parameter) == value)
    code = f"code-{secrets.token_urlsafe(16)}"
    challenge = query.get("code_challenge") if vendor.pkce != "ignored" else None
    double.codes[code] = Code(double.granted(key, scopes, offline=offline), redirect, challenge, time.time() + code_lifetime)
    return RedirectResponse(f"{redirect}?{urlencode(back | {'code': code})}", 302)


def _wrong_request(vendor: Vendor, query: Mapping[str, str], scopes: tuple[str, ...]) -> str | None:
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    challenge = query.get("code_challenge")
    if vendor.pkce == "required" and challenge is None:
        return "invalid_request"
    if vendor.pkce != "ignored" and challenge is not None:
        plain = query.get("code_challenge_method") != "S256"
        if plain or not re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge):  # the base64url of SHA-256 has 43 characters
            return "invalid_request"
    if vendor.scopes and not set(scopes) <= set(vendor.scopes):
        return "invalid_scope"
    return None


async def _token(double: OAuthDouble, key: str, request: Request) -> Response:
    given = await _body(double.vendors[key], request)
    _authenticate(double.vendors[key], request, given)
    await asyncio.sleep(double.pace)
    match given.get("grant_type"):
        case "authorization_code":
            answer = _exchange(double, key, given)
        case "refresh_token":
            answer = _refresh(double, key, given)
        case "client_credentials":
            answer = double.issue(double.granted(key, tuple(given.get("scope", "").split()), offline=False))
        case None:
            raise Refused("invalid_request", description="grant_type is missing")
        case _:
            raise Refused("unsupported_grant_type")
    if double.vendors[key].form_unless_asked and "application/json" not in request.headers.get("accept", ""):
        return Response(urlencode(answer), media_type="application/x-www-form-urlencoded")
    return JSONResponse(answer, headers={"cache-control": "no-store"})


def _exchange(double: OAuthDouble, key: str, given: Mapping[str, str]) -> Json:
    code = double.codes.get(given.get("code", ""))
    if code is None or code.grant.vendor != key:
        raise Refused("invalid_grant", description="unknown code")
    if code.used:  # RFC 6749 §4.1.2: tokens of a code that is used twice are revoked
        double.reuses[key] += 1
        double.revoke(code.grant)
        raise Refused("invalid_grant", description="used code")
    if code.until < time.time() or given.get("redirect_uri") != code.redirect:
        raise Refused("invalid_grant", description="expired code or another redirect_uri")
    verifier = given.get("code_verifier")
    if (code.challenge is None) != (verifier is None) and double.vendors[key].pkce != "ignored":
        raise Refused("invalid_grant", description="code_verifier without code_challenge, or the reverse")
    if code.challenge is not None and code.challenge != _challenge(verifier or ""):
        raise Refused("invalid_grant", description="code_verifier does not match")
    code.used = True
    return double.issue(code.grant)


def _refresh(double: OAuthDouble, key: str, given: Mapping[str, str]) -> Json:
    presented = given.get("refresh_token", "")
    token = double.refresh.get(presented)
    if token is None or token.grant.vendor != key:
        raise Refused("invalid_grant", description="unknown refresh token")
    if token.used:
        double.reuses[key] += 1
        double.revoke(token.grant)
        raise Refused("invalid_grant", description="used refresh token")
    if not _good(token):
        raise Refused("invalid_grant", description="expired or revoked refresh token")
    double.refreshes[key] += 1
    token.grant.refreshes += 1
    token.used = double.vendors[key].refresh == "rotates"
    return double.issue(token.grant, refresh=presented)


async def _revoke(double: OAuthDouble, key: str, request: Request) -> Response:
    """RFC 7009: a token that is not known is no error; a refresh token takes its grant along."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    given = {"token": bearer} if double.vendors[key].refusals == "slack" else await _body(double.vendors[key], request)
    if "token" not in given:
        raise Refused("invalid_request")
    token = double.refresh.get(given["token"]) or double.access.get(given["token"])
    if token is not None:
        token.dead = True
        double.revoke(token.grant)
    return JSONResponse({"ok": True, "revoked": token is not None} if double.vendors[key].refusals == "slack" else {})


async def _end_grant(double: OAuthDouble, key: str, request: Request) -> Response:
    """GitHub's "Delete an app authorization" (docs.github.com/rest/apps/oauth-applications): Basic as it is, the token in JSON, 204."""
    pair = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {pair}" or request.path_params["client"] != client_id:
        return JSONResponse({"message": "Not Found", "status": "404"}, 404)
    try:
        given = json.loads(await request.body())["access_token"]
    except (ValueError, KeyError, TypeError):
        return JSONResponse({"message": "Validation Failed", "status": "422"}, 422)
    if (token := double.access.get(given)) is None or token.grant.vendor != key or not token.grant.live:
        return JSONResponse({"message": "Not Found", "status": "404"}, 404)
    double.revoke(token.grant)
    return Response(status_code=204)


async def _end_current(double: OAuthDouble, key: str, request: Request) -> Response:
    """Zendesk's "Revoke Token" with the id `current` (developer.zendesk.com/api-reference/ticketing/oauth/oauth_tokens): 204."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not double.alive(bearer):
        return JSONResponse({"error": "invalid_token", "error_description": "The access token provided is invalid."}, 401)
    double.revoke(double.access[bearer].grant)
    return Response(status_code=204)


async def _introspect(double: OAuthDouble, key: str, request: Request) -> Response:
    """RFC 7662: of a token that is not good, nothing but that is told."""
    given = await _body(double.vendors[key], request)
    _authenticate(double.vendors[key], request, given)
    token = double.access.get(given.get("token", "")) or double.refresh.get(given.get("token", ""))
    if token is None or not _good(token):
        return JSONResponse({"active": False})
    until = {"exp": int(token.until)} if token.until else {}
    return JSONResponse({"active": True, "scope": " ".join(token.grant.scopes), "client_id": client_id, **until})


async def _resource(double: OAuthDouble, key: str, request: Request) -> Response:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not double.alive(token):
        double.unauthorized[key] += 1
        return JSONResponse({"message": "Bad credentials"}, 401, headers={"www-authenticate": 'Bearer error="invalid_token"'})
    return JSONResponse(double.resources.get(key, {"ok": True}))


async def _body(vendor: Vendor, request: Request) -> dict[str, str]:
    """Parameters of the body in the one form this vendor reads; twice the same is an error (RFC 6749 §3.2)."""
    content, media = await request.body(), request.headers.get("content-type", "").partition(";")[0]
    if media != ("application/json" if vendor.body == "json" else "application/x-www-form-urlencoded"):
        raise Refused("invalid_request", description=f"content type {media}")
    if vendor.body == "json":
        try:
            found = json.loads(content)
        except ValueError:
            raise Refused("invalid_request", description="not JSON") from None
        return {name: str(value) for name, value in cast("Json", found).items()}
    text = content.decode()
    if any(len(values) > 1 for values in parse_qs(text, keep_blank_values=True).values()):
        raise Refused("invalid_request", description="a parameter twice")
    return dict(parse_qsl(text, keep_blank_values=True))


def _authenticate(vendor: Vendor, request: Request, given: Mapping[str, str]) -> None:
    """RFC 6749 §2.3.1: Basic with form-encoded parts, or the body; never both."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    in_body = "client_secret" in given
    if in_body and scheme:
        raise Refused("invalid_request", description="two ways of client authentication")
    if vendor.client == ("basic" if in_body else "body"):
        raise Refused("invalid_client", 401, "client authentication in another place")
    name, secret = given.get("client_id", ""), given.get("client_secret", "")
    if not in_body and scheme.lower() == "basic":
        with contextlib.suppress(ValueError):
            name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        name, secret = unquote_plus(name), unquote_plus(secret)
    if (name, secret) != (client_id, client_secret):
        raise Refused("invalid_client", 401)


def _challenge(verifier: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier):
        return ""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _refusal(vendor: Vendor, refused: Refused) -> Response:
    if vendor.refusals == "slack":
        words = {"invalid_grant": "invalid_refresh_token", "invalid_client": "bad_client_secret"}
        return JSONResponse({"ok": False, "error": words.get(refused.error, refused.error)})
    said = {"error": refused.error} | ({"error_description": refused.description} if refused.description else {})
    if vendor.refusals == "ok200":
        words = {"invalid_grant": "bad_refresh_token", "invalid_client": "incorrect_client_credentials"}
        return JSONResponse(said | {"error": words.get(refused.error, refused.error)})
    headers = {"www-authenticate": "Basic"} if refused.status == 401 else {}
    return JSONResponse(said, refused.status, headers=headers)


Handler = Callable[[OAuthDouble, str, Request], Awaitable[Response]]


async def _answered(double: OAuthDouble, key: str, request: Request, handler: Handler) -> Response:
    try:
        return await handler(double, key, request)
    except Refused as refused:
        return _refusal(double.vendors[key], refused)


async def _with_fault(double: OAuthDouble, key: str, request: Request, handler: Handler, fault: Fault | None) -> Response:
    match fault.kind if fault else None:
        case "drop_before":
            return Wire([], cut=True)
        case "html":
            return Response("<!doctype html><h1>Down for maintenance</h1>", media_type="text/html")
        case "server_error":
            return JSONResponse({"error": "server_error"}, 503)
        case "rate_limited":
            return JSONResponse({"error": "slow_down"}, 429, headers={"retry-after": "1"})
        case _:
            pass
    if fault and fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    answer = await _answered(double, key, request, handler)
    if fault and fault.kind == "drop_after":
        return Wire([], cut=True)
    if fault and fault.kind == "truncated":
        content = bytes(answer.body)
        return Response(content[: len(content) // 2], media_type="application/json")
    return answer


def oauth_app(double: OAuthDouble) -> Starlette:
    """The ASGI application over a double's state."""

    def route(key: str, endpoint: Endpoint, path: str, method: str, handler: Handler) -> Route:
        async def enter(request: Request) -> Response:
            headers, body = dict(request.headers), await request.body()
            call = Call(key, endpoint, request.method, dict(request.query_params), headers, body)
            double.calls.append(call)
            answer = await _with_fault(double, key, request, handler, double.fault(key, endpoint))
            call.status = answer.status_code
            return answer

        return Route(f"/{key}{path}", enter, methods=[method])

    routes: list[Route] = []
    for key, vendor in double.vendors.items():
        routes.append(route(key, "authorize", vendor.authorize, "GET", _authorize))
        routes.append(route(key, "token", vendor.token, "POST", _token))
        if vendor.revoke:
            method, end = {"rfc": ("POST", _revoke), "grant": ("DELETE", _end_grant), "current": ("DELETE", _end_current)}[vendor.ends]
            routes.append(route(key, "revoke", vendor.revoke, method, end))
        if vendor.introspect:
            routes.append(route(key, "introspect", vendor.introspect, "POST", _introspect))
        routes += [route(key, "api", "/api/{path:path}", method, _resource) for method in ("GET", "POST")]
    return Starlette(routes=routes)


@contextlib.asynccontextmanager
async def oauth_double(*redirects: str) -> AsyncGenerator[OAuthDouble]:
    """A running double on 127.0.0.1, at which these redirect addresses are registered."""
    bound = loopback()
    double = OAuthDouble(f"http://127.0.0.1:{bound.getsockname()[1]}", redirects=set(redirects))
    async with served(oauth_app(double), bound, lambda: None):
        yield double
