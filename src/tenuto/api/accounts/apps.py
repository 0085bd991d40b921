"""OAuth apps, which an owner registers at vendors and puts here: `/api/oauth/apps`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field, SecretStr

from tenuto.api.fields import Ask, Done, Said
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.services.connections.apps import OAuthApp

router = Router("/api/oauth/apps", tag="Connections")

Name = Annotated[str, Path(max_length=64, description="Such as `google` or `github`.")]


class AppBody(Ask):
    """What the vendor gave the app."""

    client_id: str = Field(min_length=1, max_length=500)
    client_secret: SecretStr = Field(default=SecretStr(""), max_length=4096, description="Nobody reads it back. Empty for a public client.")


class AppAnswer(Done):
    """One app."""

    app: OAuthApp
    redirect: str = Field(description="The redirect address to register at the vendor, exactly so.")


class AppsAnswer(Done):
    """All apps there could be."""

    apps: tuple[OAuthApp, ...]
    redirect: str = Field(description="The redirect address to register at the vendor, exactly so.")


@router.get("", permission=Permission.key_manage)
async def list_apps(caller: Caller, services: Provided) -> AppsAnswer:
    """One for each vendor whose accounts are connected by consent, whether there is an app or not."""
    return AppsAnswer(apps=tuple(await services.oauth_apps.list(caller)), redirect=services.connections.consents.redirect)


@router.put("/{name}", permission=Permission.key_manage)
async def put_app(name: Name, body: AppBody, caller: Caller, services: Provided) -> AppAnswer:
    """Keep an app's id and secret. Accounts that were connected with another app have to be connected again."""
    app = await services.oauth_apps.put(caller, name, body.client_id, body.client_secret)
    return AppAnswer(app=app, redirect=services.connections.consents.redirect)


@router.delete("/{name}", permission=Permission.key_manage)
async def delete_app(name: Name, caller: Caller, services: Provided) -> Said:
    """Forget an app; the operator's, where one is set, is used again."""
    await services.oauth_apps.delete(caller, name)
    return Said(message="OAuth app deleted.")
