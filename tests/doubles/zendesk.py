"""A double of Zendesk's Support API: tickets with comments, users, search, cursors, safe updates, and a key that makes a creation once.

From https://developer.zendesk.com/api-reference/ticketing/introduction/ (idempotency, safe_update, errors), …/ticketing/tickets/tickets/,
…/tickets/ticket_comments/, …/users/users/, …/ticket-management/search/, …/ticket-management/incremental_exports/,
https://developer.zendesk.com/api-reference/introduction/pagination/, …/introduction/rate-limits/ and …/introduction/security-and-auth/.
Every path is served with and without `.json`. A limit on one ticket comes as plain text, all else as JSON.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any, cast

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, bearer, token, user

_statuses = ("new", "open", "pending", "hold", "solved", "closed")
_priorities = ("low", "normal", "high", "urgent")
_types = ("problem", "incident", "question", "task")
_roles = ("end-user", "agent", "admin")
_settable = (
    "subject", "comment", "description", "requester", "requester_id", "assignee_id", "assignee_email", "group_id", "organization_id",
    "status", "priority", "type", "tags", "additional_tags", "remove_tags", "custom_fields", "external_id", "due_at", "safe_update",
    "updated_stamp", "collaborators", "email_ccs", "brand_id", "problem_id", "submitter_id", "via",
)  # fmt: skip


def _api_token(headers: Headers) -> bool:
    """`mail/token` and an API token by Basic: a password does not open the API."""
    return headers.get("authorization") == "Basic " + b64encode(f"{user}/token:{token}".encode()).decode()


class Zendesk(Vendor):
    """One account: an agent, a customer, a group, and no tickets yet."""

    key = "zendesk"
    admissions = (bearer, _api_token)

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.users: list[Json] = []
        self.agent = self.add_user("Ada Lovelace", user, role="admin")
        self.customer = self.add_user("Grace Hopper", "grace@example.com")
        self.groups: list[Json] = [{"id": 360000000001, "name": "Support", "is_public": True, "deleted": False}]
        self.tickets: list[Json] = []
        """The oldest first; beside what is shown each has `comments`."""
        self.hooks: list[Json] = []
        self.uploads: dict[str, Json] = {}
        self.unindexed = False
        """The search does not know the latest ticket yet; Zendesk needs a few minutes."""
        self._keys: dict[str, tuple[str, Json]] = {}

    def routes(self) -> Routes:
        one = "/tickets/{id}"
        rest: Routes = [
            ("GET", "/tickets", self._list_tickets),
            ("POST", "/tickets", self._create_ticket),
            ("GET", "/tickets/show_many", self._show_many),
            ("GET", one, self._get_ticket),
            ("PUT", one, self._update_ticket),
            ("DELETE", one, self._delete_ticket),
            ("GET", one + "/comments", self._list_comments),
            ("PUT", one + "/tags", self._add_tags),
            ("GET", "/search", self._search),
            ("GET", "/search/export", self._export),
            ("GET", "/incremental/tickets/cursor", self._incremental),
            ("GET", "/users", self._list_users),
            ("POST", "/users", self._create_user),
            ("POST", "/users/create_or_update", self._create_or_update_user),
            ("GET", "/users/me", self._me),
            ("GET", "/users/search", self._find_users),
            ("GET", "/users/{id}", self._get_user),
            ("PUT", "/users/{id}", self._update_user),
            ("GET", "/groups", self._list_groups),
            ("POST", "/uploads", self._upload),
            ("GET", "/webhooks", self._list_hooks),
            ("POST", "/webhooks", self._hook),
            ("DELETE", "/webhooks/{id}", self._unhook),
        ]
        return [(method, f"/api/v2{path}{end}", each) for end in (".json", "") for method, path, each in rest]

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited":
                headers = {"retry-after": "93", "x-rate-limit-remaining": "0", "ratelimit-remaining": "0", "ratelimit-reset": "93"}
                return _no(429, "APIRateLimitExceeded", "Number of allowed API requests per minute exceeded", headers)
            case "secondary_limit":
                text = "Rate limit for ticket updates exceeded, please wait before updating this ticket again"
                return PlainTextResponse(text, 429, {"retry-after": "60"}, media_type="text/html")
            case "unauthorized":
                return JSONResponse({"error": "Couldn't authenticate you"}, 401)
            case "forbidden" if fault.error == "scope":
                text = "You are missing the following required scopes: write"
                return JSONResponse({"error": "Forbidden", "description": text}, 403)
            case "forbidden":
                text = "You do not have access to this page. Please contact the account owner of this help desk for further help."
                return JSONResponse({"error": {"title": "Forbidden", "message": text}}, 403)
            case "invalid" if fault.error:
                return _no(409, fault.error, "The request could not be processed because of a conflict.")
            case "invalid":
                return _no(422, "Unprocessable Entity", "The server could not process your request")
            case "unavailable":
                return _no(503, "ServiceUnavailable", "The service is undergoing maintenance", {"retry-after": "30"})
            case _:
                return _no(500, "InternalError", "Something went wrong")

    def limits(self, request: Request) -> dict[str, str]:
        left = str(max(1, 700 - len(self.books.calls)))
        found = {"x-rate-limit": "700", "ratelimit-limit": "700", "x-rate-limit-remaining": left, "ratelimit-remaining": left}
        listing = request.method == "GET" and request.url.path.removesuffix(".json").endswith("/tickets")
        own = {"zendesk-ratelimit-tickets-index": "total=100; remaining=99; resets=41"} if listing else {}
        return found | {"ratelimit-reset": "41"} | own

    def add_user(self, name: str, email: str | None, *, role: str = "end-user", **more: Any) -> Json:
        """A person of the account."""
        number = 900_000_000_000 + self.books.next()
        known: Json = {
            "id": number, "url": f"{self.url}/api/v2/users/{number}.json", "name": name, "email": email, "role": role, "active": True,
            "verified": True, "phone": None, "external_id": None, "organization_id": None, "tags": [], "time_zone": "Europe/London",
            "locale": "en-US", "suspended": False, "created_at": _now(), "updated_at": _now(), "notes": None, "details": None, **more,
        }  # fmt: skip
        self.users.append(known)
        return known

    def add_ticket(self, subject: str, text: str = "It does not work.", **more: Any) -> Json:
        """A ticket with its first comment."""
        number, now = self.books.next(), _now()
        ticket: Json = {
            "id": number, "url": f"{self.url}/api/v2/tickets/{number}.json", "subject": subject, "raw_subject": subject, "description": text,
            "status": "new", "priority": None, "type": None, "tags": [], "custom_fields": [], "external_id": None, "due_at": None,
            "requester_id": self.agent["id"], "submitter_id": self.agent["id"], "assignee_id": None, "group_id": None,
            "organization_id": None, "is_public": True, "has_incidents": False, "via": {"channel": "api"}, "created_at": now,
            "updated_at": now, "comments": [], **more,
        }  # fmt: skip
        self.tickets.append(ticket)
        self.add_comment(ticket, text, author=ticket["requester_id"])
        return ticket

    def add_comment(self, ticket: Json, text: str, *, public: bool = True, author: int | None = None, html: str | None = None) -> Json:
        """What somebody says on a ticket."""
        comment: Json = {
            "id": self.books.next(), "type": "Comment", "author_id": author or self.agent["id"], "body": text, "plain_body": text,
            "html_body": html or f'<div class="zd-comment"><p>{text}</p></div>', "public": public, "attachments": [], "created_at": _now(),
            "via": {"channel": "api"},
        }  # fmt: skip
        ticket["comments"].append(comment)
        return comment

    async def _list_tickets(self, request: Request, _sent: Any) -> Response:
        found = [_shown(each) for each in self.tickets]
        order = request.query_params.get("sort", "")
        if order and order.lstrip("-") not in ("id", "updated_at"):
            return _no(400, "InvalidPaginationParameter", f"sort is not valid: {order}")
        if order:
            found.sort(key=lambda each: (each[order.lstrip("-")], each["id"]), reverse=order.startswith("-"))
        return self._page(request, "tickets", found)

    async def _show_many(self, request: Request, _sent: Any) -> Response:
        wanted = [each for each in request.query_params.get("ids", "").split(",") if each]
        if len(wanted) > 100:
            return _no(400, "TooManyIds", "No more than 100 ids may be given.")
        found = [_shown(each) for each in self.tickets if str(each["id"]) in wanted]
        return JSONResponse({"tickets": found, "next_page": None, "previous_page": None, "count": len(found)})

    async def _create_ticket(self, request: Request, sent: Any) -> Response:
        """The same key answers the first answer again for two hours; the same key with another body is refused."""
        key, body = request.headers.get("idempotency-key"), json.dumps(sent, sort_keys=True)
        if key and key in self._keys:
            first, answer = self._keys[key]
            if first != body:
                return _no(400, "IdempotentRequestError", "Request parameters do not match the idempotency key.")
            return JSONResponse(answer, 201, {"x-idempotency-lookup": "hit"})
        fields: Json = _object(sent).get("ticket") or {}
        if not fields:
            return _no(422, "Unprocessable Entity", "The server could not process your request")
        if refusal := self._wrong(fields, creating=True):
            return refusal
        comment: Json = fields.get("comment") or {"body": fields.get("description")}
        ticket = self.add_ticket(fields.get("subject") or "", str(comment.get("body") or comment.get("html_body")))
        self._change(ticket, {name: value for name, value in fields.items() if name not in ("comment", "description")})
        ticket["comments"][0] |= {"public": comment.get("public", True), "author_id": ticket["requester_id"]}
        self._attach(ticket["comments"][0], comment)
        self.happened([sent, key], f"ticket:{ticket['id']}")
        answer: Json = {"ticket": _shown(ticket), "audit": {"id": self.books.next(), "ticket_id": ticket["id"], "events": []}}
        if key:
            self._keys[key] = (body, answer)
        return JSONResponse(answer, 201, {"location": ticket["url"]} | ({"x-idempotency-lookup": "miss"} if key else {}))

    def _wrong(self, fields: Json, *, creating: bool) -> Response | None:
        wrong: dict[str, list[Json]] = {}
        comment: Json = fields.get("comment") or {}
        said = comment.get("body") or comment.get("html_body") or fields.get("description")
        if creating and not said:
            wrong["description"] = [{"description": "Description: cannot be blank", "error": "BlankValue"}]
        for name, known in (("status", _statuses), ("priority", _priorities), ("type", _types)):
            if fields.get(name) and fields[name] not in known:
                label = name.capitalize()
                wrong[name] = [{"description": f"{label}: {fields[name]} is not included in the list", "error": "InvalidValue"}]
        requester: Json = fields.get("requester") or {}
        if requester and not requester.get("email", requester.get("name")):
            wrong["requester"] = [{"description": "Requester: Email: cannot be blank", "error": "BlankValue"}]
        if "@" not in requester.get("email", "@"):
            text = f"Requester: Email: {requester['email']} is not properly formatted"
            wrong["requester"] = [{"description": text, "error": "InvalidValue"}]
        if requester.get("email") and not self._by_mail(requester["email"]) and not requester.get("name"):
            wrong["requester"] = [{"description": "Requester: Name: is too short (minimum one character)", "error": "InvalidValue"}]
        for name in ("requester_id", "assignee_id"):
            if fields.get(name) and not self._user(fields[name]):
                wrong[name] = [{"description": f"{name}: is invalid", "error": "InvalidValue"}]
        return _invalid(wrong) if wrong else None

    def _change(self, ticket: Json, fields: Json) -> None:
        """What is not settable is left out in silence, as Zendesk does."""
        asked = {name: value for name, value in fields.items() if name in _settable}
        if requester := asked.pop("requester", None):
            known = self._by_mail(requester.get("email")) or self.add_user(requester["name"], requester.get("email"))
            ticket["requester_id"] = known["id"]
        if address := asked.pop("assignee_email", None):
            ticket["assignee_id"] = (self._by_mail(address) or {"id": None})["id"]
        tags = set(asked.pop("tags", ticket["tags"])) | set(asked.pop("additional_tags", []))
        ticket["tags"] = sorted({each.lower() for each in tags} - set(asked.pop("remove_tags", [])))
        if custom := asked.pop("custom_fields", None):
            kept = [each for each in ticket["custom_fields"] if each["id"] not in {one["id"] for one in custom}]
            ticket["custom_fields"] = kept + custom
        ticket |= {name: value for name, value in asked.items() if name in ticket} | {"updated_at": _now()}
        if ticket["status"] == "new" and ticket["assignee_id"]:
            ticket["status"] = "open"

    async def _get_ticket(self, request: Request, _sent: Any) -> Response:
        ticket = self._ticket(request)
        return JSONResponse({"ticket": _shown(ticket)}) if ticket else _not_found()

    async def _update_ticket(self, request: Request, sent: Any) -> Response:
        ticket = self._ticket(request)
        fields: Json = _object(sent).get("ticket") or {}
        if ticket is None:
            return _not_found()
        if ticket["status"] == "closed":
            return _invalid({"status": [{"description": "Status: closed prevents ticket update", "error": "InvalidValue"}]})
        if fields.get("safe_update") and not fields.get("updated_stamp"):
            return _no(400, "ParameterMissing", "updated_stamp is required with safe_update")
        if fields.get("safe_update") and fields["updated_stamp"] < ticket["updated_at"]:
            text = "Safe Update prevented a ticket update due to outdated data. Please fetch the latest data and retry."
            return _no(409, "UpdateConflict", text)
        if refusal := self._wrong(fields, creating=False):
            return refusal
        comment: Json = fields.get("comment") or {}
        events: list[Json] = []
        if comment:
            said = str(comment.get("body") or comment.get("html_body"))
            made = self.add_comment(ticket, said, public=comment.get("public", True), author=comment.get("author_id"))
            self._attach(made, comment)
            events.append({"id": made["id"], "type": "Comment", "body": made["body"]})
        self._change(ticket, {name: value for name, value in fields.items() if name not in ("comment", "description")})
        self.happened(sent, f"update:{ticket['id']}")
        return JSONResponse({"ticket": _shown(ticket), "audit": {"id": self.books.next(), "ticket_id": ticket["id"], "events": events}})

    def _attach(self, comment: Json, sent: Json) -> None:
        comment["attachments"] = [self.uploads[each] for each in sent.get("uploads", []) if each in self.uploads]

    async def _delete_ticket(self, request: Request, _sent: Any) -> Response:
        ticket = self._ticket(request)
        if ticket is None:
            return _not_found()
        self.tickets.remove(ticket)
        self.happened(None, f"delete:{ticket['id']}")
        return Response(status_code=204)

    async def _list_comments(self, request: Request, _sent: Any) -> Response:
        ticket = self._ticket(request)
        if ticket is None:
            return _not_found()
        newest = request.query_params.get("sort", "") == "-created_at" or request.query_params.get("sort_order") == "desc"
        return self._page(request, "comments", ticket["comments"][::-1] if newest else ticket["comments"])

    async def _add_tags(self, request: Request, sent: Any) -> Response:
        ticket = self._ticket(request)
        if ticket is None:
            return _not_found()
        self._change(ticket, {"additional_tags": sent["tags"]})
        self.happened(sent, f"tags:{ticket['id']}")
        return JSONResponse({"tags": ticket["tags"]})

    async def _search(self, request: Request, _sent: Any) -> Response:
        """Offset pages only, of a thousand results at most."""
        query = request.query_params
        if not query.get("query"):
            return _no(400, "invalid", "Invalid search: query cannot be blank")
        page, size = int(query.get("page", "1")), self.size(query.get("per_page"), 100)
        if page * size > 1000:
            return _no(422, "invalid", "Invalid search: Requested response size was greater than Search Response Limits")
        found = self._found(query["query"])
        column = query.get("sort_by", "")
        if column in ("created_at", "updated_at"):
            found.sort(key=lambda each: (each[column], each["id"]), reverse=query.get("sort_order", "desc") == "desc")
        following = str(request.url.include_query_params(page=page + 1)) if page * size < len(found) else None
        before = str(request.url.include_query_params(page=page - 1)) if page > 1 else None
        answer: Json = {"results": found[(page - 1) * size : page * size], "facets": None, "count": len(found)}
        return JSONResponse(answer | {"next_page": following, "previous_page": before})

    async def _export(self, request: Request, _sent: Any) -> Response:
        kind = request.query_params.get("filter[type]")
        if kind not in ("ticket", "user"):
            return _no(400, "invalid", "filter[type] must be one of ticket, organization, user, group")
        return self._page(request, "results", self._found(f"type:{kind} {request.query_params.get('query', '')}"), backward=False)

    def _found(self, query: str) -> list[Json]:
        """Words and `field:value`, all of which must hold; `>`, `<`, `>=`, `<=` compare; quotes keep words together."""
        clauses = _clauses(query)
        tickets: list[Json] = [
            _shown(each) | {"result_type": "ticket", "said": [one["body"] for one in each["comments"]]} for each in self.tickets
        ]
        people: list[Json] = [each | {"result_type": "user", "said": []} for each in self.users]
        known = [*(tickets[:-1] if self.unindexed else tickets), *people]
        found = [each for each in reversed(known) if all(self._holds(each, clause) for clause in clauses)]
        return [{name: value for name, value in each.items() if name != "said"} for each in found]

    def _holds(self, found: Json, clause: tuple[str, str, str]) -> bool:
        name, operator, wanted = clause
        match name:
            case "":
                text = json.dumps([found.get(each) for each in ("subject", "name", "email", "tags", "said")])
                return json.dumps(wanted)[1:-1].lower() in text.lower()
            case "type":
                return wanted == found["result_type"] or wanted == found.get("type")
            case "tags":
                return wanted.lower() in found["tags"]
            case "requester" | "assignee":
                person = self._user(found.get(f"{name}_id")) or {}
                return wanted in (str(person.get("id")), person.get("email"), "me" if person is self.agent else "", person.get("name"))
            case "status" | "priority" if operator != ":":
                return _compared(_rank(found.get(name)), _rank(wanted), operator)
            case "created" | "updated":
                when = str(found.get(f"{name}_at"))
                return when.startswith(wanted) if operator == ":" else _compared(when, wanted, operator)
            case _:
                return str(found.get(name) or "").lower() == wanted.lower()

    async def _incremental(self, request: Request, _sent: Any) -> Response:
        """Tickets that changed from a time on, by a cursor that goes on for ever."""
        query = request.query_params
        if cursor := query.get("cursor"):
            moment, start = _read_cursor(cursor, [0.0, 0])
        elif not query.get("start_time", "").isdigit() or int(query["start_time"]) > datetime.now(UTC).timestamp() - 60:
            return _no(400, "StartTimeTooRecent", "Too recent start_time. Use a start_time older than 60 seconds")
        else:
            moment, start = float(query["start_time"]), 0
        changed = [each for each in self.tickets if datetime.fromisoformat(each["updated_at"]).timestamp() >= moment]
        changed.sort(key=lambda each: (each["updated_at"], each["id"]))
        end = start + self.size(query.get("per_page"), 1000)
        after = _cursor([moment, min(end, len(changed))])
        answer: Json = {"tickets": [_shown(each) for each in changed[start:end]], "after_cursor": after, "before_cursor": None}
        return JSONResponse(answer | {"after_url": str(request.url.replace(query=f"cursor={after}")), "end_of_stream": end >= len(changed)})

    async def _list_users(self, request: Request, _sent: Any) -> Response:
        role = request.query_params.get("role")
        return self._page(request, "users", [each for each in self.users if role in (None, each["role"])])

    async def _find_users(self, request: Request, _sent: Any) -> Response:
        query = request.query_params
        if "external_id" in query:
            found = [each for each in self.users if each["external_id"] == query["external_id"]]
        else:
            text = query.get("query", "").removeprefix("email:").lower()
            found = [each for each in self.users if text in (each["name"] + str(each["email"])).lower()]
        return JSONResponse({"users": found, "next_page": None, "previous_page": None, "count": len(found)})

    async def _me(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"user": self.agent})

    async def _get_user(self, request: Request, _sent: Any) -> Response:
        known = self._user(request.path_params["id"])
        return JSONResponse({"user": known}) if known else _not_found()

    async def _create_user(self, _request: Request, sent: Any) -> Response:
        fields = sent["user"]
        if refusal := self._wrong_user(fields, None):
            return refusal
        made = self.add_user(fields["name"], fields.get("email"), role=fields.get("role", "end-user"))
        made |= {name: value for name, value in fields.items() if name in made}
        self.happened(sent, f"user:{made['id']}")
        return JSONResponse({"user": made}, 201, {"location": made["url"]})

    async def _create_or_update_user(self, request: Request, sent: Any) -> Response:
        """Found by `external_id`, else by `email`."""
        fields = sent["user"]
        by_key = [each for each in self.users if fields.get("external_id") and each["external_id"] == fields["external_id"]]
        known = by_key[0] if by_key else self._by_mail(fields.get("email"))
        if known is None:
            return await self._create_user(request, sent)
        return self._changed(known, fields, sent)

    async def _update_user(self, request: Request, sent: Any) -> Response:
        known = self._user(request.path_params["id"])
        return self._changed(known, sent["user"], sent) if known else _not_found()

    def _changed(self, known: Json, fields: Json, sent: Any) -> Response:
        if refusal := self._wrong_user(fields, known):
            return refusal
        known |= {name: value for name, value in fields.items() if name in known} | {"updated_at": _now()}
        self.happened(sent, f"user:{known['id']}")
        return JSONResponse({"user": known})

    def _wrong_user(self, fields: Json, known: Json | None) -> Response | None:
        wrong: dict[str, list[Json]] = {}
        if known is None and not fields.get("name"):
            wrong["name"] = [{"description": "Name: is too short (minimum is 1 characters)", "error": "BlankValue"}]
        address = fields.get("email")
        if address and "@" not in address:
            wrong["email"] = [{"description": f"Email: {address} is not properly formatted", "error": "InvalidValue"}]
        if address and (other := self._by_mail(address)) and other is not known:
            wrong["email"] = [
                {"description": f"Email: {address} is already being used by another user", "error": "DuplicateValue"},
            ]
        if fields.get("role", _roles[0]) not in _roles:
            wrong["role"] = [{"description": f"Role: {fields['role']} is not included in the list", "error": "InvalidValue"}]
        return _invalid(wrong) if wrong else None

    async def _list_groups(self, request: Request, _sent: Any) -> Response:
        return self._page(request, "groups", self.groups)

    async def _upload(self, request: Request, _sent: Any) -> Response:
        name, content = request.query_params.get("filename"), await request.body()
        if not name:
            return _no(400, "ParameterMissing", "filename is required")
        number = self.books.next()
        attachment: Json = {"id": number, "file_name": name, "content_type": request.headers.get("content-type"), "size": len(content)}
        self.uploads[f"upload-{number}"] = attachment
        upload = {"token": f"upload-{number}", "attachment": attachment, "attachments": [attachment]}
        return JSONResponse({"upload": upload}, 201)

    async def _list_hooks(self, request: Request, _sent: Any) -> Response:
        return self._page(request, "webhooks", self.hooks)

    async def _hook(self, _request: Request, sent: Any) -> Response:
        fields = sent["webhook"]
        missing = [name for name in ("name", "endpoint", "http_method", "request_format", "status") if not fields.get(name)]
        if missing or not fields["endpoint"].startswith("https://"):
            text = "Invalid attribute in body: " + ", ".join(missing or ["endpoint"])
            return JSONResponse({"errors": [{"code": "InvalidAttribute", "title": "Invalid attribute", "detail": text}]}, 400)
        hook = fields | {"id": f"01DOUBLE{self.books.next():018d}", "created_at": _now(), "created_by": str(self.agent["id"])}
        self.hooks.append(hook)
        self.happened(sent, f"webhook:{hook['id']}")
        return JSONResponse({"webhook": hook}, 201)

    async def _unhook(self, request: Request, _sent: Any) -> Response:
        kept = [each for each in self.hooks if each["id"] != request.path_params["id"]]
        if len(kept) == len(self.hooks):
            return JSONResponse({"errors": [{"code": "WebhookNotFound", "title": "Webhook not found"}]}, 404)
        self.hooks = kept
        return Response(status_code=204)

    def _page(self, request: Request, name: str, items: list[Json], *, backward: bool = True) -> Response:
        """By cursor where `page[size]` or a cursor is asked for; else by number, with the total."""
        query = request.query_params
        if not {"page[size]", "page[after]", "page[before]"} & set(query) and name != "results":
            return self._numbered(request, name, items)
        if int(query.get("page[size]", "100")) > (100 if backward else 1000):
            return _no(400, "InvalidPaginationParameter", "page[size] is invalid: must be between 1 and 100")
        size = self.size(query.get("page[size]"), 100)
        if query.get("page[after]"):
            (start,) = _read_cursor(query["page[after]"], [-1])
        else:
            (end,) = _read_cursor(query["page[before]"], [-1]) if query.get("page[before]") else (size,)
            start = max(0, end - size)
        if start < 0:
            return _no(400, "InvalidPaginationParameter", "page[after] is not valid")
        end = min(start + size, len(items))
        after, before = _cursor([end]), _cursor([start])
        more = end < len(items)
        links: Json = {"next": str(request.url.include_query_params(**{"page[after]": after, "page[size]": size})) if more else None}
        links["prev"] = str(request.url.include_query_params(**{"page[before]": before})) if start and backward else None
        meta = {"has_more": more, "after_cursor": after if more else None, "before_cursor": before if start else None}
        return JSONResponse({name: items[start:end], "meta": meta, "links": links})

    def _numbered(self, request: Request, name: str, items: list[Json]) -> Response:
        page, size = int(request.query_params.get("page", "1")), self.size(request.query_params.get("per_page"), 100)
        following = str(request.url.include_query_params(page=page + 1)) if page * size < len(items) else None
        before = str(request.url.include_query_params(page=page - 1)) if page > 1 else None
        found = items[(page - 1) * size : page * size]
        return JSONResponse({name: found, "next_page": following, "previous_page": before, "count": len(items)})

    def _ticket(self, request: Request) -> Json | None:
        return next((each for each in self.tickets if str(each["id"]) == request.path_params["id"]), None)

    def _user(self, id: object) -> Json | None:
        return next((each for each in self.users if str(each["id"]) == str(id)), None)

    def _by_mail(self, address: object) -> Json | None:
        return next((each for each in self.users if address and str(each["email"]).lower() == str(address).lower()), None)


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _shown(ticket: Json) -> Json:
    return {name: value for name, value in ticket.items() if name != "comments"} | {"fields": ticket["custom_fields"]}


def _clauses(query: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    rest = query.strip()
    while rest:
        word, rest = _word(rest)
        at = min((place for place in (word.find(sign) for sign in (":", ">", "<")) if place > 0), default=0)
        if not at or word.startswith('"'):
            found.append(("", ":", word.strip('"')))
            continue
        operator = word[at : at + 2] if word[at : at + 2] in (">=", "<=") else word[at]
        found.append((word[:at], operator, word[at + len(operator) :].strip('"')))
    return found


def _word(text: str) -> tuple[str, str]:
    """The first word and what follows; a quoted part is one word whatever it holds."""
    quoted = False
    for place, letter in enumerate(text):
        quoted ^= letter == '"'
        if letter == " " and not quoted:
            return text[:place], text[place:].strip()
    return text, ""


def _rank(name: object) -> str:
    order = {each: place for names in (_statuses, _priorities) for place, each in enumerate(names)}
    return str(order.get(str(name), -1))


def _compared(value: str, wanted: str, operator: str) -> bool:
    same = value == wanted or value.startswith(wanted)
    return (value > wanted and not same if ">" in operator else value < wanted) or ("=" in operator and same)


def _cursor(place: list[Any]) -> str:
    return b64encode(json.dumps(place).encode()).decode()


def _read_cursor(text: str, otherwise: list[Any]) -> list[Any]:
    try:
        return json.loads(b64decode(text, validate=True))
    except ValueError:
        return otherwise


def _not_found() -> Response:
    return _no(404, "RecordNotFound", "Not found")


def _invalid(details: dict[str, list[Json]]) -> Response:
    return JSONResponse({"error": "RecordInvalid", "description": "Record validation errors", "details": details}, 422)


def _no(status: int, error: str, text: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": error, "description": text}, status, headers)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
