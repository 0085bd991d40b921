"""Zendesk's Support API: tickets, comments, search, people and groups.

https://developer.zendesk.com/api-reference/; an account is at its own subdomain.
"""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.zendesk.answers import (
    Comment,
    CommentPage,
    Comments,
    Deleted,
    Found,
    GroupPage,
    Groups,
    Hits,
    OneTicket,
    OneUser,
    TagList,
    Ticket,
    TicketPage,
    Tickets,
    User,
    Users,
)
from tenuto.connectors.zendesk.shapes import (
    Below,
    Changes,
    Listing,
    NewComment,
    NewTicket,
    Nothing,
    One,
    Person,
    PersonSearch,
    Search,
    Tags,
)
from tenuto.core.account import AccountField
from tenuto.core.auth import Basic, OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Whoami, mark
from tenuto.core.errors import AuthRejected, InvalidOutput, Rejected

page_size = 100
_tickets, _one = "/api/v2/tickets.json", "/api/v2/tickets/{id}.json"
_read, _write = ("read",), ("write",)


def _sentence(answer: Answer) -> str:
    """What Zendesk says, in any of its four ways: a limit on one ticket is no JSON."""
    try:
        found = answer.json
    except InvalidOutput:
        return answer.text[:200] if answer.status == 429 else ""
    if not isinstance(found, dict):
        return ""
    error, errors, details = found.get("error"), found.get("errors"), found.get("details")
    if isinstance(error, dict):
        return str(error.get("message") or error.get("title"))
    if isinstance(errors, list):
        return "; ".join(str(each.get("detail") or each.get("title")) for each in errors if isinstance(each, dict))
    said = str(found.get("description") or error)
    listed = [each for each in details.values() if isinstance(each, list)] if isinstance(details, dict) else []
    wrong = [str(each.get("description")) for group in listed for each in group if isinstance(each, dict)]
    return f"{said}: {'; '.join(wrong)}" if wrong else said


def _me(answer: Answer, params: Params) -> Whoami:
    del params
    return Whoami(account=(user := OneUser.model_validate(answer.json).user).email or user.name)


zendesk = Connector(
    key="zendesk",
    name="Zendesk",
    doc="Tickets, what is said on them, and the people who ask.",
    base_url="https://{subdomain}.zendesk.com",
    auth=OAuth2(
        authorize_url="https://{subdomain}.zendesk.com/oauth/authorizations/new",
        token_url="https://{subdomain}.zendesk.com/oauth/tokens",  # noqa: S106 - an address, not a password
        revoke_url="https://{subdomain}.zendesk.com/api/v2/oauth/tokens/current.json",
        revoke_by="current",
        scopes=("read", "write"),
        rotation="always",
        body="json",
    ),
    also=(Basic(user_label="E-mail address", label="API token", user_suffix="/token"),),
    fields=(AccountField(name="subdomain", description="What stands before .zendesk.com in the account's address.", example="acme"),),
    check=Request(result=Whoami, method="GET", path="/api/v2/users/me.json", read=_me),
    webhook=schemes["zendesk"],
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message=_sentence,
            reason="error",
            kinds={"Forbidden": AuthRejected},
            fixes={
                "Couldn't authenticate you": "Connect Zendesk again.",
                "Forbidden": "Connect Zendesk again and grant what it asks for.",
                "RecordNotFound": "Check the number; a deleted ticket is not found.",
                "UpdateConflict": "Read the ticket again, and decide anew.",
            },
        ),
    ),
)


@zendesk.action(effect="idempotent_write", scopes=_write)
def create_ticket(params: NewTicket, key: str) -> Request[Ticket]:
    """Open a ticket. Zendesk knows a repetition by its key for two hours, and answers it with the first ticket."""
    ticket: dict[str, JsonValue] = {**params.sent, "subject": params.subject, "comment": {"body": params.text, "public": params.public}}
    if params.requester_email:
        name: dict[str, JsonValue] = {"name": params.requester_name} if params.requester_name else {}
        ticket["requester"] = {"email": params.requester_email, **name}
    if params.tags:
        ticket["tags"] = list(params.tags)
    headers = {"idempotency-key": mark(key)}
    return Request(result=Ticket, method="POST", path=_tickets, headers=headers, json={"ticket": ticket}, read=_ticket)


def _ticket(answer: Answer, params: Params) -> Ticket:
    del params
    return OneTicket.model_validate(answer.json).ticket


@zendesk.action(effect="read", scopes=_read)
def get_ticket(params: One) -> Request[Ticket]:
    """Read a ticket."""
    del params  # the path is filled from them
    return Request(result=Ticket, method="GET", path=_one, read=_ticket)


@zendesk.action(effect="idempotent_write", scopes=_write)
def update_ticket(params: Changes) -> Request[Ticket]:
    """Change a ticket: its status, priority, assignee, tags, fields."""
    return Request(result=Ticket, method="PUT", path=_one, json={"ticket": params.sent}, read=_ticket)


