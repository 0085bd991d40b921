"""Everything that can go wrong, as one tree of problems that people and programs can read.

Problem (500 is a bug)
├── Malformed 400            the request cannot be read
├── Unauthenticated 401      nobody known is calling
│   └── ConnectionMissing    production, and no account is connected
├── Forbidden 403            known, but not allowed
│   └── InsufficientScope    … to an application that acts for a member (RFC 6750)
├── OAuthRefused 400         an application's request for access (RFC 6749, 5.2; RFC 7591, 3.2.2)
├── NotFound 404
├── Conflict 409             it exists, or it changed under you
│   └── ReadOnly             imported runs and published versions do not change
├── Outdated 412             a change of something that has changed since it was read
├── TooLarge 413
├── Invalid 422              well-formed, but wrong
│   ├── InvalidDefinition    a workflow with problems, all of them listed
│   ├── InvalidExpression    an expression that cannot be read
│   ├── ExpressionFailed     an expression that failed when it was evaluated
│   ├── CodeFailed           a program that failed, or may not use what it asked for
│   │   └── NonDeterministic … or made other calls when it was replayed than before
│   └── InvalidOutput        an agent or a vendor answered something else than promised
├── TooManyRequests 429      our own inbound limit
├── Unavailable 503          the database, or a part that is still starting
│   └── Misconfigured        a setting is missing or wrong
├── Outgoing 502             something outside us
│   ├── EgressRefused        the guard does not let this address be reached
│   ├── Unreachable          the request never left (retryable)
│   ├── Uncertain            the request left and no answer came: it may have happened
│   ├── Rejected             the vendor refused (4xx)
│   │   ├── AuthRejected     … because of the credentials
│   │   └── CreditsExhausted … because the account is empty (never retried)
│   ├── RateLimited          the vendor asks us to wait (retryable, `retry_after`)
│   └── VendorFailed         the vendor failed (5xx: retryable)
├── BudgetExceeded 402       the run or its workflow may not spend more
├── TimedOut 504             a node or a run took longer than it may
├── Damaged 500              what the database holds is not what was written
└── NodeFailed 500           a node's own failure that has no better name
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

type_prefix = "https://tenuto.dev/problems/"


class Issue(BaseModel):
    """One of several problems of one input: where, what, and how to mend it."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(description="JSON pointer (RFC 6901) into the input.")
    code: str = Field(description="Stable, kebab-case name of this kind of issue.")
    message: str = Field(description="One sentence for a person.")
    fix: str | None = Field(default=None, description="What to do about it, where that is known.")
    node: str | None = Field(default=None, description="The node concerned.")
    severity: str = Field(default="error", description="`error` stops a run, `warning` does not.")
    line: int | None = Field(default=None, description="Within a program: the line, from 1.")
    column: int | None = Field(default=None, description="Within a program: the character, from 1.")


class ProblemData(BaseModel):
    """A problem as it is stored and sent (RFC 9457 names, plus where and what to do)."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="Stable kebab-case name, the last part of the problem's URI.")
    status: int
    detail: str = Field(description="One sentence that says what happened.")
    fix: str | None = None
    pointer: str | None = None
    node: str | None = None
    retryable: bool = False
    retry_after: float | None = Field(default=None, description="Seconds to wait before trying again.")
    issues: tuple[Issue, ...] = ()
    raw: str | None = Field(default=None, description="What was received, shortened, where that helps; never a secret.")


class Problem(Exception):
    """An error with a status, a stable type, a place, and what to do about it."""

    type: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str,
        *,
        fix: str | None = None,
        pointer: str | None = None,
        node: str | None = None,
        retry_after: float | None = None,
        issues: tuple[Issue, ...] = (),
        raw: str | None = None,
    ) -> None:
        """`detail` is one sentence; `retry_after` is in seconds; `raw` is cut to 2,000 characters."""
        super().__init__(detail)
        self.data = ProblemData(
            type=self.type,
            status=self.status,
            detail=detail,
            fix=fix,
            pointer=pointer,
            node=node,
            retryable=self.retryable,
            retry_after=retry_after,
            issues=issues,
            raw=raw[:2000] if raw else None,
        )

    def at(self, *, node: str | None = None, pointer: str | None = None) -> Self:
        """Say where it happened, unless that is known already."""
        update = {"node": self.data.node or node, "pointer": self.data.pointer or pointer}
        self.data = self.data.model_copy(update=update)
        return self


class Malformed(Problem):
    """The request cannot be read."""

    type, status = "malformed", 400


class Unauthenticated(Problem):
    """Nobody known is calling."""

    type, status = "unauthenticated", 401


class ConnectionMissing(Unauthenticated):
    """An account has to be connected first."""

    type = "connection-missing"


class Forbidden(Problem):
    """The caller may not do this."""

    type, status = "forbidden", 403


class InsufficientScope(Forbidden):
    """An application was not allowed this by the member it acts for, who could allow it."""

    type = "insufficient-scope"

    def __init__(self, detail: str, *, scope: str) -> None:
        """`scope` is all that has to be asked for, with spaces between."""
        super().__init__(detail, fix=f"Connect the application again, and allow {scope}.")
        self.scope = scope


class OAuthRefused(Problem):
    """An application's request for access is refused, with one of the protocol's own error names."""

    type, status = "oauth-refused", 400

    def __init__(self, code: str, detail: str, *, fix: str | None = None) -> None:
        """`code` is the protocol's name: `invalid_grant`, `invalid_request`, …"""
        super().__init__(detail, fix=fix)
        self.code = code


