"""The double of Microsoft Graph over real HTTP; its properties are held against the vendor's document."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from tests.doubles import graph_calendar, graph_mail, graph_teams, loopback, served
from tests.doubles.graph import Graph
from tests.doubles.graph_base import fresh_id
from tests.doubles.vendors import VendorsDouble

theirs = Path(__file__).parents[2].parent / "shared" / "specs" / "msgraph-core-2022-05.json"
marker = "0123456789abcdef01234567"
grace = {"emailAddress": {"address": "grace@example.com"}}


@pytest.fixture
def graph(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> httpx2.AsyncClient:
    caller.base_url = f"{vendors.url}/microsoft365/v1.0/"
    return caller


def message(**more: Any) -> dict[str, Any]:
    return {"subject": "Tea", "body": {"contentType": "Text", "content": "At <four>?"}, "toRecipients": [grace]} | more


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_what_it_knows_is_in_the_vendors_document() -> None:
    if not theirs.exists():
        pytest.skip(f"vendor contracts are not there: {theirs.name} is looked for in <project>/../shared/specs")
    schemas = json.loads(theirs.read_text())["components"]["schemas"]

    def properties(name: str) -> set[str]:
        parts = schemas[name].get("allOf", [schemas[name]])
        above = [properties(part["$ref"].rpartition("/")[2]) for part in parts if "$ref" in part]
        return set[str]().union(*above, *(part.get("properties", {}) for part in parts))

    assert graph_mail.known <= properties("microsoft.graph.message")
    assert graph_calendar.known <= properties("microsoft.graph.event")
    assert graph_teams.known <= properties("microsoft.graph.chatMessage")


async def test_mail_is_accepted_without_an_id_and_stands_in_sent_items(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    headers = [{"name": "x-tenuto-step", "value": marker}]
    answer = await graph.post("me/sendMail", json={"message": message(internetMessageHeaders=headers)})
    assert (answer.status_code, answer.content, vendors.effects) == (202, b"", {marker: 1})
    found = (await graph.get("me/mailFolders/SentItems/messages", params={"$select": "subject,internetMessageHeaders"})).json()["value"]
    assert [(each["subject"], each["internetMessageHeaders"]) for each in found] == [("Tea", headers)]
    assert (await graph.post("me/sendMail", json={"message": message(), "saveToSentItems": False})).status_code == 202
    assert len(vendors[Graph].mail.messages) == 1


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ({"message": message(toRecipients=[])}, "ErrorInvalidRecipients"),
        ({"message": message(toRecipients=[{"emailAddress": {"address": "grace"}}])}, "ErrorInvalidRecipients"),
        ({"message": message(colour="red")}, "RequestBodyRead"),
        ({"message": message(body="text")}, "RequestBodyRead"),
        ({"message": message(internetMessageHeaders=[{"name": "Bcc", "value": "x"}])}, "InvalidInternetMessageHeader"),
        ({"message": message(internetMessageHeaders=[{"name": "x-a", "value": "x\r\nBcc: y"}])}, "InvalidInternetMessageHeader"),
        ({"message": message(attachments=[{"name": "a.txt", "contentBytes": ""}])}, "UnableToDeserializePostBody"),
        ("text", "BadRequest"),
    ],
)
async def test_what_a_mail_cannot_be(vendors: VendorsDouble, graph: httpx2.AsyncClient, sent: Any, wanted: str) -> None:
    refused = await graph.post("me/sendMail", json=sent)
    assert code(refused) == (400, wanted)
    assert vendors.effects == {}
    assert set(refused.json()["error"]["innerError"]) == {"date", "request-id", "client-request-id"}


async def test_a_draft_is_written_changed_sent_and_has_another_id_then(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    draft = (await graph.post("me/messages", json=message(internetMessageId="<tea@example.com>"))).json()
    assert (draft["isDraft"], draft["body"]["contentType"]) == (True, "html")
    stale = {"if-match": draft["@odata.etag"]}
    assert (await graph.patch(f"me/messages/{draft['id']}", json={"subject": "Coffee"}, headers=stale)).is_success
    assert code(await graph.patch(f"me/messages/{draft['id']}", json={"subject": "Milk"}, headers=stale)) == (
        412,
        "ErrorIrresolvableConflict",
    )
    assert (await graph.post(f"me/messages/{draft['id']}/send")).status_code == 202
    assert code(await graph.get(f"me/messages/{draft['id']}")) == (404, "ErrorItemNotFound")
    found = (await graph.get("me/messages", params={"$filter": "internetMessageId eq '<tea@example.com>'"})).json()["value"]
    assert [(each["subject"], each["isDraft"]) for each in found] == [("Coffee", False)]
    assert code(await graph.patch(f"me/messages/{found[0]['id']}", json={"subject": "Milk"})) == (400, "ErrorInvalidPropertySet")
    kept = (await graph.post("me/messages", json=message())).json()["id"]
    assert (await graph.post(f"me/messages/{kept}/send", headers={"prefer": 'IdType="ImmutableId"'})).status_code == 202
    assert (await graph.get(f"me/messages/{kept}")).json()["isDraft"] is False


async def test_a_reply_goes_to_who_wrote_and_stays_in_the_conversation(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    first = vendors[Graph].mail.receive("Tea", "At four?")
    assert (await graph.post(f"me/messages/{first['id']}/reply", json={"comment": "Yes"})).status_code == 202
    sent = vendors[Graph].mail.messages[0]
    assert (sent["subject"], sent["conversationId"], sent["toRecipients"]) == ("RE: Tea", first["conversationId"], [first["from"]])
    both = {"comment": "Yes", "message": {"body": {"contentType": "text", "content": "No"}}}
    assert code(await graph.post(f"me/messages/{first['id']}/reply", json=both)) == (400, "ErrorInvalidArgument")
    draft = await graph.post(f"me/messages/{first['id']}/createForward", json={"toRecipients": [grace]})
    assert (draft.status_code, draft.json()["subject"], draft.json()["isDraft"]) == (201, "FW: Tea", True)


async def test_lists_filter_order_select_and_go_on_at_their_link(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    for number in range(5):
        vendors[Graph].mail.receive(f"Mail {number}", receivedDateTime=f"2026-01-0{number + 1}T10:00:00Z", isRead=number == 4)
    vendors.page_max = 2
    where = "receivedDateTime ge 2026-01-02T00:00:00Z and isRead eq false and startswith(subject,'mail')"
    query = {"$filter": where, "$orderby": "receivedDateTime desc", "$select": "subject", "$top": "3"}
    page = (await graph.get("me/mailFolders/inbox/messages", params=query)).json()
    found = page["value"]
    while "@odata.nextLink" in page:
        page = (await graph.get(page["@odata.nextLink"])).json()
        found += page["value"]
    assert [each["subject"] for each in found] == ["Mail 3", "Mail 2", "Mail 1"]
    assert set(found[0]) == {"@odata.etag", "id", "subject"}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"$search": '"tea"', "$filter": "isRead eq false"}, "SearchWithFilter"),
        ({"$search": '"tea"', "$orderby": "receivedDateTime"}, "SearchWithOrderBy"),
        ({"$search": "tea"}, "BadRequest"),
        ({"$filter": "from/emailAddress/address eq 'a@b.c'", "$orderby": "receivedDateTime"}, "InefficientFilter"),
        ({"$filter": "colour eq 'red'"}, "BadRequest"),
        ({"$filter": "receivedDateTime ge '2026-01-01'"}, "BadRequest"),
        ({"$filter": "isRead eq false and"}, "BadRequest"),
        ({"$select": "colour"}, "BadRequest"),
        ({"$top": "1001"}, "ErrorInvalidUrlQuery"),
    ],
)
async def test_queries_that_are_refused(vendors: VendorsDouble, graph: httpx2.AsyncClient, query: dict[str, str], wanted: str) -> None:
    vendors[Graph].mail.receive("tea")
    assert code(await graph.get("me/messages", params=query)) == (400, wanted)


async def test_the_search_finds_words_and_may_lag(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    vendors[Graph].mail.receive("Tea", "At four?")
    vendors[Graph].mail.receive("Coffee", "No tea", sender="eve@example.com")
    found = (await graph.get("me/messages", params={"$search": '"from:grace AND tea"'})).json()["value"]
    assert [each["subject"] for each in found] == ["Tea"]
    vendors[Graph].mail.unindexed = True
    assert len((await graph.get("me/messages", params={"$search": '"tea"'})).json()["value"]) == 1


async def test_a_delta_tells_what_changed_and_forgets_in_the_end(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    mail = vendors[Graph].mail
    first, second = mail.receive("One"), mail.receive("Two")
    start = (
        await graph.get("me/mailFolders/inbox/messages/delta", params={"$select": "subject"}, headers={"prefer": "odata.maxpagesize=1"})
    ).json()
    rest = (await graph.get(start["@odata.nextLink"])).json()
    assert [each["subject"] for each in start["value"] + rest["value"]] == ["Two", "One"]
    mail.receive("Three")
    await graph.delete(f"me/messages/{first['id']}")
    changes = (await graph.get(rest["@odata.deltaLink"])).json()
    assert [each.get("subject", each.get("@removed")) for each in changes["value"]] == ["Three", {"reason": "deleted"}]
    assert (await graph.get(changes["@odata.deltaLink"])).json()["value"] == []
    mail.changes.oldest = 99
    assert code(await graph.get(changes["@odata.deltaLink"])) == (410, "SyncStateNotFound")
    assert second["parentFolderId"] == mail.folders["inbox"]


def event(**more: Any) -> dict[str, Any]:
    times = [{"dateTime": f"2026-03-02T{hour}:00:00", "timeZone": "Europe/Berlin"} for hour in (10, 11)]
    return {"subject": "Tea", "start": times[0], "end": times[1], "attendees": [grace | {"type": "required"}]} | more


async def test_an_event_of_a_transaction_is_made_once(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    made, again = [(await graph.post("me/events", json=event(transactionId=marker))).json() for _ in range(2)]
    assert (made["id"], made["start"]) == (again["id"], {"dateTime": "2026-03-02T09:00:00.0000000", "timeZone": "UTC"})
    assert vendors.effects == {marker: 1}
    assert code(await graph.post("me/events", json=event(transactionId=marker, subject="Other"))) == (409, "ErrorDuplicateTransactionId")
    here = await graph.get(f"me/events/{made['id']}", headers={"prefer": 'outlook.timezone="Europe/Berlin"'})
    assert here.json()["start"]["dateTime"] == "2026-03-02T10:00:00.0000000"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"start": None}, "RequestBodyRead"),
        ({"end": {"dateTime": "2026-03-02T08:00:00", "timeZone": "UTC"}}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "2026-03-02T08:00:00", "timeZone": "Mars/Phobos"}}, "TimeZoneNotSupportedException"),
        ({"isAllDay": True}, "ErrorInvalidRequest"),
        ({"attendees": [{"emailAddress": {"address": "grace"}}]}, "ErrorInvalidRecipients"),
        ({"colour": "red"}, "RequestBodyRead"),
    ],
)
async def test_what_an_event_cannot_be(vendors: VendorsDouble, graph: httpx2.AsyncClient, change: dict[str, Any], wanted: str) -> None:
    assert code(await graph.post("me/events", json=event(**change))) == (400, wanted)
    assert vendors[Graph].calendar.events == []


async def test_the_view_has_the_occurrences_of_a_time(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    weekly = {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}, "range": {"type": "noEnd", "startDate": "2026-03-02"}}
    master = (await graph.post("me/events", json=event(recurrence=weekly))).json()
    vendors[Graph].calendar.add("Lunch", "2026-03-10T12:00:00", "2026-03-10T13:00:00")
    query = {"startDateTime": "2026-03-09T00:00:00Z", "endDateTime": "2026-03-17T00:00:00Z"}
    found = (await graph.get("me/calendarView", params=query)).json()["value"]
    assert [(each["subject"], each["type"], each["start"]["dateTime"][:10]) for each in found] == [
        ("Tea", "occurrence", "2026-03-09"),
        ("Lunch", "singleInstance", "2026-03-10"),
        ("Tea", "occurrence", "2026-03-16"),
    ]
    assert found[0]["seriesMasterId"] == master["id"]
    assert code(await graph.get("me/calendarView")) == (400, "ErrorInvalidParameter")
    assert (await graph.delete(f"me/events/{master['id']}")).status_code == 204
    assert code(await graph.post(f"me/events/{vendors[Graph].calendar.events[0]['id']}/accept", json={})) == (400, "ErrorInvalidRequest")


async def test_messages_and_replies_stand_in_channels_and_chats(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    teams = vendors[Graph].teams
    team = (await graph.get("me/joinedTeams")).json()["value"][0]["id"]
    channel = (await graph.get(f"teams/{team}/channels")).json()["value"][0]["id"]
    place = f"teams/{team}/channels/{channel}/messages"
    first = await graph.post(place, json={"body": {"contentType": "html", "content": f"<b>Hello</b> {marker}<script>x</script>"}})
    assert (first.status_code, first.json()["body"]["content"], vendors.effects) == (201, f"<b>Hello</b> {marker}", {marker: 1})
    replies = f"{place}/{first.json()['id']}/replies"
    assert (await graph.post(replies, json={"body": {"content": "Hi"}})).json()["replyToId"] == first.json()["id"]
    assert len((await graph.get(place)).json()["value"]) == len((await graph.get(replies)).json()["value"]) == 1
    chat = f"chats/{teams.chat['id']}/messages"
    for number in range(3):
        assert (await graph.post(chat, json={"body": {"content": str(number)}})).is_success
    page = (await graph.get(chat, params={"$top": "2"})).json()
    assert [each["body"]["content"] for each in page["value"] + (await graph.get(page["@odata.nextLink"])).json()["value"]] == [
        "2",
        "1",
        "0",
    ]
    assert code(await graph.get(chat, params={"$top": "51"})) == (400, "ErrorInvalidUrlQuery")
    assert code(await graph.post(chat, json={"body": {"content": ""}})) == (400, "BadRequest")
    assert code(await graph.post(chat, json={"body": {"content": "x" * 28_001}})) == (413, "RequestEntityTooLarge")
    assert code(await graph.get("chats/19:none@thread.v2/messages")) == (404, "NotFound")
    twice = [await graph.post(f"teams/{team}/channels", json={"displayName": "Tea"}) for _ in range(2)]
    assert (twice[0].status_code, code(twice[1])) == (201, (400, "NameAlreadyExists"))


async def test_a_subscription_is_made_when_its_url_answers_the_token_and_tells_of_changes(
    vendors: VendorsDouble, graph: httpx2.AsyncClient
) -> None:
    told: list[Any] = []

    async def hear(request: Request) -> Response:
        if "validationToken" in request.query_params:
            return PlainTextResponse(request.query_params["validationToken"])
        told.append(await request.json())
        return Response(status_code=202)

    async def deaf(_request: Request) -> Response:
        return PlainTextResponse("hello")

    bound = loopback()
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    until = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    sent = {"changeType": "created", "resource": "/me/mailFolders('inbox')/messages", "expirationDateTime": until, "clientState": "s3cret"}
    app = Starlette(routes=[Route("/hear", hear, methods=["POST"]), Route("/deaf", deaf, methods=["POST"])])
    async with served(app, bound, lambda: None):
        assert code(await graph.post("subscriptions", json=sent | {"notificationUrl": f"{url}/deaf"})) == (400, "ValidationError")
        assert code(await graph.post("subscriptions", json=sent | {"notificationUrl": "http://example.com/"})) == (400, "InvalidRequest")
        made = await graph.post("subscriptions", json=sent | {"notificationUrl": f"{url}/hear"})
        assert made.status_code == 201
        mail = vendors[Graph].mail.receive("Tea")
        assert await vendors[Graph].deliver() == [202]
    notification = cast("dict[str, Any]", told[0]["value"][0])
    assert (notification["clientState"], notification["changeType"]) == ("s3cret", "created")
    assert (notification["subscriptionId"], notification["resourceData"]["id"]) == (made.json()["id"], mail["id"])
    late = {"expirationDateTime": f"{datetime.now(UTC) + timedelta(days=8):%Y-%m-%dT%H:%M:%SZ}"}
    assert code(await graph.patch(f"subscriptions/{made.json()['id']}", json=late)) == (400, "ValidationError")
    assert (await graph.delete(f"subscriptions/{made.json()['id']}")).status_code == 204
    assert code(await graph.get(f"subscriptions/{made.json()['id']}")) == (404, "ResourceNotFound")


async def test_others_mailboxes_are_closed_and_wrong_ids_are_told_apart(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    assert (await graph.get("users/ada@example.com/messages")).json()["value"] == []
    assert (await graph.get("users/grace@example.com")).json()["displayName"] == "Grace Hopper"
    assert code(await graph.get("users/grace@example.com/messages")) == (403, "ErrorAccessDenied")
    assert code(await graph.get("users/eve@example.com/messages")) == (404, "Request_ResourceNotFound")
    assert code(await graph.get("me/messages/nonsense")) == (400, "ErrorInvalidIdMalformed")
    assert code(await graph.get(f"me/messages/{fresh_id()}")) == (404, "ErrorItemNotFound")
    assert (await graph.get(f"{vendors.url}/microsoft365/me")).json()["mail"] == "ada@example.com"


async def test_a_limit_says_when_to_come_back_and_a_request_keeps_its_id(vendors: VendorsDouble, graph: httpx2.AsyncClient) -> None:
    vendors.fail("microsoft365", "rate_limited")
    refused = await graph.get("me/messages", headers={"client-request-id": marker})
    assert (refused.status_code, refused.headers["retry-after"], refused.headers["client-request-id"]) == (429, "10", marker)
    vendors.fail("microsoft365", "unauthorized", error="claims")
    assert "insufficient_claims" in (await graph.get("me")).headers["www-authenticate"]
    vendors.fail("microsoft365", "unavailable")
    assert (await graph.get("me")).headers["retry-after"] == "5"
