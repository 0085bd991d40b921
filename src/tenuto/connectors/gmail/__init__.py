"""Gmail's REST API: send mail as RFC 5322, read the inbox, search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import Field

from tenuto.connectors.gmail.mail import Message, composed
from tenuto.connectors.gmail.shapes import Email, Emails, Found, Inbox, NewMail, Search, Sent
from tenuto.core.auth import OAuth2
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Result, mark
from tenuto.core.errors import AuthRejected, RateLimited

page_size = 100
search_limit = 20
clock_slack = timedelta(minutes=5)
_send, _read = "https://www.googleapis.com/auth/gmail.send", "https://www.googleapis.com/auth/gmail.readonly"
_messages = "/gmail/v1/users/me/messages"
_one = f"{_messages}/{{id}}"
_retry_at = re.compile(r"Retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")
_limits = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded")
_unauthorised = ("authError", "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
_reconnect = "Connect Gmail again and grant what it asks for: sending, and reading to answer or to look whether a mail went out."


def _named_time(answer: Answer) -> float | None:
    """Seconds until the time that Gmail's sentence names, by Gmail's own clock."""
    named, date = _retry_at.search(answer.text), answer.headers.get("date")
    if named is None or date is None:
        return None
    return max(1.0, (datetime.fromisoformat(named[1]) - parsedate_to_datetime(date)).total_seconds())


gmail = Connector(
    key="gmail",
    name="Gmail",
    doc="Send, read and search mail.",
    base_url="https://gmail.googleapis.com",
    auth=OAuth2(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, not a password
        revoke_url="https://oauth2.googleapis.com/revoke",
        scopes=(_send, _read),
        app="google",
        issuer="https://accounts.google.com",
        extra=(("access_type", "offline"), ("prompt", "consent")),
    ),
    errors=(
        ErrorRule(
            when=lambda answer: 400 <= answer.status < 500,
            message="error.message",
            reason="error.errors.0.reason",
            kinds={**dict.fromkeys(_limits, RateLimited), **dict.fromkeys(_unauthorised, AuthRejected)},
            fixes=dict.fromkeys(_unauthorised, _reconnect),
            wait=_named_time,
        ),
    ),
)


class _Id(Result):
    id: str


class _Page(Result):
    messages: tuple[_Id, ...] = ()
    following: str | None = Field(default=None, validation_alias="nextPageToken")


def _email(answer: Answer, _params: Params) -> Email:
    message = Message.model_validate(answer.json)
    headers = {name: message.payload.header(name) for name in ("from", "to", "subject")}
    facts = message.model_dump(include={"id", "thread_id", "labels", "snippet", "date"})
    return Email.model_validate(headers | facts | {"body": message.payload.text, "unread": "UNREAD" in message.labels})


async def _page(calls: Calls, query: Mapping[str, QueryValue]) -> _Page:
    return await calls.send(Request(result=_Page, method="GET", path=_messages, query=query))


async def _emails(calls: Calls, query: Mapping[str, QueryValue], limit: int) -> tuple[Email, ...]:
    """The list names only ids: each mail is a request of its own."""
    ids: list[str] = []
    token: str | None = ""
    while token is not None and len(ids) < limit:
        page = await _page(calls, {**query, "maxResults": min(limit, page_size), "pageToken": token or None})
        ids += [message.id for message in page.messages]
        token = page.following
    full: Mapping[str, QueryValue] = {"format": "full"}
    asked = [Request(result=Email, method="GET", path=_one, fill={"id": mail}, query=full, read=_email) for mail in ids[:limit]]
    return tuple(await calls.each(asked))


def _message_id(key: str) -> str:
    return f"{mark(key)}@tenuto.dev"


async def _sent(calls: Calls, params: NewMail, key: str) -> Sent | None:
    """The search finds our Message-ID; mail that is not indexed yet, or was given another one by Gmail, is among the latest sent."""
    page = await _page(calls, {"q": f"rfc822msgid:{_message_id(key)}", "includeSpamTrash": True})
    found = page.messages[0] if page.messages else await _latest_sent(calls, _message_id(key))
    return _answer(params, found.id, calls.now) if found else None


async def _latest_sent(calls: Calls, message_id: str) -> _Id | None:
    names = ("Message-ID", "X-Google-Original-Message-ID")
    query: Mapping[str, QueryValue] = {"format": "metadata", "metadataHeaders": names}
    token: str | None = ""
    while token is not None:
        page = await _page(calls, {"labelIds": ["SENT"], "maxResults": page_size, "pageToken": token or None})
        asked = [Request(result=Message, method="GET", path=_one, fill={"id": mail.id}, query=query) for mail in page.messages]
        mails = await calls.each(asked)
        for mail in mails:
            if any(message_id in mail.payload.header(name) for name in names):
                return _Id(id=mail.id)
        earlier = any(mail.date and mail.date < calls.now - clock_slack for mail in mails)
        token = None if earlier else page.following
    return None


def _answer(params: NewMail, id: str, at: datetime) -> Sent:
    return Sent(message_id=id, to=params.to, subject=params.subject, sent_at=at)


@gmail.action(effect="write", scopes=(_send,), verify=_sent)
async def send_email(calls: Calls, params: NewMail) -> Sent:
    """Send a plain-text mail."""
    headers = {"Subject": params.subject, "Message-ID": f"<{_message_id(calls.key)}>"}
    raw = composed(headers, {"To": params.to, "Cc": params.cc, "Bcc": params.bcc}, params.body)
    sent = await calls.send(Request(result=_Id, method="POST", path=f"{_messages}/send", json={"raw": raw}))
    return _answer(params, sent.id, calls.now)


@gmail.action(effect="read", scopes=(_read,))
async def read_emails(calls: Calls, params: Inbox) -> Emails:
    """Read the latest mails of the inbox."""
    labels = ["INBOX", "UNREAD"] if params.unread_only else ["INBOX"]
    emails = await _emails(calls, {"labelIds": labels}, params.limit)
    return Emails(emails=emails, total=len(emails))


@gmail.action(effect="read", scopes=(_read,))
async def search_emails(calls: Calls, params: Search) -> Found:
    """Search all mail, without spam and trash."""
    emails = await _emails(calls, {"q": params.words}, search_limit)
    return Found(emails=emails, total=len(emails), query=params.words)
