"""How a route is declared: with the permission it needs, checked before its body is read, and with every failure documented."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any, TypedDict, TypeVar, Unpack, cast

from fastapi import APIRouter, Depends, Request
from fastapi.params import Form
from fastapi.responses import Response
from fastapi.routing import APIRoute

from tenuto.api.around.challenge import challenged
from tenuto.api.bodies import BoundedRequest, default_limit
from tenuto.api.identity import Gate, Needs
from tenuto.api.problems import always, documented
from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Forbidden, Malformed, Unauthenticated
from tenuto.services.services import Services

__all__ = ["Caller", "Permission", "Provided", "Router", "gate"]

F = TypeVar("F", bound=Callable[..., object])


def gate(request: Request) -> Gate:
    """The gate of the application that serves a request."""
    return cast("Gate", request.app.state.gate)


# Coroutines although they await nothing: FastAPI sends a plain function to a thread and waits for it, twice a call.
async def _caller(request: Request) -> Principal:
    principal = cast("Principal | None", getattr(request.state, "caller", None))
    if principal is None:
        raise Unauthenticated("This needs a caller, and nobody known is calling.")
    return principal


async def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


Caller = Annotated[Principal, Depends(_caller)]
"""Who is calling; already checked for the route's permission."""

Provided = Annotated[Services, Depends(_services)]
"""The use cases."""


class GuardedRoute(APIRoute):
    """A route that asks who is calling, and whether that one may, before a byte of the body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """FastAPI's, behind the gate."""
        handle = super().get_route_handler()
        needs = cast("Needs", getattr(self.endpoint, "__permission__", None))
        limit = cast("int", getattr(self.endpoint, "__body_limit__", default_limit))
        delegated = cast("bool", getattr(self.endpoint, "__delegated__", False))
        reads_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def guarded(request: Request) -> Response:
            if "\0" in request.url.path or "%00" in request.url.query:
                raise Malformed("The address holds a NUL character.")
            try:
                request.state.caller = await gate(request).admit(request, needs, delegated=delegated)
            except (Unauthenticated, Forbidden) as problem:
                if not delegated:
                    raise
                return challenged(request, gate(request), problem)
            bounded = BoundedRequest(request, limit)
            if reads_json:
                await bounded.json()
            return await handle(bounded)

        return guarded


class Options(TypedDict, total=False):
    """What a route may say beside its path and permission."""

    open_because: str
    """Why nobody has to sign in; demanded with `permission=None`, and only there."""
    limit: int
    """Bytes its body may have; 5 MB unless told (see `bodies`)."""
    also: Sequence[int]
    """Statuses of failures beside the usual ones (502 and 504 where something outside is called)."""
    status_code: int
    responses: Mapping[int | str, Mapping[str, object]]
    """Answers that are no failures, beside the one of `status_code`."""
    response_class: type[Response]
    response_model: object
    response_model_exclude_none: bool
    response_model_exclude_unset: bool
    summary: str
    openapi_extra: dict[str, object]
    include_in_schema: bool
    delegated: bool
    """Whether applications that act for a member may call it; they are told where to ask."""


class Router:
    """Routes of one area; an application is made of the `routes.routes` of all."""

    def __init__(self, prefix: str = "", *, tag: str) -> None:
        """`tag` is the heading under which the documentation lists them."""
        self.routes = APIRouter(prefix=prefix, tags=[tag], route_class=GuardedRoute)

    def get(self, path: str, *, permission: Needs, **options: Unpack[Options]) -> Callable[[F], F]:
        """Declare a GET route."""
        return self._route("GET", path, permission, options)

    def head(self, path: str, *, permission: Needs, **options: Unpack[Options]) -> Callable[[F], F]:
        """Declare a HEAD route."""
        return self._route("HEAD", path, permission, options)

    def post(self, path: str, *, permission: Needs, **options: Unpack[Options]) -> Callable[[F], F]:
        """Declare a POST route."""
        return self._route("POST", path, permission, options)

    def put(self, path: str, *, permission: Needs, **options: Unpack[Options]) -> Callable[[F], F]:
        """Declare a PUT route."""
        return self._route("PUT", path, permission, options)

    def patch(self, path: str, *, permission: Needs, **options: Unpack[Options]) -> Callable[[F], F]:
        """Declare a PATCH route."""
        return self._route("PATCH", path, permission, options)

    def delete(self, path: str, *, permission: Needs, **options: Unpack[Options]) -> Callable[[F], F]:
        """Declare a DELETE route."""
        return self._route("DELETE", path, permission, options)

    def _route(self, method: str, path: str, permission: Needs, options: Options) -> Callable[[F], F]:
        name = f"{method} {self.routes.prefix}{path}"
        reason = options.pop("open_because", "")
        if (permission is None) != bool(reason):
            raise TypeError(f"{name} names a permission, or says with open_because why it needs none.")
        if (media := options.get("response_class", Response).media_type) not in {None, "application/json"}:
            raise TypeError(f"{name} would describe its failures as {media} too: say response_class=Response, and what 200 is by hand.")
        limit = options.pop("limit", default_limit)
        delegated = options.pop("delegated", False)
        failures = documented([*always, *options.pop("also", ()), *((401, 403) if permission else ())])
        responses = {**failures, **options.pop("responses", {})}

        def declare(endpoint: F) -> F:
            declared = {"__permission__": permission, "__open_because__": reason, "__body_limit__": limit, "__delegated__": delegated}
            if any(endpoint.__dict__.get(key, value) != value for key, value in declared.items()):
                raise TypeError(f"{name} is declared twice, with different permissions or limits.")
            endpoint.__dict__.update(declared)
            extra = {"x-permission": permission or "open", **options.pop("openapi_extra", {})}
            if permission is not None:
                extra["security"] = [{"key": []}, {"session": []}]
            self.routes.add_api_route(
                path, endpoint, methods=[method], responses=cast("Any", responses), openapi_extra=extra, **cast("Any", options)
            )
            return endpoint

        return declare
