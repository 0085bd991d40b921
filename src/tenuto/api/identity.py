"""Who is calling: an API key or a session's cookie becomes a Principal, and the gate decides whether it may pass."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal, TypeAlias

from fastapi import Request

from tenuto.api.around.limits import Limits
from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Forbidden, Unauthenticated
from tenuto.services.delegation.tokens import access_prefix
from tenuto.services.services import Services

__all__ = ["Gate", "Needs", "address_of", "cookie_name"]

Needs: TypeAlias = Permission | Literal["known"] | None
"""What a route asks of its caller: a permission; `known`, to be anybody who is signed in; None, nothing."""

_safe = {"GET", "HEAD", "OPTIONS"}


def cookie_name(*, secure: bool) -> str:
    """The session cookie's name: over https browsers themselves hold a `__Host-` cookie to one host, its root and TLS."""
    return "__Host-tenuto" if secure else "tenuto"


@dataclass(frozen=True, slots=True)
class Gate:
    """What every call passes before its body is read."""

    services: Services
    limits: Limits
    origin: str
    """Where browsers reach us, `https://tenuto.example`."""
    secure: bool

    async def admit(self, request: Request, needs: Needs, *, delegated: bool = False) -> Principal | None:
        """The caller, if a route's need is met; None only on an open route. Applications that act for a member come in only by a `delegated` one.

        Raises `TooManyRequests`, `Unauthenticated` (nobody, or nobody known) and `Forbidden` (the role, or a foreign page).
        """
        await self.limits.of_address(address_of(request))
        if needs is None:
            return None
        principal = await self._identify(request, delegated=delegated)
        await self.limits.of_caller(principal)
        if needs != "known":
            principal.require(needs)
        return principal

    async def _identify(self, request: Request, *, delegated: bool) -> Principal:
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            token = token.strip(" ")
            if scheme.lower() != "bearer" or not token:
                raise Unauthenticated("The Authorization header carries no API key.", fix="Send Authorization: Bearer <API key>.")
            if not token.startswith(access_prefix):
                return await self.services.keys.identify(token)
            if not delegated:
                raise Unauthenticated("This access is for /mcp alone.", fix="Use an API key here.")
            return await self.services.delegation.tokens.identify(token)
        cookie = request.cookies.get(cookie_name(secure=self.secure))
        if not cookie:
            raise Unauthenticated("Nobody is signed in.", fix="Sign in, or send Authorization: Bearer <API key>.")
        self.refuse_foreign_page(request)
        return await self.services.sign_in.identify(cookie)

    def refuse_foreign_page(self, request: Request, *, from_browser: bool = True) -> None:
        """Refuse what another site's page makes a browser do with our cookie. Raises `Forbidden`.

        A browser says where a request comes from (`Sec-Fetch-Site`, `Origin`); one that changes something has to come from our
        own pages. `same-site` is not enough: another port or subdomain belongs to somebody else. A request that says nothing passes
        only where it need not come from a browser.
        """
        if request.method in _safe:
            return
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        foreign = (site not in {None, "same-origin"}) or (origin is not None and origin not in self._ours(request))
        if foreign or (from_browser and site is None and origin is None):
            raise Forbidden("This request does not come from Tenuto's own pages.", fix="Open Tenuto itself, or use an API key.")

    def _ours(self, request: Request) -> set[str]:
        """Origins of our pages: the public one, and the one that was asked (whose name `Envelope` has checked)."""
        scheme = "https" if self.secure else request.url.scheme
        return {self.origin, f"{scheme}://{request.headers.get('host', '')}"}


def address_of(request: Request) -> str:
    """The caller's network address as it is counted: an IPv6 network of /64 belongs to one subscriber."""
    host = request.client.host if request.client else "local"
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) and not address.ipv4_mapped else host
