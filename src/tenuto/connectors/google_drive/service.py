"""Google Drive as it is reached: where, with which scope, how it says no, and how a file is found again that a step made."""

from __future__ import annotations

from pydantic import AliasPath, Field, JsonValue

from tenuto.connectors.google_drive.answers import File, Files, fields
from tenuto.core.auth import OAuth2
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Result, Whoami, mark
from tenuto.core.errors import AuthRejected, NotFound, RateLimited

scope = "https://www.googleapis.com/auth/drive"
root = "/drive/v3"
files = f"{root}/files"
one = f"{files}/{{file}}"
everywhere: dict[str, QueryValue] = {"supportsAllDrives": True}
shown: dict[str, QueryValue] = {**everywhere, "fields": fields}
_step = "tenutoStep"
_limits = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "sharingRateLimitExceeded")
_unauthorised = ("authError", "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


class _About(Result):
    address: str = Field(validation_alias=AliasPath("user", "emailAddress"))


def _account(answer: Answer, _params: Params) -> Whoami:
    return Whoami(account=_About.model_validate(answer.json).address)


google_drive = Connector(
    key="google_drive",
    name="Google Drive",
    doc="Files, folders and who may see them.",
    base_url="https://www.googleapis.com",
    auth=OAuth2(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, not a password
        revoke_url="https://oauth2.googleapis.com/revoke",
        app="google",
        issuer="https://accounts.google.com",
        scopes=(scope,),
        extra=(("access_type", "offline"), ("prompt", "consent")),
    ),
    check=Request(result=Whoami, method="GET", path=f"{root}/about", query={"fields": "user"}, read=_account),
    errors=(
        ErrorRule(
            when=lambda answer: 400 <= answer.status < 500,
            message="error.message",
            reason="error.errors.0.reason",
            kinds={**dict.fromkeys(_limits, RateLimited), **dict.fromkeys(_unauthorised, AuthRejected), "notFound": NotFound},
            fixes={
                **dict.fromkeys(_unauthorised, "Connect Google Drive again and grant what it asks for."),
                "notFound": "Check the id, and whether the file is shared with the account that is connected.",
                "fileNotDownloadable": "This is a document of Google's own: say with `export_as` what to turn it into.",
                "fileNotExportable": "This is a file as it is: leave `export_as` out.",
                "storageQuotaExceeded": "Make room in the Drive, or use a shared drive.",
            },
        ),
    ),
)


def marked(key: str) -> dict[str, JsonValue]:
    """The property, seen by this app only, by which a file is found again."""
    return {"appProperties": {_step: mark(key)}}


async def made_by(calls: Calls, _params: Params, key: str) -> File | None:
    """The file that a step made."""
    words = f"appProperties has {{ key='{_step}' and value='{mark(key)}' }}"
    query: dict[str, QueryValue] = {
        **everywhere,
        "q": words,
        "corpora": "allDrives",
        "includeItemsFromAllDrives": True,
        "fields": f"files({fields})",
    }
    found = await calls.send(Request(result=Files, method="GET", path=files, query=query))
    return found.files[0] if found.files else None
