"""A double of Linear's GraphQL API: a part of its schema, executed; ids that the client chooses; Relay pages; limits as errors with 400.

From https://linear.app/developers/graphql, …/developers/pagination, …/developers/filtering, …/developers/rate-limiting and
https://github.com/linear/linear (packages/sdk/src/schema.graphql); `schema` below is a part of it under the same names and types.
Where the vendor documents nothing, the double chose: what the schema refuses is 400, what an operation refuses is 200 with `errors`,
and an id that is taken is an INPUT_ERROR.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, build_schema, execute_sync, parse, validate
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, bearer, header

sdl = """
scalar DateTime
scalar DateTimeOrDuration
scalar JSONObject
scalar TimelessDate
enum PaginationOrderBy { createdAt updatedAt }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
input IDComparator { eq: ID in: [ID!] neq: ID nin: [ID!] }
input StringComparator {
  contains: String containsIgnoreCase: String endsWith: String eq: String eqIgnoreCase: String in: [String!] neq: String nin: [String!]
  startsWith: String
}
input NullableStringComparator { contains: String containsIgnoreCase: String eq: String in: [String!] neq: String null: Boolean }
input NumberComparator { eq: Float gt: Float gte: Float in: [Float!] lt: Float lte: Float neq: Float nin: [Float!] }
input NullableNumberComparator { eq: Float gt: Float gte: Float in: [Float!] lt: Float lte: Float neq: Float nin: [Float!] null: Boolean }
input DateComparator { eq: DateTimeOrDuration gt: DateTimeOrDuration gte: DateTimeOrDuration lt: DateTimeOrDuration lte: DateTimeOrDuration }
input TeamFilter { and: [TeamFilter!] id: IDComparator key: StringComparator name: StringComparator or: [TeamFilter!] }
input WorkflowStateFilter { id: IDComparator name: StringComparator team: TeamFilter type: StringComparator }
input UserFilter { active: BooleanComparator email: StringComparator id: IDComparator name: StringComparator }
input NullableUserFilter { email: StringComparator id: IDComparator name: StringComparator null: Boolean }
input BooleanComparator { eq: Boolean neq: Boolean }
input IssueLabelFilter { id: IDComparator name: StringComparator }
input IssueLabelCollectionFilter { id: IDComparator name: StringComparator some: IssueLabelFilter every: IssueLabelFilter }
input IssueFilter {
  and: [IssueFilter!] assignee: NullableUserFilter createdAt: DateComparator description: NullableStringComparator id: IssueIDComparator
  labels: IssueLabelCollectionFilter number: NumberComparator or: [IssueFilter!] priority: NullableNumberComparator
  state: WorkflowStateFilter team: TeamFilter title: StringComparator updatedAt: DateComparator
}
input IssueIDComparator { eq: ID in: [ID!] neq: ID nin: [ID!] }
type Organization { id: ID! name: String! urlKey: String! }
type User { active: Boolean! displayName: String! email: String! id: ID! name: String! organization: Organization! url: String! }
type Team {
  description: String id: ID! key: String! labels(after: String first: Int filter: IssueLabelFilter): IssueLabelConnection! name: String!
  states(after: String first: Int filter: WorkflowStateFilter): WorkflowStateConnection!
}
type WorkflowState { color: String! id: ID! name: String! position: Float! team: Team! type: String! }
type IssueLabel { color: String! id: ID! name: String! team: Team }
type Comment { body: String! createdAt: DateTime! id: ID! issue: Issue updatedAt: DateTime! url: String! user: User }
type Attachment { createdAt: DateTime! id: ID! issue: Issue! metadata: JSONObject! subtitle: String title: String! url: String! }
type Webhook { allPublicTeams: Boolean! enabled: Boolean! id: ID! label: String resourceTypes: [String!]! secret: String team: Team url: String }
type Issue {
  assignee: User attachments(after: String first: Int): AttachmentConnection! branchName: String!
  comments(after: String first: Int): CommentConnection! createdAt: DateTime! creator: User description: String dueDate: TimelessDate
  estimate: Float id: ID! identifier: String! labels(after: String first: Int filter: IssueLabelFilter): IssueLabelConnection!
  number: Float! priority: Float! priorityLabel: String! state: WorkflowState! team: Team! title: String! updatedAt: DateTime! url: String!
}
type IssueSearchResult {
  assignee: User attachments(after: String first: Int): AttachmentConnection! branchName: String!
  comments(after: String first: Int): CommentConnection! createdAt: DateTime! creator: User description: String dueDate: TimelessDate
  estimate: Float id: ID! identifier: String! labels(after: String first: Int filter: IssueLabelFilter): IssueLabelConnection!
  number: Float! priority: Float! priorityLabel: String! state: WorkflowState! team: Team! title: String! updatedAt: DateTime! url: String!
}
type UserConnection { edges: [UserEdge!]! nodes: [User!]! pageInfo: PageInfo! }
type UserEdge { cursor: String! node: User! }
type TeamConnection { edges: [TeamEdge!]! nodes: [Team!]! pageInfo: PageInfo! }
type TeamEdge { cursor: String! node: Team! }
type WorkflowStateConnection { edges: [WorkflowStateEdge!]! nodes: [WorkflowState!]! pageInfo: PageInfo! }
type WorkflowStateEdge { cursor: String! node: WorkflowState! }
type IssueLabelConnection { edges: [IssueLabelEdge!]! nodes: [IssueLabel!]! pageInfo: PageInfo! }
type IssueLabelEdge { cursor: String! node: IssueLabel! }
type IssueConnection { edges: [IssueEdge!]! nodes: [Issue!]! pageInfo: PageInfo! }
type IssueEdge { cursor: String! node: Issue! }
type IssueSearchPayload { edges: [IssueSearchResultEdge!]! nodes: [IssueSearchResult!]! pageInfo: PageInfo! totalCount: Float! }
type IssueSearchResultEdge { cursor: String! node: IssueSearchResult! }
type CommentConnection { edges: [CommentEdge!]! nodes: [Comment!]! pageInfo: PageInfo! }
type CommentEdge { cursor: String! node: Comment! }
type AttachmentConnection { edges: [AttachmentEdge!]! nodes: [Attachment!]! pageInfo: PageInfo! }
type AttachmentEdge { cursor: String! node: Attachment! }
type IssuePayload { issue: Issue lastSyncId: Float! success: Boolean! }
type CommentPayload { comment: Comment! lastSyncId: Float! success: Boolean! }
type AttachmentPayload { attachment: Attachment! lastSyncId: Float! success: Boolean! }
type WebhookPayload { lastSyncId: Float! success: Boolean! webhook: Webhook! }
type DeletePayload { entityId: String! lastSyncId: Float! success: Boolean! }
input IssueCreateInput {
  assigneeId: String createAsUser: String description: String dueDate: TimelessDate estimate: Int id: String labelIds: [String!]
  parentId: String priority: Int projectId: String stateId: String subscriberIds: [String!] teamId: String! title: String
}
input IssueUpdateInput {
  addedLabelIds: [String!] assigneeId: String description: String dueDate: TimelessDate estimate: Int labelIds: [String!] priority: Int
  projectId: String removedLabelIds: [String!] stateId: String teamId: String title: String
}
input CommentCreateInput { body: String createAsUser: String id: String issueId: String parentId: String }
input AttachmentCreateInput {
  commentBody: String createAsUser: String iconUrl: String id: String issueId: String! metadata: JSONObject subtitle: String
  title: String! url: String!
}
input WebhookCreateInput {
  allPublicTeams: Boolean enabled: Boolean = true id: String label: String resourceTypes: [String!]! secret: String teamId: String url: String!
}
type Query {
  comment(hash: String id: String): Comment!
  issue(id: String!): Issue!
  issueLabels(after: String filter: IssueLabelFilter first: Int): IssueLabelConnection!
  issues(after: String filter: IssueFilter first: Int includeArchived: Boolean orderBy: PaginationOrderBy): IssueConnection!
  searchIssues(
    after: String filter: IssueFilter first: Int includeArchived: Boolean includeComments: Boolean orderBy: PaginationOrderBy teamId: String
    term: String!
  ): IssueSearchPayload!
  teams(after: String filter: TeamFilter first: Int): TeamConnection!
  users(after: String filter: UserFilter first: Int): UserConnection!
  viewer: User!
  workflowStates(after: String filter: WorkflowStateFilter first: Int): WorkflowStateConnection!
}
type Mutation {
  attachmentCreate(input: AttachmentCreateInput!): AttachmentPayload!
  commentCreate(input: CommentCreateInput!): CommentPayload!
  issueAddLabel(id: String!, labelId: String!): IssuePayload!
  issueCreate(input: IssueCreateInput!): IssuePayload!
  issueUpdate(id: String!, input: IssueUpdateInput!): IssuePayload!
  webhookCreate(input: WebhookCreateInput!): WebhookPayload!
  webhookDelete(id: String!): DeletePayload!
}
"""
schema = build_schema(sdl)
_priorities = ("No priority", "Urgent", "High", "Medium", "Low")
_comparisons: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "in": lambda value, wanted: value in wanted,
    "nin": lambda value, wanted: value not in wanted,
    "gt": lambda value, wanted: value is not None and value > wanted,
    "gte": lambda value, wanted: value is not None and value >= wanted,
    "lt": lambda value, wanted: value is not None and value < wanted,
    "lte": lambda value, wanted: value is not None and value <= wanted,
    "contains": lambda value, wanted: wanted in (value or ""),
    "containsIgnoreCase": lambda value, wanted: wanted.lower() in (value or "").lower(),
    "eqIgnoreCase": lambda value, wanted: wanted.lower() == (value or "").lower(),
    "startsWith": lambda value, wanted: (value or "").startswith(wanted),
    "endsWith": lambda value, wanted: (value or "").endswith(wanted),
    "null": lambda value, wanted: (value is None) is wanted,
}


class Linear(Vendor):
    """A workspace with one team (ENG), its states, two labels and two people."""

    key = "linear"
    admissions = (bearer, header("authorization"))

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        organization = {"id": _uuid(), "name": "Tenuto", "urlKey": "tenuto"}
        self.users: list[Json] = [
            {
                "id": _uuid(),
                "name": name,
                "displayName": name.split()[0].lower(),
                "email": address,
                "active": True,
                "url": "https://linear.app/tenuto/profiles/" + name.split()[0].lower(),
                "organization": organization,
            }
            for name, address in (("Ada Lovelace", "ada@example.com"), ("Grace Hopper", "grace@example.com"))
        ]
        self.states: list[Json] = []
        self.labels: list[Json] = [{"id": _uuid(), "name": name, "color": "#bec2c8", "team": None} for name in ("Bug", "Feature")]
        self.teams: list[Json] = [
            {"id": _uuid(), "key": "ENG", "name": "Engineering", "description": None, "states": self.states, "labels": self.labels}
        ]
        kinds = (("Backlog", "backlog"), ("Todo", "unstarted"), ("In Progress", "started"), ("Done", "completed"), ("Canceled", "canceled"))
        self.states += [
            {"id": _uuid(), "name": name, "type": kind, "color": "#e2e2e2", "position": float(place), "team": self.teams[0]}
            for place, (name, kind) in enumerate(kinds)
        ]
        self.issues: list[Json] = []
        """The newest first, as Linear orders them by default."""
        self.comments: list[Json] = []
        self.attachments: list[Json] = []
        self.webhooks: list[Json] = []

    def routes(self) -> Routes:
        return [("POST", "/graphql", self._graphql)]

    def place(self, request: Request, sent: Any) -> str:
        """The text of the operation too, so that a fault can name a mutation."""
        return f"{request.url.path} {sent.get('query', '') if isinstance(sent, dict) else ''}"

    def limits(self, request: Request) -> dict[str, str]:
        reset = str(int(datetime.now(UTC).timestamp() * 1000) + 3_600_000)
        return {
            "x-ratelimit-requests-limit": "5000", "x-ratelimit-requests-remaining": str(max(1, 5000 - len(self.books.calls))),
            "x-ratelimit-requests-reset": reset, "x-complexity": "10", "x-ratelimit-complexity-limit": "250000",
            "x-ratelimit-complexity-remaining": str(max(1, 250_000 - 10 * len(self.books.calls))), "x-ratelimit-complexity-reset": reset,
        }  # fmt: skip

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited" | "secondary_limit":
                reset = str(int(datetime.now(UTC).timestamp() * 1000) + 90_000)
                which = "requests" if fault.kind == "rate_limited" else "complexity"
                headers = {f"x-ratelimit-{which}-remaining": "0", f"x-ratelimit-{which}-reset": reset}
                return _no(400, "Rate limit exceeded", "RATELIMITED", "ratelimited", headers)
            case "unauthorized":
                return _no(401, "Authentication required, not authenticated", "AUTHENTICATION_ERROR", "authentication error")
            case "forbidden":
                return _no(403, "Invalid scope: `write` required", "FORBIDDEN", "forbidden")
            case "invalid":
                return _no(400, fault.error or "Argument Validation Error", "INVALID_INPUT", "invalid input")
            case _:
                return _no(500, "Internal server error", "INTERNAL_SERVER_ERROR", "internal error")

    def add_issue(self, title: str, *, id: str | None = None, **more: Any) -> Json:
        """Create an issue of the team."""
        number, now = self.books.next(), _now()
        issue: Json = {
            "id": id or _uuid(), "number": float(number), "identifier": f"ENG-{number}", "title": title, "description": None, "priority": 0.0,
            "url": f"https://linear.app/tenuto/issue/ENG-{number}", "branchName": f"ada/eng-{number}", "createdAt": now, "updatedAt": now,
            "team": self.teams[0], "state": self.states[0], "creator": self.users[0], "assignee": None, "labels": [], "comments": [],
            "attachments": [], "estimate": None, "dueDate": None, **more,
        }  # fmt: skip
        issue["priorityLabel"] = _priorities[int(issue["priority"])]
        self.issues.insert(0, issue)
        return issue

    async def _graphql(self, _request: Request, sent: Any) -> Response:
        if not isinstance(sent, dict) or not isinstance(sent.get("query"), str):
            return _no(400, "POST body missing, invalid Content-Type, or JSON object has no keys.", "BAD_REQUEST", "invalid input")
        try:
            asked = parse(sent["query"])
        except GraphQLError as wrong:
            return _no(400, wrong.message, "GRAPHQL_PARSE_FAILED", "graphql error")
        if refused := validate(schema, asked):
            return _no(400, refused[0].message, "GRAPHQL_VALIDATION_FAILED", "graphql error")
        done = execute_sync(
            schema, asked, self._roots(sent), variable_values=sent.get("variables"), operation_name=sent.get("operationName"),
            field_resolver=self._resolve,
        )  # fmt: skip
        if done.errors and done.errors[0].path is None:
            return _no(400, done.errors[0].message, "INVALID_INPUT", "invalid input")
        return JSONResponse(_answer(done))

    def _roots(self, sent: Json) -> Json:
        """What the operations answer. A mutation's effect is counted by the id that the client chose, where no marker was sent."""
        return {
            "viewer": self.users[0], "users": self.users, "teams": self.teams, "workflowStates": self.states, "issueLabels": self.labels,
            "issues": lambda given: sorted(self.issues, key=lambda each: each[given.get("orderBy", "createdAt")], reverse=True),
            "searchIssues": self._search,
            "issue": lambda given: self._issue(given["id"]),
            "comment": lambda given: _one(self.comments, given.get("id"), "Comment"),
            "issueCreate": lambda given: self._create(given["input"], sent),
            "issueUpdate": lambda given: self._update(given["id"], given["input"], sent),
            "issueAddLabel": lambda given: self._update(given["id"], {"addedLabelIds": [given["labelId"]]}, sent),
            "commentCreate": lambda given: self._comment(given["input"], sent),
            "attachmentCreate": lambda given: self._attach(given["input"], sent),
            "webhookCreate": lambda given: self._hook(given["input"], sent),
            "webhookDelete": lambda given: self._unhook(given["id"]),
        }  # fmt: skip

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        value = source.get(info.field_name)
        if callable(value):
            value = value(arguments)
        if isinstance(value, list) and str(info.return_type).endswith(("Connection!", "SearchPayload!")):
            return self._page([each for each in value if _fits(each, arguments.get("filter") or {})], **arguments)
        return value

    def _page(self, items: list[Json], first: int | None = None, after: str | None = None, **_: Any) -> Json:
        if first is not None and not 0 < first <= 250:
            raise _refused("Argument Validation Error", "first must not be less than 1 or greater than 250.")
        known = [each["id"] for each in items]
        if after is not None and after not in known:
            raise _refused("Argument Validation Error", "after is not a valid pagination cursor identifier.")
        start = known.index(after) + 1 if after is not None else 0
        end = start + self.size(first, 50)
        nodes = items[start:end]
        info = {"hasNextPage": end < len(items), "hasPreviousPage": start > 0}
        info |= {"startCursor": nodes[0]["id"] if nodes else None, "endCursor": nodes[-1]["id"] if nodes else None}
        return {"nodes": nodes, "edges": [{"cursor": each["id"], "node": each} for each in nodes], "pageInfo": info} | {
            "totalCount": float(len(items))
        }

    def _issue(self, id: str) -> Json:
        return next((each for each in self.issues if each["identifier"] == id), None) or _one(self.issues, id, "Issue")

    def _search(self, given: Json) -> list[Json]:
        """Issues that have every word, those of the team first; Linear's own order (full text and vectors) is not to be had here."""
        words = given["term"].lower().split()

        def text(issue: Json) -> str:
            said = [each["body"] for each in issue["comments"]] if given.get("includeComments") else []
            return " ".join([issue["title"], issue["description"] or "", *said]).lower()

        found = [each for each in self.issues if all(word in text(each) for word in words)]
        return sorted(found, key=lambda each: each["team"]["id"] != given["teamId"]) if given.get("teamId") else found

    def _create(self, sent: Json, whole: Json) -> Json:
        chosen = _chosen(sent, self.issues, "Issue")
        if not sent.get("title"):
            raise _refused("Argument Validation Error", "title should not be empty.")
        _one(self.teams, sent["teamId"], "Team")
        changes = self._changes(sent)
        issue = self.add_issue(id=chosen, **changes)
        self.happened(whole, issue["id"])
        return self._done(issue=issue)

    def _update(self, id: str, sent: Json, whole: Json) -> Json:
        issue = self._issue(id)
        changes = self._changes(sent)
        labels: list[Json] = changes.get("labels", issue["labels"])
        added = [_one(self.labels, each, "IssueLabel") for each in sent.get("addedLabelIds") or []]
        changes["labels"] = [each for each in labels if each["id"] not in (sent.get("removedLabelIds") or []) and each not in added] + added
        issue |= changes | {"updatedAt": _now()}
        issue["priorityLabel"] = _priorities[int(issue["priority"])]
        self.happened(whole, f"update:{issue['id']}")
        return self._done(issue=issue)

    def _changes(self, sent: Json) -> Json:
        changes: Json = {name: sent[name] for name in ("title", "description", "estimate", "dueDate") if name in sent}
        if sent.get("priority") is not None:
            if not 0 <= sent["priority"] <= 4:
                raise _refused("Argument Validation Error", "priority must not be less than 0 or greater than 4.")
            changes["priority"] = float(sent["priority"])
        for name, items, field, kind in (
            ("stateId", self.states, "state", "WorkflowState"),
            ("assigneeId", self.users, "assignee", "User"),
        ):
            if name in sent:
                changes[field] = _one(items, sent[name], kind) if sent[name] else None
        if sent.get("labelIds") is not None:
            changes["labels"] = [_one(self.labels, each, "IssueLabel") for each in sent["labelIds"]]
        return changes

    def _comment(self, sent: Json, whole: Json) -> Json:
        chosen = _chosen(sent, self.comments, "Comment")
        if not sent.get("body"):
            raise _refused("Argument Validation Error", "body should not be empty.")
        issue, now = self._issue(sent.get("issueId") or ""), _now()
        comment: Json = {
            "id": chosen or _uuid(),
            "body": sent["body"],
            "issue": issue,
            "user": self.users[0],
            "createdAt": now,
            "updatedAt": now,
        }
        comment["url"] = f"{issue['url']}#comment-{comment['id'][:8]}"
        self.comments.append(comment)
        issue["comments"].append(comment)
        self.happened(whole, comment["id"])
        return self._done(comment=comment)

    def _attach(self, sent: Json, whole: Json) -> Json:
        """An attachment is known by its address: the same one again changes it."""
        issue = self._issue(sent["issueId"])
        known = next((each for each in issue["attachments"] if each["url"] == sent["url"]), None)
        facts: Json = {"subtitle": sent.get("subtitle"), "metadata": sent.get("metadata") or {}, "title": sent["title"], "url": sent["url"]}
        if known is None:
            known = {"id": _chosen(sent, self.attachments, "Attachment") or _uuid(), "issue": issue, "createdAt": _now()}
            self.attachments.append(known)
            issue["attachments"].append(known)
        known |= facts
        self.happened(whole, str(known["id"]))
        return self._done(attachment=known)

    def _hook(self, sent: Json, whole: Json) -> Json:
        if not re.match(r"https://", sent["url"]):
            raise _refused("Argument Validation Error", "url must be a URL address with the protocol https.")
        team = _one(self.teams, sent["teamId"], "Team") if sent.get("teamId") else None
        hook: Json = {"allPublicTeams": False, "enabled": True, "secret": "lin_wh_double", "label": None} | sent
        hook |= {"id": _chosen(sent, self.webhooks, "Webhook") or _uuid(), "team": team}
        self.webhooks.append(hook)
        self.happened(whole, hook["id"])
        return self._done(webhook=hook)

    def _unhook(self, id: str) -> Json:
        self.webhooks.remove(_one(self.webhooks, id, "Webhook"))
        return self._done(entityId=id)

    def _done(self, **what: Any) -> Json:
        return {"success": True, "lastSyncId": float(self.books.next()), **what}


