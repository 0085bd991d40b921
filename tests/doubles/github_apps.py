"""Of GitHub's double: GitHub Apps, whose installations get tokens for a JWT that the app's private key signed.

From https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
and https://docs.github.com/en/rest/apps/apps (create an installation access token for an app). The double has the public key alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Json, Routes

path = "/app/installations/{installation:int}/access_tokens"


class Apps:
    """One app and where it is installed."""

    def __init__(self) -> None:
        self.id = "4711"
        self.keys: list[RSAKey] = []
        """The public halves of its private keys; none, until a test has made some."""
        self.installations = {7}
        self.suspended = False
        self.lifetime = 3600
        """Seconds that a token is good for."""
        self.issued: dict[str, datetime] = {}
        """Tokens and their ends, in the order in which they were given out."""
        self.judged: list[Json] = []
        """The claims of every JWT that was good."""

    def routes(self) -> Routes:
        return [("POST", path, self._token)]

    def admits(self, headers: Headers) -> bool:
        """Whether it is a token of the installation that is still good."""
        word, _, token = headers.get("authorization", "").partition(" ")
        end = self.issued.get(token)
        return word.lower() in ("bearer", "token") and end is not None and datetime.now(UTC) < end

    async def _token(self, request: Request, _sent: Any) -> Response:
        claims = self._claims(request.headers.get("authorization", "").removeprefix("Bearer "))
        if claims is None:
            return _no(401, "A JSON web token could not be decoded")
        now = datetime.now(UTC).timestamp()
        if str(claims.get("iss")) != self.id:
            return _no(401, "'Issuer' claim ('iss') must be an Integer")
        if claims["iat"] > now:
            return _no(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
        if not now < claims["exp"] <= now + 600:
            return _no(401, "'Expiration time' claim ('exp') is too far in the future")
        if request.path_params["installation"] not in self.installations:
            return _no(404, "Not Found")
        if self.suspended:
            return _no(403, "This installation has been suspended")
        self.judged.append(claims)
        end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self.lifetime)
        token = f"ghs_double{len(self.issued):030d}"
        self.issued[token] = end
        body = {"token": token, "expires_at": end.strftime("%Y-%m-%dT%H:%M:%SZ"), "permissions": {"issues": "write", "metadata": "read"}}
        return JSONResponse(body | {"repository_selection": "selected"}, 201)

    def _claims(self, assertion: str) -> Json | None:
        for key in self.keys:
            try:
                return jwt.decode(assertion, key, algorithms=["RS256"]).claims
            except (ValueError, JoseError):
                continue
        return None


def _no(status: int, message: str) -> Response:
    return JSONResponse({"message": message, "documentation_url": "https://docs.github.com/rest"}, status)
