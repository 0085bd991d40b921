"""Where applications find us and what they are told when they come without a right: RFC 9728 and RFC 6750."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from tenuto.api.identity import Gate
from tenuto.api.problems import answer
from tenuto.core.errors import InsufficientScope, Problem

resource_path = "/mcp"
metadata_path = "/.well-known/oauth-protected-resource"


def site(request: Request, passed: Gate) -> str:
    """Where we are reached: the public address, else the name that was asked, which `Envelope` has checked. Without a slash at the end."""
    return passed.origin if passed.secure else f"http://{request.headers.get('host', '')}".lower()


def challenged(request: Request, passed: Gate, problem: Problem) -> Response:
    """The answer to who has no right here, with where to get one."""
    said = f'resource_metadata="{site(request, passed)}{metadata_path}{resource_path}"'
    if isinstance(problem, InsufficientScope):
        said = f'error="insufficient_scope", scope="{problem.scope}", {said}'
    elif request.headers.get("authorization"):
        said = f'error="invalid_token", {said}'
    return answer(problem.data, headers={"WWW-Authenticate": f"Bearer {said}"})
