"""A double of Jira Cloud's REST API 3: issues with their documents, comments, transitions, search by token, and limits by points.

Below its URL it is both addresses of one site: `/ex/jira/{cloudId}/rest/api/3/…` as api.atlassian.com has it for OAuth, and
`/rest/api/3/…` as the site has it for an e-mail address and an API token. From
https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (api-group-issues, -issue-comments, -issue-search, -issue-attachments,
-issue-properties), …/jira/platform/rate-limiting/, …/jira/platform/apis/document/structure/ and …/jira/platform/oauth-2-3lo-apps/.
JQL: clauses joined by AND (`=`, `!=`, `~`, `in (…)`, `>=`, `<=`), `issue.property[key].path`, ORDER BY created or updated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, basic, bearer, user

cloud = "11111111-2222-4333-8444-555555555555"
_statuses = {"10000": ("To Do", "new"), "10001": ("In Progress", "indeterminate"), "10002": ("Done", "done")}
_transitions = {"11": "10000", "21": "10001", "31": "10002"}
_settable = {"project", "issuetype", "summary", "description", "priority", "labels", "assignee", "parent", "duedate", "components"}
_priorities = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
_clause = re.compile(
    r'\s*(?P<field>issue\.property\[(?P<property>[^\]]+)\](?:\.(?P<path>\w+))?|"[^"]+"|\w+)\s*'
    r"(?P<operator>=|!=|~|>=|<=|in)\s*(?P<value>\([^)]*\)|\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s()]+)\s*",
    re.IGNORECASE,
)


class Jira(Vendor):
    """A site with the project TEN, three statuses and two people."""

    key = "jira"
    admissions = (bearer, basic)

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.site = "https://tenuto.atlassian.net"
        self.projects: list[Json] = [{"id": "10000", "key": "TEN", "name": "Tenuto", "projectTypeKey": "software", "style": "classic"}]
        self.issue_types: list[Json] = [
            {"id": "10001", "name": "Task", "subtask": False, "hierarchyLevel": 0},
            {"id": "10002", "name": "Bug", "subtask": False, "hierarchyLevel": 0},
            {"id": "10003", "name": "Sub-task", "subtask": True, "hierarchyLevel": -1},
        ]
        self.users: list[Json] = [
            person("5b10a2844c20165700ede21g", "Ada Lovelace", user),
            person("5b10ac8d82e05b22cc7d4ef5", "Grace Hopper"),
        ]
        self.issues: list[Json] = []
        """The newest first; beside `fields` each has `properties` and `comments`."""
        self.unindexed = False
        """The search does not know the latest issue yet, unless `reconcileIssues` names it."""

    def routes(self) -> Routes:
        issue = "/issue/{key}"
        rest: Routes = [
            ("GET", "/myself", self._myself),
            ("POST", "/issue", self._create),
            ("GET", issue, self._get),
            ("PUT", issue, self._edit),
            ("DELETE", issue, self._delete),
            ("GET", issue + "/comment", self._comments),
            ("POST", issue + "/comment", self._comment),
            ("GET", issue + "/transitions", self._list_transitions),
            ("POST", issue + "/transitions", self._move),
            ("PUT", issue + "/assignee", self._assign),
            ("POST", issue + "/attachments", self._attach),
            ("GET", issue + "/properties/{name}", self._property),
            ("PUT", issue + "/properties/{name}", self._set_property),
            ("GET", "/issue/createmeta/{project}/issuetypes", self._types),
            ("GET", "/issue/createmeta/{project}/issuetypes/{type}", self._type_fields),
            ("GET", "/search/jql", self._search),
            ("POST", "/search/jql", self._search),
            ("GET", "/project/search", self._list_projects),
            ("GET", "/user/search", self._find_users),
            ("GET", "/users/search", self._find_users),
            ("GET", "/user/assignable/search", self._find_users),
            ("GET", "/priority", self._list_priorities),
        ]
        below = [
            (method, root + path, self._known(each))
            for root in ("/ex/jira/{cloud}/rest/api/3", "/rest/api/3")
            for method, path, each in rest
        ]
        return [*below, ("GET", "/oauth/token/accessible-resources", self._resources)]

    def add_issue(self, summary: str, **fields: Any) -> Json:
        """Create an issue of the project TEN."""
        number, now = self.books.next(), _now()
        status, category = _statuses["10000"]
        issue: Json = {
            "id": str(10_000 + number), "key": f"TEN-{number}", "properties": {}, "comments": [],
            "fields": {
                "summary": summary, "description": None, "project": self.projects[0], "issuetype": self.issue_types[0], "labels": [],
                "status": {"id": "10000", "name": status, "statusCategory": {"key": category}}, "priority": {"id": "3", "name": "Medium"},
                "assignee": None, "reporter": self.users[0], "creator": self.users[0], "created": now, "updated": now, "duedate": None,
                "attachment": [], **fields,
            },
        }  # fmt: skip
        self.issues.insert(0, issue)
        return issue

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited" | "secondary_limit":
                reason = fault.error or ("jira-burst-based" if fault.kind == "secondary_limit" else "jira-quota-tenant-based")
                reset = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%MZ")
                limits = {
                    "x-ratelimit-limit": "65000",
                    "x-ratelimit-remaining": "0",
                    "x-ratelimit-reset": reset,
                    "ratelimit-reason": reason,
                }
                return JSONResponse({"errorMessages": ["Rate limit exceeded."], "errors": {}}, 429, limits | {"retry-after": "90"})
            case "unauthorized":
                return JSONResponse({"code": 401, "message": "Unauthorized"}, 401)
            case "forbidden" if fault.error == "scope":
                return JSONResponse({"code": 401, "message": "Unauthorized; scope does not match"}, 401)
            case "forbidden":
                return _no(403, "You do not have permission to create issues in this project.")
            case "invalid":
                return _no(400, fault.error or "There was an error parsing JSON. Check that your request body is valid.")
            case "unavailable":
                return JSONResponse({"code": 503, "message": "Service Unavailable"}, 503, {"retry-after": "5"})
            case _:
                return _no(500, "Internal server error")

    def limits(self, request: Request) -> dict[str, str]:
        return {"x-ratelimit-limit": "65000", "x-ratelimit-remaining": str(max(1, 65_000 - len(self.books.calls)))}

    def _known(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            if request.path_params.get("cloud", cloud) != cloud:
                return JSONResponse({"code": 404, "message": "Not Found"}, 404)
            if "key" not in request.path_params:
                return await endpoint(request, sent)
            issue = next((each for each in self.issues if request.path_params["key"] in (each["key"], each["id"])), None)
            if issue is None:
                return _no(404, "Issue does not exist or you do not have permission to see it.")
            return await endpoint(request, sent, issue)

        return enter

    async def _resources(self, _request: Request, _sent: Any) -> Response:
        scopes = ["read:jira-work", "write:jira-work", "read:jira-user"]
        return JSONResponse([{"id": cloud, "name": "tenuto", "url": self.site, "scopes": scopes, "avatarUrl": f"{self.site}/avatar.png"}])

    async def _myself(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse(self.users[0])

    async def _create(self, _request: Request, sent: Any) -> Response:
        fields = sent.get("fields", {})
        wrong = self._wrong(fields)
        if "project" not in fields or not self._one(self.projects, fields["project"], "key"):
            wrong["project"] = "valid project is required"
        if "issuetype" not in fields or not self._one(self.issue_types, fields["issuetype"], "name"):
            wrong["issuetype"] = "Specify a valid issue type"
        if not fields.get("summary"):
            wrong["summary"] = "You must specify a summary of the issue."
        if wrong:
            return _no(400, errors=wrong)
        issue = self.add_issue(fields["summary"])
        issue["fields"] |= self._resolved(fields)
        issue["properties"] = {each["key"]: each["value"] for each in sent.get("properties", [])}
        self.happened(sent, f"issue:{issue['key']}")
        return JSONResponse({"id": issue["id"], "key": issue["key"], "self": self._self(issue)}, 201)

    def _wrong(self, fields: Json) -> Json:
        unknown = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
        wrong: Json = {name: unknown.format(name) for name in fields if name not in _settable and not name.startswith("customfield_")}
        if fields.get("description") is not None and not is_document(fields["description"]):
            wrong["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        if "\n" in fields.get("summary", ""):
            wrong["summary"] = "The summary is invalid because it contains newline characters."
        if len(fields.get("summary", "")) > 255:
            wrong["summary"] = "Summary must be less than 255 characters."
        if any(" " in label for label in fields.get("labels") or []):
            wrong["labels"] = "The label contains spaces which is invalid."
        if fields.get("assignee") and not self._one(self.users, fields["assignee"], "accountId"):
            wrong["assignee"] = "Account ID for the user is invalid."
        if fields.get("priority") and not self._one(self._ranks(), fields["priority"], "name"):
            wrong["priority"] = "The priority selected is invalid."
        return wrong

    def _resolved(self, fields: Json) -> Json:
        """What was named by id, key or name, in full."""
        lists = {"project": self.projects, "issuetype": self.issue_types, "assignee": self.users, "priority": self._ranks()}
        names = {"project": "key", "issuetype": "name", "assignee": "accountId", "priority": "name"}
        return {
            name: self._one(lists[name], value, names[name]) if name in lists and value else value for name, value in fields.items()
        }  # fmt: skip

    def _one(self, items: list[Json], wanted: Json, name: str) -> Json | None:
        return next(
            (each for each in items if any(wanted.get(key) == each[key] for key in ("id", name) if key in each and key in wanted)), None
        )

    def _ranks(self) -> list[Json]:
        return [{"id": rank, "name": name} for rank, name in _priorities.items()]

    def _self(self, issue: Json) -> str:
        return f"{self.site}/rest/api/3/issue/{issue['id']}"

    def _shown(self, issue: Json, wanted: list[str]) -> Json:
        asked = [each for name in wanted for each in name.split(",") if each]
        every = {"*all", "*navigable"} & set(asked)
        fields = {name: value for name, value in issue["fields"].items() if every or name in asked}
        shown: Json = {"id": issue["id"]}
        return shown if asked == ["id"] else shown | {"key": issue["key"], "self": self._self(issue), "fields": fields}

    async def _get(self, request: Request, _sent: Any, issue: Json) -> Response:
        shown = self._shown(issue, request.query_params.getlist("fields") or ["*all"])
        names = [each for name in request.query_params.getlist("properties") for each in name.split(",")]
        if names:
            shown["properties"] = {name: value for name, value in issue["properties"].items() if name in names or "*all" in names}
        return JSONResponse(shown)

    async def _edit(self, _request: Request, sent: Any, issue: Json) -> Response:
        fields = sent.get("fields", {})
        if wrong := self._wrong(fields):
            return _no(400, errors=wrong)
        issue["fields"] |= self._resolved(fields) | {"updated": _now()}
        for change in sent.get("update", {}).get("labels", []):
            kept = [label for label in issue["fields"]["labels"] if label not in change.values()]
            issue["fields"]["labels"] = kept + ([change["add"]] if "add" in change else [])
        issue["properties"] |= {each["key"]: each["value"] for each in sent.get("properties", [])}
        self.happened(sent, f"edit:{issue['key']}")
        return Response(status_code=204)

    async def _delete(self, _request: Request, _sent: Any, issue: Json) -> Response:
        self.issues.remove(issue)
        self.happened(None, f"delete:{issue['key']}")
        return Response(status_code=204)

    async def _comments(self, request: Request, _sent: Any, issue: Json) -> Response:
        newest = request.query_params.get("orderBy", "created").startswith("-")
        return self._page(request, "comments", issue["comments"][::-1] if newest else issue["comments"])

    async def _comment(self, _request: Request, sent: Any, issue: Json) -> Response:
        if not is_document(sent.get("body")):
            return _no(400, errors={"comment": "Comment body is not valid!"})
        number, now = str(10_000 + self.books.next()), _now()
        comment: Json = {
            "id": number,
            "self": f"{self._self(issue)}/comment/{number}",
            "author": self.users[0],
            "body": sent["body"],
            "created": now,
        }
        comment |= {"updated": now, "updateAuthor": self.users[0], "jsdPublic": True}
        issue["comments"].append(comment | {"properties": sent.get("properties", [])})
        self.happened(sent, f"comment:{issue['key']}")
        return JSONResponse(comment, 201)

    async def _list_transitions(self, _request: Request, _sent: Any, _issue: Json) -> Response:
        found = [
            {
                "id": step, "name": _statuses[to][0], "hasScreen": False, "isGlobal": True, "isInitial": False, "isAvailable": True,
                "to": {"id": to, "name": _statuses[to][0], "statusCategory": {"key": _statuses[to][1]}},
            }
            for step, to in _transitions.items()
        ]  # fmt: skip
        return JSONResponse({"expand": "transitions", "transitions": found})

    async def _move(self, _request: Request, sent: Any, issue: Json) -> Response:
        step = str(sent.get("transition", {}).get("id"))
        if step not in _transitions:
            return _no(400, f"Transition id '{step}' is not valid for this issue.")
        to = _transitions[step]
        issue["fields"] |= {"status": {"id": to, "name": _statuses[to][0], "statusCategory": {"key": _statuses[to][1]}}, "updated": _now()}
        self.happened(sent, f"move:{issue['key']}:{_statuses[to][0]}")
        return Response(status_code=204)

    async def _assign(self, _request: Request, sent: Any, issue: Json) -> Response:
        found = self._one(self.users, sent, "accountId")
        if sent.get("accountId") and not found:
            return _no(404, "The user does not exist or you do not have permission to view it.")
        issue["fields"] |= {"assignee": found, "updated": _now()}
        self.happened(sent, f"assign:{issue['key']}")
        return Response(status_code=204)

    async def _attach(self, request: Request, _sent: Any, issue: Json) -> Response:
        if request.headers.get("x-atlassian-token") != "no-check":
            return Response("XSRF check failed", 403, media_type="text/plain")
        async with request.form() as form:
            files = [
                (each.filename or "", each.content_type, await each.read()) for each in form.getlist("file") if not isinstance(each, str)
            ]
        if not files:
            return _no(400, "No file was attached.")
        made: list[Json] = [
            {
                "id": str(self.books.next()),
                "filename": name,
                "mimeType": kind,
                "size": len(content),
                "author": self.users[0],
                "created": _now(),
            }
            for name, kind, content in files
        ]
        issue["fields"]["attachment"] += made
        self.happened([name for name, _, _ in files], f"attach:{issue['key']}")
        return JSONResponse(made)

    async def _property(self, request: Request, _sent: Any, issue: Json) -> Response:
        name = request.path_params["name"]
        if name not in issue["properties"]:
            return _no(404, f"The property with key '{name}' does not exist.")
        return JSONResponse({"key": name, "value": issue["properties"][name]})

    async def _set_property(self, request: Request, sent: Any, issue: Json) -> Response:
        name = request.path_params["name"]
        status = 200 if name in issue["properties"] else 201
        issue["properties"][name] = sent
        return Response(status_code=status)

    async def _types(self, request: Request, _sent: Any) -> Response:
        if not self._project(request):
            return _no(404, "No project could be found with that id or key.")
        return self._page(request, "issueTypes", self.issue_types)

    async def _type_fields(self, request: Request, _sent: Any) -> Response:
        if not self._project(request) or request.path_params["type"] not in {each["id"] for each in self.issue_types}:
            return _no(404, "No issue type could be found with that id.")
        fields: list[Json] = [
            {
                "fieldId": name,
                "key": name,
                "name": name.capitalize(),
                "required": name in ("summary", "project", "issuetype"),
                "operations": ["set"],
            }
            for name in sorted(_settable)
        ]
        return self._page(request, "fields", fields)

    def _project(self, request: Request) -> Json | None:
        return next((each for each in self.projects if request.path_params["project"] in (each["key"], each["id"])), None)

    async def _list_projects(self, request: Request, _sent: Any) -> Response:
        text = request.query_params.get("query", "").lower()
        return self._page(request, "values", [each for each in self.projects if text in (each["key"] + each["name"]).lower()])

    async def _find_users(self, request: Request, _sent: Any) -> Response:
        text = request.query_params.get("query", "").lower()
        found = [each for each in self.users if text in (each["displayName"] + each.get("emailAddress", "")).lower()]
        start = int(request.query_params.get("startAt", "0"))
        return JSONResponse(found[start : start + self.size(request.query_params.get("maxResults"), 50)])

    async def _list_priorities(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse(self._ranks())

    def _page(self, request: Request, name: str, items: list[Json]) -> Response:
        start, size = int(request.query_params.get("startAt", "0")), self.size(request.query_params.get("maxResults"), 50)
        last = start + size >= len(items)
        return JSONResponse({"startAt": start, "maxResults": size, "total": len(items), "isLast": last, name: items[start : start + size]})

    async def _search(self, request: Request, sent: Any) -> Response:
        asked: Json = sent or dict(request.query_params)
        wanted: list[str] = asked["fields"] if sent and "fields" in asked else request.query_params.getlist("fields")
        try:
            found = self._found(asked.get("jql", ""), {str(each) for each in asked.get("reconcileIssues", [])})
        except ValueError as refusal:
            return _no(400, str(refusal))
        given = asked.get("nextPageToken")
        if given is not None and not re.fullmatch(r"page-\d+", given):
            return _no(400, "The provided next page token is invalid.")
        start = int(given.removeprefix("page-")) if given else 0
        end = start + self.size(asked.get("maxResults"), 50)
        names: list[str] = asked.get("properties") or []
        if len(names) > 5:
            return _no(400, "The maximum number of issue properties that can be requested is 5.")
        shown = [self._shown(each, wanted or ["id"]) for each in found[start:end]]
        if names:
            kept = [{name: each["properties"][name] for name in names if name in each["properties"]} for each in found[start:end]]
            shown = [each | {"properties": own} for each, own in zip(shown, kept, strict=True)]
        answer: Json = {"issues": shown, "isLast": end >= len(found)}
        return JSONResponse(answer | ({} if answer["isLast"] else {"nextPageToken": f"page-{end}"}))

    def _found(self, jql: str, reconciled: set[str]) -> list[Json]:
        matches = _matching(jql)
        issues = [each for index, each in enumerate(self.issues) if index or not self.unindexed or each["id"] in reconciled]
        return _ordered([each for each in issues if matches(each)], jql)


def person(account: str, name: str, address: str = "") -> Json:
    """A user as Jira answers it; most hide their address."""
    found: Json = {"accountId": account, "accountType": "atlassian", "displayName": name, "active": True, "timeZone": "Europe/London"}
    return found | ({"emailAddress": address} if address else {})


def is_document(value: Any) -> bool:
    """Whether a value is a document of the Atlassian Document Format, in its outer shape."""
    outer = isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1 and isinstance(value.get("content"), list)
    return outer and all(_is_block(each) for each in value["content"])


def _is_block(block: Any) -> bool:
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    if block["type"] == "text":
        return isinstance(block.get("text"), str) and block["text"] != ""
    return all(_is_block(each) for each in block.get("content", []))


def _matching(jql: str) -> Callable[[Json], bool]:
    """The test that a query makes; `ValueError` for one that Jira refuses or this double does not know."""
    where = re.split(r"\border\s+by\b", jql, flags=re.IGNORECASE)[0].strip()
    if not where:
        raise ValueError("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    clauses: list[re.Match[str]] = []
    position = 0
    while position < len(where):
        clause = _clause.match(where, position)
        if clause is None:
            raise ValueError(f"Error in the JQL Query: Expecting operator before '{where[position:]}'. (line 1, character {position + 1})")
        clauses.append(clause)
        joint = re.compile(r"and\b", re.IGNORECASE).match(where, clause.end())
        if joint is None and clause.end() < len(where):
            raise ValueError(
                f"Error in the JQL Query: Expecting 'AND' but got '{where[clause.end() :]}'. (line 1, character {clause.end() + 1})"
            )
        position = joint.end() if joint else clause.end()
    return lambda issue: all(_holds(issue, clause) for clause in clauses)


def _holds(issue: Json, clause: re.Match[str]) -> bool:
    operator, value = clause["operator"].lower(), clause["value"]
    wanted = [_bare(each) for each in value.strip("()").split(",")] if operator == "in" else [_bare(value)]
    is_values = [str(each).lower() for each in _values(issue, clause) if each is not None]
    match operator:
        case "=" | "in":
            return bool({each.lower() for each in wanted} & set(is_values))
        case "!=":
            return wanted[0].lower() not in is_values
        case "~":
            return any(wanted[0].lower() in each for each in is_values)
        case ">=":
            return any(each >= wanted[0].lower() for each in is_values)
        case _:
            return any(each <= wanted[0].lower() for each in is_values)


def _values(issue: Json, clause: re.Match[str]) -> list[Any]:
    fields = issue["fields"]
    if clause["property"]:
        found = issue["properties"].get(_bare(clause["property"]))
        return [found.get(clause["path"]) if clause["path"] and isinstance(found, dict) else found]
    match _bare(clause["field"]).lower():
        case "key" | "issue" | "issuekey" | "id":
            return [issue["key"], issue["id"]]
        case "labels":
            return fields["labels"]
        case "text":
            return [fields["summary"], fields["description"]]
        case "created" | "updated" as name:
            return [fields[name].replace("T", " ")]
        case "type" | "issuetype":
            return list(fields["issuetype"].values())
        case name if name in fields:
            return list(fields[name].values()) if isinstance(fields[name], dict) else [fields[name]]
        case name:
            raise ValueError(f"Field '{name}' does not exist or you do not have permission to view it.")


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip().strip("\"'"))


def _ordered(found: list[Json], jql: str) -> list[Json]:
    order = re.search(r"\border\s+by\s+(created|updated|key)(?:\s+(asc|desc))?", jql, re.IGNORECASE)
    if order is None:
        return found
    key = order[1].lower()
    where = (lambda each: int(each["id"])) if key == "key" else (lambda each: (each["fields"][key], int(each["id"])))
    return sorted(found, key=where, reverse=(order[2] or "asc").lower() == "desc")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _no(status: int, *messages: str, errors: Json | None = None) -> Response:
    return JSONResponse({"errorMessages": list(messages), "errors": errors or {}}, status)