class NotFound(Problem):
    """No such thing in this workspace."""

    type, status = "not-found", 404


class Conflict(Problem):
    """It exists already, or it changed in the meantime."""

    type, status = "conflict", 409


class ReadOnly(Conflict):
    """This is a record and does not change."""

    type = "read-only"


class Outdated(Problem):
    """A change that was made to an older revision; nothing was written."""

    type, status = "outdated-revision", 412


class TooLarge(Problem):
    """More than is accepted."""

    type, status = "too-large", 413


class Invalid(Problem):
    """Well-formed, but wrong."""

    type, status = "invalid", 422


class InvalidDefinition(Invalid):
    """A workflow with problems; `issues` lists all of them."""

    type = "invalid-definition"


class InvalidExpression(Invalid):
    """An expression that cannot be read."""

    type = "invalid-expression"


class ExpressionFailed(Invalid):
    """An expression that failed, or took too long or too much, when it was evaluated."""

    type = "expression-failed"


class CodeFailed(Invalid):
    """A program that failed, or took too long or too much; its issue says where."""

    type = "code-failed"


class NonDeterministic(CodeFailed):
    """A program that made other calls when it was replayed than it had made before."""

    type = "non-deterministic-code"


class InvalidOutput(Invalid):
    """An agent or a vendor answered something else than promised."""

    type = "invalid-output"


class TooManyRequests(Problem):
    """Our own inbound limit."""

    type, status, retryable = "too-many-requests", 429, True


class Unavailable(Problem):
    """A part of us is not there at the moment."""

    type, status, retryable = "unavailable", 503, True


class Misconfigured(Unavailable):
    """A setting is missing or wrong; the sentence names it."""

    type, retryable = "misconfigured", False


class Outgoing(Problem):
    """Something outside us went wrong."""

    type, status = "outgoing", 502


class EgressRefused(Outgoing):
    """The guard does not let this address be reached."""

    type = "egress-refused"


class Unreachable(Outgoing):
    """The request never left, so nothing happened outside."""

    type, retryable = "unreachable", True


class Uncertain(Outgoing):
    """The request left and no answer came: it may or may not have happened."""

    type = "uncertain"


class Rejected(Outgoing):
    """The vendor refused the request."""

    type = "rejected"


class AuthRejected(Rejected):
    """The vendor refused the credentials."""

    type = "auth-rejected"


class CreditsExhausted(Rejected):
    """The vendor's account is empty; trying again does not help."""

    type = "credits-exhausted"


class RateLimited(Outgoing):
    """The vendor asks us to wait; `retry_after` says how long, if it did."""

    type, retryable = "rate-limited", True


class VendorFailed(Outgoing):
    """The vendor failed."""

    type, retryable = "vendor-failed", True


class BudgetExceeded(Problem):
    """A run, or its workflow in a day or a month, may not spend more; nothing was sent."""

    type, status = "budget-exceeded", 402
    asks: bool = False
    """Whether the run waits for somebody to say how it goes on, rather than fails."""


class TimedOut(Problem):
    """A node or a run took longer than it may."""

    type, status, retryable = "timed-out", 504, True


class Damaged(Problem):
    """What the database holds is not what was written."""

    type = "damaged"


class NodeFailed(Problem):
    """A node's own failure that has no better name."""

    type = "node-failed"


def problem_from(data: ProblemData) -> Problem:
    """The problem that was stored: of the class that its type names, or a plain one if the type is not known."""
    kind = _kinds().get(data.type, Problem)
    problem = kind(data.detail)
    problem.data = data
    return problem


def internal(error: BaseException) -> ProblemData:
    """What may be said of an error that is a bug: its class, never its text or trace."""
    detail = f"Something went wrong inside Tenuto ({type(error).__name__}). The log has the details."
    return ProblemData(type="internal", status=500, detail=detail)


@lru_cache(maxsize=1)
def _kinds() -> dict[str, type[Problem]]:
    found: dict[str, type[Problem]] = {}
    frontier: list[type[Problem]] = [Problem]
    while frontier:
        kind = frontier.pop()
        found[kind.type] = kind
        frontier.extend(kind.__subclasses__())
    return found
