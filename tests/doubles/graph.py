"""A double of Microsoft Graph v1.0: a mailbox, a calendar, Teams, and the subscriptions that tell of their changes.

From https://learn.microsoft.com/en-us/graph/ (errors, throttling, throttling-limits, query-parameters, paging, delta-query-overview,
change-notifications-delivery-webhooks, api/resources/subscription, api/subscription-post-subscriptions, conditional-access) and the
pages that its parts name. Everything stands below `/v1.0`, and without it for a client whose base URL holds the version. Graph demands
https of a notification URL; the double takes http on loopback as well, for tests. JSON batching and files are not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.graph_base import Refusal, context, given, paged, wrong
from tests.doubles.graph_calendar import Calendar
from tests.doubles.graph_mail import Mail
from tests.doubles.graph_teams import Teams
from tests.doubles.vendor import Books, Endpoint, Fault, Json, Routes, Vendor

_sections = {"messages": 10_080, "events": 10_080, "chatMessage": 4_320}
"""How many minutes a subscription may live."""
_asked = {
    "changeType", "notificationUrl", "resource", "expirationDateTime", "clientState", "lifecycleNotificationUrl", "includeResourceData",
    "latestSupportedTlsVersion", "encryptionCertificate", "encryptionCertificateId", "notificationQueryOptions",
}  # fmt: skip


class Graph(Vendor):
    """Microsoft 365 of one person, `address`; parts: `mail`, `calendar`, `teams`."""

    key = "microsoft365"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.address, self.name, self.user = "ada@example.com", "Ada Lovelace", str(uuid4())
        self.users: list[Json] = [
            {"id": self.user, "displayName": self.name, "mail": self.address, "userPrincipalName": self.address},
            {"id": str(uuid4()), "displayName": "Grace Hopper", "mail": "grace@example.com", "userPrincipalName": "grace@example.com"},
        ]
        self.subscriptions: list[Json] = []
        self.pending: list[tuple[Json, Json]] = []
        """Subscription and notification, until `deliver`."""
        self.mail, self.calendar, self.teams = Mail(self), Calendar(self), Teams(self)

    def routes(self) -> Routes:
        own: Routes = [
            ("GET", "/me", self._me),
            ("GET", "/users", self._list_users),
            ("GET", "/users/{user}", self._one_user),
            ("GET", "/subscriptions", self._list),
            ("POST", "/subscriptions", self._subscribe),
            ("GET", "/subscriptions/{id}", self._get),
            ("PATCH", "/subscriptions/{id}", self._renew),
            ("DELETE", "/subscriptions/{id}", self._unsubscribe),
            *self.teams.routes(),
        ]
        for method, path, endpoint in [*self.mail.routes(), *self.calendar.routes()]:
            own += [(method, f"/me{path}", endpoint), (method, f"/users/{{user}}{path}", endpoint)]
        return [(method, version + path, self._entered(endpoint)) for version in ("/v1.0", "") for method, path, endpoint in own]

    def refuse(self, fault: Fault) -> Response:
        return _refusal(fault).answer()

    def limits(self, request: Request) -> Mapping[str, str]:
        """Not the limit, which Graph does not tell: what names the request in a support case."""
        return {"request-id": str(uuid4()), "client-request-id": request.headers.get("client-request-id", str(uuid4()))}

    def changed(self, change: str, resource: str, item: Json, kind: str) -> None:
        """Note what the subscriptions are to be told."""
        for each in self.subscriptions:
            # "/me/messages", "me/messages" and "users/{id}/messages" are the same.
            wanted = re.sub(r"^/?users/[^/]+/", "me/", each["resource"]).lstrip("/")
            if wanted.lower() == resource.lower() and change in each["changeType"].split(",") and _alive(each):
                data = {"@odata.type": f"#Microsoft.Graph.{kind}", "@odata.id": f"{resource}/{item['id']}", "id": item["id"]}
                data |= {"@odata.etag": item["@odata.etag"]} if "@odata.etag" in item else {}
                told = {"subscriptionId": each["id"], "subscriptionExpirationDateTime": each["expirationDateTime"], "changeType": change}
                told |= {"resource": data["@odata.id"], "resourceData": data, "tenantId": str(uuid4())}
                self.pending.append((each, told | ({"clientState": each["clientState"]} if each.get("clientState") else {})))

    async def deliver(self) -> list[int]:
        """Send what is pending, one by one, as POST; the statuses of the answers."""
        statuses: list[int] = []
        async with httpx2.AsyncClient(trust_env=False, timeout=10) as client:
            while self.pending:
                subscription, told = self.pending.pop(0)
                statuses.append((await client.post(subscription["notificationUrl"], json={"value": [told]})).status_code)
        return statuses

    def _entered(self, endpoint: Endpoint) -> Endpoint:
        async def enter(request: Request, sent: Any) -> Response:
            try:
                self._may_see(request)
                return await endpoint(request, sent)
            except Refusal as refusal:
                return refusal.answer()

        return enter

    def _may_see(self, request: Request) -> None:
        """Others are known, and what they have is theirs."""
        user = request.path_params.get("user", self.user)
        if self._user(user) is not self.users[0] and not request.url.path.endswith(f"/{user}"):
            raise Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    def _user(self, id: str) -> Json:
        found = next((each for each in self.users if id in (each["id"], each["userPrincipalName"])), None)
        if found is None:
            text = f"Resource '{id}' does not exist or one of its queried reference-property objects are not present."
            raise Refusal(404, "Request_ResourceNotFound", text)
        return found

    async def _me(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"@odata.context": f"{context}users/$entity"} | self.users[0])

    async def _one_user(self, request: Request, _sent: Any) -> Response:
        return JSONResponse({"@odata.context": f"{context}users/$entity"} | self._user(request.path_params["user"]))

    async def _list_users(self, request: Request, _sent: Any) -> Response:
        return paged(self.users, request, self.books, usual=100, most=999, what="users")

    async def _list(self, request: Request, _sent: Any) -> Response:
        return paged([each for each in self.subscriptions if _alive(each)], request, self.books, usual=100, most=999, what="subscriptions")

    async def _get(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(self._one(request))

    def _one(self, request: Request) -> Json:
        found = next((each for each in self.subscriptions if each["id"] == request.path_params["id"] and _alive(each)), None)
        if found is None:
            raise Refusal(404, "ResourceNotFound", "The object was not found.")
        return found

    async def _subscribe(self, _request: Request, sent: Any) -> Response:
        asked = given(sent, _asked, "subscription")
        kinds = str(asked.get("changeType") or "").split(",")
        if not set(kinds) <= {"created", "updated", "deleted"}:
            raise wrong("The value for changeType is not valid.", "InvalidRequest")
        for name in ("notificationUrl", "resource", "expirationDateTime"):
            if not asked.get(name):
                raise wrong(f"The required property {name} is missing.", "InvalidRequest")
        if len(asked.get("clientState") or "") > 128:
            raise wrong("clientState must be at most 128 characters.", "InvalidRequest")
        _may_live(asked["resource"], asked["expirationDateTime"], bool(asked.get("lifecycleNotificationUrl")))
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            if asked.get(name):
                await _validate(asked[name])
        made = {"id": str(uuid4()), "applicationId": str(uuid4()), "creatorId": self.user, "clientState": None, **asked}
        self.subscriptions.append(made)
        self.happened(sent, f"subscription:{made['id']}")
        return JSONResponse({"@odata.context": f"{context}subscriptions/$entity"} | made, 201)

    async def _renew(self, request: Request, sent: Any) -> Response:
        found = self._one(request)
        asked = given(sent, {"expirationDateTime", "notificationUrl"}, "subscription")
        _may_live(found["resource"], asked.get("expirationDateTime"), bool(found.get("lifecycleNotificationUrl")))
        found |= asked
        self.happened(sent, f"renew:{found['id']}")
        return JSONResponse(found)

    async def _unsubscribe(self, request: Request, _sent: Any) -> Response:
        self.subscriptions.remove(self._one(request))
        self.happened(None, f"unsubscribe:{request.path_params['id']}")
        return Response(status_code=204)


def _alive(subscription: Json) -> bool:
    return datetime.fromisoformat(subscription["expirationDateTime"]) > datetime.now(UTC)


def _may_live(resource: str, until: Any, lifecycle: bool) -> None:
    """Refuses a time that is past, too far, or beyond an hour for Teams without a lifecycle URL."""
    kind = "events" if "event" in resource else "chatMessage" if re.match(r"/?(chats|teams)/", resource) else "messages"
    if kind == "messages" and "/messages" not in f"/{resource}":
        raise wrong(f"Resource '{resource}' is not supported.", "InvalidRequest")
    try:
        left = datetime.fromisoformat(until) - datetime.now(UTC)
    except (TypeError, ValueError) as error:
        raise wrong("Subscription expiration is not a time with its zone.", "InvalidRequest") from error
    if not timedelta(0) < left <= timedelta(minutes=_sections[kind]):
        raise wrong(f"Subscription expiration can only be {_sections[kind]} minutes in the future.", "ValidationError")
    if kind == "chatMessage" and left > timedelta(hours=1) and not lifecycle:
        raise wrong("LifecycleNotificationUrl is required for subscriptions of this resource beyond an hour.", "ValidationError")


async def _validate(url: str) -> None:
    """The endpoint has to answer the token as plain text with 200, within ten seconds."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise wrong("The notification URL has to be https.", "InvalidRequest")
    token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid4()}"
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=10) as client:
            answer = await client.post(url, params={"validationToken": token}, headers={"content-type": "text/plain; charset=utf-8"})
    except httpx2.HTTPError as error:
        raise wrong("Subscription validation request timed out.", "ValidationError") from error
    if answer.status_code != 200:
        text = "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request."
        raise wrong(text, "ValidationError")
    if answer.text != token or not answer.headers.get("content-type", "").startswith("text/plain"):
        raise wrong(
            "Subscription validation request failed. Response must exactly match validationToken query parameter.", "ValidationError"
        )


def _refusal(fault: Fault) -> Refusal:
    match fault.kind:
        case "rate_limited":
            return Refusal(429, "TooManyRequests", "Too many requests.", {"retry-after": "10"})
        case "secondary_limit":
            return Refusal(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", {"retry-after": "1"})
        case "unauthorized":
            if fault.error == "claims":
                # Continuous access evaluation: the claims go back to the authorize endpoint.
                challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
                text = challenge + 'error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="'
                message = "Continuous access evaluation resulted in challenge with result: InteractionRequired"
                return Refusal(401, "InvalidAuthenticationToken", message, {"www-authenticate": text})
            return Refusal(
                401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.", {"www-authenticate": "Bearer"}
            )
        case "forbidden":
            return Refusal(403, fault.error or "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        case "invalid":
            return Refusal(
                400, fault.error or "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set."
            )
        case "unavailable":
            return Refusal(
                503, "serviceNotAvailable", "The service is not available. Try the request again after a delay.", {"retry-after": "5"}
            )
        case _:
            return Refusal(500, "generalException", "An unexpected error occurred.")
