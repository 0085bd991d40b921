"""Google Sheets as it is reached: where, with which scope, how it says no."""

from __future__ import annotations

from tenuto.core.answer import ErrorRule
from tenuto.core.auth import OAuth2
from tenuto.core.connector import Answer, Connector
from tenuto.core.errors import AuthRejected, InvalidOutput, RateLimited

scope = "https://www.googleapis.com/auth/spreadsheets"
root = "/v4/spreadsheets"
one = f"{root}/{{spreadsheet}}"
cells = f"{one}/values/{{range}}"
_reconnect = "Connect Google Sheets again and grant what it asks for."


def _unscoped(answer: Answer) -> bool:
    """403 is a spreadsheet that is not shared, or a scope that was not granted: only the details tell."""
    try:
        return answer.status == 403 and "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in answer.text and isinstance(answer.json, dict)
    except InvalidOutput:
        return False


google_sheets = Connector(
    key="google_sheets",
    name="Google Sheets",
    doc="Rows and cells of spreadsheets.",
    base_url="https://sheets.googleapis.com",
    auth=OAuth2(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, not a password
        revoke_url="https://oauth2.googleapis.com/revoke",
        app="google",
        issuer="https://accounts.google.com",
        scopes=(scope,),
        extra=(("access_type", "offline"), ("prompt", "consent")),
    ),
    errors=(
        ErrorRule(when=_unscoped, message="error.message", kind=AuthRejected, fixes={"": _reconnect}),
        ErrorRule(
            when=lambda answer: 400 <= answer.status < 500,
            message="error.message",
            reason="error.status",
            kinds={"UNAUTHENTICATED": AuthRejected, "RESOURCE_EXHAUSTED": RateLimited},
            fixes={
                "UNAUTHENTICATED": _reconnect,
                "PERMISSION_DENIED": "Share the spreadsheet with the account that is connected.",
                "NOT_FOUND": "Check the spreadsheet's id.",
            },
        ),
    ),
)
