"""A single call of a connector's action: `POST /api/integrations/{integration}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tenuto.api.fields import Done
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.errors import Malformed, NotFound

router = Router("/api/integrations", tag="Integrations")


class CallContext(BaseModel):
    """On whose behalf. Fields that are not known are passed over, as older clients expect."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user_id: str | None = Field(default=None, max_length=128, description="Whose connection is used.")
    connection: str | None = Field(
        default=None, max_length=128, description="The connection's name; else the user's own, else the default."
    )


class CallBody(BaseModel):
    """An action and its parameters."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"required": ["action"]})

    action: str | None = None
    params: dict[str, JsonValue] = Field(default_factory=dict, description="See /api/catalog for each action's.")
    context: CallContext = CallContext()
    simulate: bool | None = Field(
        default=None, description="true: nothing is sent; false: never simulated. By default simulated in development without a connection."
    )


class CallAnswer(Done):
    """The action's result."""

    result: JsonValue
    message: str
    simulated: bool = Field(description="Whether it was made up of examples, and nothing was sent.")


@router.post("/{integration}", permission=Permission.integration_call, also=(502, 504))
async def call_integration(
    integration: str,
    body: CallBody,
    caller: Caller,
    services: Provided,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=255, description="The same again is the same request to vendors that know such keys.")
    ] = None,
) -> CallAnswer:
    """Perform one action of a connector, now. In production a missing connection is a 401 that says what to connect."""
    if not body.action:
        raise Malformed("action is needed.", pointer="/action", fix="See /api/catalog for the actions.")
    try:
        services.catalog.action(caller, integration, body.action)
    except NotFound as unknown:
        if unknown.data.pointer != "/action":
            raise
        # Older clients count on 400 here: the address is right, the body is not.
        raise Malformed(unknown.data.detail, pointer="/action", fix=unknown.data.fix) from None
    called = await services.integrations.call(
        caller,
        integration,
        body.action,
        body.params,
        user_id=body.context.user_id,
        connection=body.context.connection,
        simulated=body.simulate,
        idempotency_key=idempotency_key,
    )
    done = f"{integration}.{body.action} is done."
    message = f"Simulated: nothing was sent. Connect {integration} to have it done." if called.simulated else done
    return CallAnswer(result=called.result, message=message, simulated=called.simulated)
