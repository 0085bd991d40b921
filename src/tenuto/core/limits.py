"""How often a vendor may be asked: limits that are known beforehand, what its answers say of them, and what is leased of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tenuto.core.answer import Answer


@dataclass(frozen=True, slots=True)
class Quota:
    """What an answer says of the limit that its request counts against. Times are in seconds, from the answer on."""

    limit: int | None = None
    remaining: int | None = None
    resets_in: float | None = None
    """When the whole `limit` may be used again."""
    rolling: float | None = None
    """The limit holds for any so many seconds, instead of for windows that end."""
    refused: float | None = None
    """The request was refused because of the limit, and no other may be sent for so long."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A vendor's known limit: so many requests in so many seconds."""

    requests: float
    seconds: float
    path: str = ""
    """Of the requests whose path ends so; empty for all that no other limit names."""
    burst: int | None = None
    """How many may go at once; None for all of `requests`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A connector's limits: data about the vendor, kept where the vendor's other habits are."""

    known: tuple[RateLimit, ...] = ()
    each_path: bool = False
    """Whether the vendor counts each path (each method of its API) by itself."""
    read: Callable[[Answer, float], Quota | None] | None = None
    """Reads an answer, received at a time (seconds since 1970), where the usual headers do not do; None for `read_quota`."""

    def of(self, path: str) -> RateLimit | None:
        """The known limit of a request's path."""
        return next((limit for limit in self.known if limit.path and path.endswith(limit.path)), None) or next(
            (limit for limit in self.known if not limit.path), None
        )


class LimitKey(NamedTuple):
    """Which limit: `github:default`, `api.example.com`, `slack:team/chat.postMessage`."""

    workspace: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """How many requests this process may send now, and how the limit stands. Times are in seconds from now on."""

    granted: int
    governed: bool = True
    """Whether there is any limit to keep to."""
    wait: float = 0
    """When the next request may be leased."""
    pace: float | None = None
    """Requests a second in the long run."""
    round: int | None = None
    """The vendor's window that it belongs to, by our count."""
    remaining: int | None = None
    """What nobody has leased in this window."""
    resets_in: float | None = None
    told: bool = True
    """Whether the vendor itself has said when this window ends."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an answer said, for all processes to know."""

    quota: Quota
    round: int | None = None
    """The window in which its request was leased; None for one that was sent before the limit was known here."""
    unleased: int = 0
    """How many requests this process has sent, and has no answer of, that nobody leased; the answered one not counted."""


class Place(NamedTuple):
    """A request's place among those that wait for the same limit."""

    line: str
    """Lines are served in turns: the workflow, so that one with many runs does not keep the others waiting."""
    again: bool = False
    """Whether it has waited without a process already."""
    begun: bool = False
    """Whether the work it belongs to has begun outside and must not begin anew: it waits in memory, and goes first."""
    refused: int = 0
    """How often the vendor has refused it already."""


class Held(Exception):
    """A request has to wait for longer than is worth a process. Nothing was done outside."""

    def __init__(self, what: str, seconds: float, *, refused: bool = False) -> None:
        """`what` is the limit in words (`github:default`); `refused` says that the vendor was asked, and did not do it."""
        super().__init__(f"the rate limit of {what} allows this in {seconds:.1f} seconds")
        self.what = what
        self.seconds = seconds
        self.refused = refused
