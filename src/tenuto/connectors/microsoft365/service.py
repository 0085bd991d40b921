"""Microsoft Graph as it is reached: where, with which scopes, how it says no, and what mail, calendar and Teams share."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import AliasChoices, Field

from tenuto.core.auth import OAuth2
from tenuto.core.connector import Answer, Connector, ErrorRule, Params, Request, Result, Whoami
from tenuto.core.errors import AuthRejected, NotFound

mail_send, mail_read, mail_write = "Mail.Send", "Mail.Read", "Mail.ReadWrite"
calendar_read, calendar_write = "Calendars.Read", "Calendars.ReadWrite"
teams_read, channels_read, channels_create = "Team.ReadBasic.All", "Channel.ReadBasic.All", "Channel.Create"
channel_read, channel_send = "ChannelMessage.Read.All", "ChannelMessage.Send"
chat_read, chat_write, user_read = "Chat.Read", "Chat.ReadWrite", "User.Read"
immutable = 'IdType="ImmutableId"'
"""An id that stays when a message moves: what is asked for twice is still found."""
as_text = {"prefer": f'{immutable}, outlook.body-content-type="text"'}
_reconnect = "Connect Microsoft 365 again."
_grant = "Connect Microsoft 365 again and grant what is asked for, or choose what the account may see."


class Person(Result):
    """Somebody."""

    address: str = Field(
        default="",
        validation_alias=AliasChoices("address", "mail", "userPrincipalName"),
        description="Address.",
        examples=["bo@example.com"],
    )
    name: str | None = Field(default=None, validation_alias=AliasChoices("name", "displayName"), description="Name.", examples=["Bo"])


def _account(answer: Answer, _params: Params) -> Whoami:
    return Whoami(account=Person.model_validate(answer.json).address)


class Nothing(Result):
    """An answer that says nothing."""


def nothing(_answer: Answer, _params: Params) -> Nothing:
    """Reads an answer without a body (202, 204)."""
    return Nothing()


microsoft365 = Connector(
    key="microsoft365",
    name="Microsoft 365",
    doc="Outlook's mail and calendar, and Teams.",
    base_url="https://graph.microsoft.com/v1.0",
    headers={"prefer": immutable},
    auth=OAuth2(
        authorize_url="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        token_url="https://login.microsoftonline.com/common/oauth2/v2.0/token",  # noqa: S106 - an address, not a password
        scopes=(
            "offline_access", user_read, mail_send, mail_read, mail_write, calendar_read, calendar_write, teams_read, channels_read,
            channels_create, channel_read, channel_send, chat_read, chat_write,
        ),
        rotation="optional",
    ),
    check=Request(result=Whoami, method="GET", path="/me", read=_account),
    errors=(
        ErrorRule(
            when=lambda answer: 400 <= answer.status < 500,
            message="error.message",
            reason="error.code",
            kinds={
                **dict.fromkeys(("InvalidAuthenticationToken", "AuthenticationError", "unauthenticated"), AuthRejected),
                **dict.fromkeys(("ErrorItemNotFound", "itemNotFound"), NotFound),
            },
            fixes={
                "InvalidAuthenticationToken": _reconnect,
                **dict.fromkeys(("ErrorAccessDenied", "Authorization_RequestDenied", "Forbidden", "accessDenied"), _grant),
                "ErrorInvalidIdMalformed": "Check the id.",
                "ErrorQuotaExceeded": "Make room in the mailbox.",
            },
        ),
    ),
)  # fmt: skip


def written(moment: datetime) -> str:
    """A time as Graph's filters take it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
