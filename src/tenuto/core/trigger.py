"""What starts a workflow beside a call: a webhook that comes in, a schedule, or something new that polling finds."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from tenuto.core.schedule import check_cron
from tenuto.core.values import Frozen, Plain

shortest_interval = timedelta(seconds=1)
longest_interval = timedelta(days=366)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(f'"{name}" is no time zone; write a name of the IANA database such as Europe/Berlin') from None
    return name


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        raise ValueError(f"{error}; write an address or a network such as 192.0.2.0/24") from None
    return text


def _interval(value: timedelta) -> timedelta:
    if not shortest_interval <= value <= longest_interval or value % shortest_interval:
        raise ValueError("an interval is a whole number of seconds, from PT1S to P366D")
    return value


Key = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
Network = Annotated[str, StringConstraints(max_length=64), AfterValidator(_network)]
Interval = Annotated[timedelta, AfterValidator(_interval)]
HookPath = Annotated[str, StringConstraints(min_length=3, max_length=200, pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]
SchemeName: TypeAlias = Literal[
    "github", "slack", "stripe", "hubspot", "notion", "linear", "zendesk", "jira", "hmac", "bearer", "path"
]  # fmt: skip


class _Trigger(Frozen):
    id: Key = Field(description="Names the trigger within its workflow; its state is kept under this name over new versions.")
    enabled: bool = Field(default=True, description="false: it is published, and does nothing.")
    input: Plain = Field(
        default=None, description="What the run is given; expressions over `event`, `trigger` and `now`. By default the event itself."
    )


class WebhookTrigger(_Trigger):
    """A delivery to `/api/hooks/{path}` starts a run."""

    type: Literal["webhook"]
    path: HookPath | None = Field(default=None, description="Of the address; a random one that nobody guesses if it is not given.")
    connector: str | None = Field(default=None, description="Whose webhooks these are; it knows how they are signed.")
    events: tuple[str, ...] = Field(
        default=(), max_length=100, description="Names such as `issues.opened`, or `issues` for all of that kind; empty means every one."
    )
    scheme: SchemeName | None = Field(
        default=None,
        description="How the sender proves itself: the connector's way by default, else `hmac`. `path`: whoever knows the address may call.",
    )
    secret: Key | None = Field(
        default=None, description="The name of a kept secret, which several triggers may share; one of its own by default."
    )
    filter: str | None = Field(default=None, max_length=10_000, description="An expression; the event is ignored where it is false.")
    allow: tuple[Network, ...] = Field(default=(), max_length=100, description="Addresses that may call (CIDR); empty means any.")
    respond: Literal["immediately", "when_done"] = Field(
        default="immediately", description="`when_done`: the answer is the run's, if it ends within 25 seconds."
    )

    @model_validator(mode="after")
    def _guarded(self) -> WebhookTrigger:
        if self.scheme == "path" and self.path is not None:
            raise ValueError("with scheme path the address is the secret, so it cannot be chosen: leave path out")
        return self


class ScheduleTrigger(_Trigger):
    """The clock starts a run."""

    type: Literal["schedule"]
    cron: str | None = Field(
        default=None, max_length=200, description="Five fields (minute, hour, day, month, weekday), or six with seconds."
    )
    every: Interval | None = Field(
        default=None, description="Instead of `cron`: an interval, aligned to the epoch (PT15M: at :00, :15, …)."
    )
    timezone: Zone = "UTC"
    overlap: Literal["skip", "queue", "allow"] = Field(
        default="skip", description="When the run before still goes on: leave the slot out, start after it, or start beside it."
    )
    catch_up: timedelta = Field(
        default=timedelta(minutes=5), ge=timedelta(0), le=timedelta(days=31),
        description="Slots that were missed (nothing ran) are made up for if they are no older than this.",
    )  # fmt: skip
    missed: Literal["all", "last"] = Field(default="all", description="Which of the missed slots within `catch_up`.")
    jitter: timedelta = Field(
        default=timedelta(0), ge=timedelta(0), le=timedelta(hours=1),
        description="The start is late by up to this, the same for each slot: spreads what everybody runs at midnight.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _timed(self) -> ScheduleTrigger:
        if (self.cron is None) == (self.every is None):
            raise ValueError("a schedule has exactly one of cron and every")
        if self.cron is not None:
            check_cron(self.cron)
        return self


class PollTrigger(_Trigger):
    """An action is asked again and again, and each new item starts a run."""

    type: Literal["poll"]
    connector: str
    action: str = Field(description="An action that only reads.")
    params: dict[str, Plain] = Field(default_factory=dict, description="Expressions over `trigger` (`trigger.watermark`) and `now`.")
    connection: str | None = None
    interval: Interval = timedelta(minutes=5)
    items: str = Field(
        description="Where the list is in what the action answers: an expression over `event`, such as `{{ event.issues }}`."
    )
    key: str = Field(description="What tells an item from the others: an expression over `event`, the item, such as `{{ event.id }}`.")
    watermark: str | None = Field(
        default=None, description="How far we have come: an expression over `event`, the item; the greatest value is kept."
    )
    backfill: bool = Field(default=False, description="Whether what is there at the first poll starts runs too.")


Trigger: TypeAlias = Annotated[WebhookTrigger | ScheduleTrigger | PollTrigger, Field(discriminator="type")]
