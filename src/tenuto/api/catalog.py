"""What workflows can be built of: `/api/catalog`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Query, Response
from pydantic import JsonValue

from tenuto.api.fields import Done
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.errors import Malformed
from tenuto.core.values import decode
from tenuto.services.catalog import Choice
from tenuto.services.catalog_views import CatalogView

router = Router("/api/catalog", tag="Catalog")

_fresh = "private, no-cache"
"""It may be kept, and is asked for again with its tag."""


class CatalogAnswer(CatalogView, Done):
    """Everything that is installed."""


class OptionsAnswer(Done):
    """The values to choose from."""

    options: tuple[Choice, ...]
    simulated: bool


@router.get(
    "",
    permission=Permission.catalog_read,
    response_model=CatalogAnswer,
    responses={304: {"description": "It is the one the caller has."}},
)
async def get_catalog(caller: Caller, services: Provided, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Node kinds, connectors with their actions, and agent providers, with JSON schemas, ports, effects and examples."""
    data, tag = await services.catalog.view(caller)
    headers = {"ETag": tag, "Cache-Control": _fresh}
    if if_none_match is not None and tag in (part.strip().removeprefix("W/") for part in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(b'{"success":true,' + data[1:], media_type="application/json", headers=headers)


@router.get("/{connector}/{action}/options", permission=Permission.integration_call, also=(401, 502, 504))
async def get_options(
    *,
    connector: str,
    action: str,
    parameter: Annotated[str, Query(max_length=128, description="The parameter whose values are wanted.")],
    caller: Caller,
    services: Provided,
    params: Annotated[str | None, Query(max_length=10_000, description="JSON object: what was filled in so far.")] = None,
    user_id: Annotated[str | None, Query(max_length=128, description="Whose connection is asked.")] = None,
) -> OptionsAnswer:
    """The values that a parameter may have, as the connected application lists them; in simulation from examples."""
    filled = _object(params)
    found = await services.catalog.options(caller, connector, action, parameter, params=filled, user_id=user_id)
    return OptionsAnswer(options=found.options, simulated=found.simulated)


def _object(text: str | None) -> dict[str, JsonValue]:
    value = decode(text) if text else {}
    if not isinstance(value, dict):
        raise Malformed("params is no JSON object.", pointer="/params", fix='Send something like {"owner":"acme"}.')
    return value