async def _gone(calls: Calls, params: One, key: str) -> Deleted | None:
    del key
    try:
        await calls.send(Request(result=Ticket, method="GET", path=_one, read=_ticket))
    except Rejected as problem:
        if "RecordNotFound" in (problem.data.raw or ""):
            return Deleted(id=params.id)
        raise
    return None


@zendesk.action(effect="write", scopes=_write, verify=_gone)
def delete_ticket(params: One) -> Request[Deleted]:
    """Delete a ticket; for 30 days an administrator can bring it back."""
    del params  # the path is filled from them
    return Request(result=Deleted, method="DELETE", path=_one, read=_deleted)


def _deleted(answer: Answer, params: One) -> Deleted:
    del answer
    return Deleted(id=params.id)


# Without `verify`: a comment carries nothing of ours, and another run may have said the same.
@zendesk.action(effect="write", scopes=_write)
def add_comment(params: NewComment) -> Request[Ticket]:
    """Answer a ticket, or leave a note for agents on it."""
    ticket: dict[str, JsonValue] = {"comment": {"body": params.text, "public": params.public}}
    if params.status:
        ticket["status"] = params.status
    return Request(result=Ticket, method="PUT", path=_one, json={"ticket": ticket}, read=_ticket)


@zendesk.action(effect="idempotent_write", scopes=_write)
def add_tags(params: Tags) -> Request[TagList]:
    """Add tags to a ticket."""
    return Request(result=TagList, method="PUT", path="/api/v2/tickets/{id}/tags.json", json={"tags": list(params.tags)})


@zendesk.action(effect="read", scopes=_read)
async def list_tickets(calls: Calls, params: Listing) -> Tickets:
    """List tickets, the one that changed last first."""
    found: list[Ticket] = []
    query: dict[str, QueryValue] = {"page[size]": min(params.limit, page_size), "sort": ("-" if params.descending else "") + params.sort_by}
    while True:
        page = await calls.send(Request(result=TicketPage, method="GET", path=_tickets, query=query))
        found += page.items
        if not page.more or page.after is None or len(found) >= params.limit:
            return Tickets(tickets=tuple(found[: params.limit]), total=len(found[: params.limit]))
        query["page[after]"] = page.after


@zendesk.action(effect="read", scopes=_read)
async def search_tickets(calls: Calls, params: Search) -> Found:
    """Search tickets. What was opened minutes ago may not be found yet."""
    found: list[Ticket] = []
    query: dict[str, QueryValue] = {"query": params.words, "per_page": min(params.limit, page_size), "page": 1}
    if params.newest_first:
        query |= {"sort_by": "updated_at", "sort_order": "desc"}
    while True:
        page = await calls.send(Request(result=Hits, method="GET", path="/api/v2/search.json", query=dict(query)))
        found += page.tickets
        if page.following is None or len(found) >= params.limit:
            kept = tuple(found[: params.limit])
            return Found(tickets=kept, total=len(kept), available=page.available, query=params.words)
        query["page"] = int(str(query["page"])) + 1


@zendesk.action(effect="read", scopes=_read)
async def list_comments(calls: Calls, params: Below) -> Comments:
    """List what was said on a ticket."""
    found: list[Comment] = []
    order = "-created_at" if params.newest_first else "created_at"
    query: dict[str, QueryValue] = {"page[size]": min(params.limit, page_size), "sort": order}
    while True:
        page = await calls.send(Request(result=CommentPage, method="GET", path="/api/v2/tickets/{id}/comments.json", query=query))
        found += page.items
        if not page.more or page.after is None or len(found) >= params.limit:
            return Comments(comments=tuple(found[: params.limit]), total=len(found[: params.limit]))
        query["page[after]"] = page.after


@zendesk.action(effect="idempotent_write", scopes=_write)
def save_user(params: Person) -> Request[User]:
    """Create a person, or change the one with this external id or address."""
    user = {name: value for name, value in params.model_dump().items() if value is not None}
    return Request(result=User, method="POST", path="/api/v2/users/create_or_update.json", json={"user": user}, read=_user)


def _user(answer: Answer, params: Params) -> User:
    del params
    return OneUser.model_validate(answer.json).user


@zendesk.action(effect="read", scopes=_read)
def find_users(params: PersonSearch) -> Request[Users]:
    """Find people by address or name."""
    return Request(result=Users, method="GET", path="/api/v2/users/search.json", query={"query": params.query})


@zendesk.action(effect="read", scopes=_read)
def list_groups(params: Nothing) -> Request[Groups]:
    """List the groups of agents."""
    del params
    return Request(result=Groups, method="GET", path="/api/v2/groups.json", query={"page[size]": page_size}, read=_groups)


def _groups(answer: Answer, params: Params) -> Groups:
    del params
    return Groups(groups=GroupPage.model_validate(answer.json).items)