def _one(items: list[Json], id: str | None, kind: str) -> Json:
    found = next((each for each in items if each["id"] == id), None)
    if found is None:
        raise _refused(f"Entity not found: {kind}", f"Could not find referenced {kind}.")
    return found


def _chosen(sent: Json, items: list[Json], kind: str) -> str | None:
    """The id that the client chose: a UUID (version 4) that no other has."""
    chosen = sent.get("id")
    if chosen is None:
        return None
    if not re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", chosen):
        raise _refused("Argument Validation Error", "id must be a UUID.")
    if any(each["id"] == chosen for each in items):
        raise _refused(f"conflict on insert of {kind}", f"{kind} with the id {chosen} already exists.")
    return str(chosen)


def _fits(source: Any, wanted: Json) -> bool:
    return all(_meets(source, name, value) for name, value in wanted.items())


def _meets(source: Any, name: str, wanted: Any) -> bool:
    match name:
        case "and":
            return all(_fits(source, each) for each in wanted)
        case "or":
            return any(_fits(source, each) for each in wanted)
        case "every":
            return all(_fits(each, wanted) for each in source)
        case "some":
            return any(_fits(each, wanted) for each in source)
        case _ if name in _comparisons:
            return _comparisons[name](source, wanted)
        case _ if isinstance(source, list):
            return any(_meets(each, name, wanted) for each in source)
        case _:
            return _fits(source.get(name) if isinstance(source, dict) else None, wanted)


def _refused(message: str, presentable: str) -> GraphQLError:
    extensions = {
        "type": "invalid input",
        "code": "INPUT_ERROR",
        "statusCode": 400,
        "userError": True,
        "userPresentableMessage": presentable,
    }
    return GraphQLError(message, extensions=extensions)


def _answer(done: ExecutionResult) -> Json:
    errors = {"errors": [each.formatted for each in done.errors]} if done.errors else {}
    return {"data": done.data, **errors}


def _no(status: int, message: str, code: str, kind: str, headers: dict[str, str] | None = None) -> Response:
    extensions = {"code": code, "type": kind, "userError": status < 500, "userPresentableMessage": message}
    return JSONResponse({"errors": [{"message": message, "extensions": extensions}]}, status, headers)


def _uuid() -> str:
    return str(uuid4())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
