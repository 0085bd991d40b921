"""Every route of the application as data, made of `interface()`: what the security tests walk over, so that new routes are covered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.routing import iter_route_contexts

from tenuto.app import interface
from tenuto.core.access import Permission, Role, matrix


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    permission: str | None
    path_names: tuple[str, ...]
    query_names: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def at(self, value: str) -> str:
        """The address with every part of the path that varies set to a value, already encoded."""
        path = self.path
        for name in self.path_names:
            path = path.replace("{" + name + "}", value).replace("{" + name + ":path}", value)
        return path

    def open_to(self, role: Role) -> bool:
        return self.permission == "known" or (self.permission is not None and Permission(self.permission) in matrix[role])


def routes() -> list[Route]:
    """Every route of ours; FastAPI's own `/openapi.json` has no parameters and no permission."""
    app = interface()
    described = app.openapi()["paths"]
    found: list[Route] = []
    for route in iter_route_contexts(app.routes):
        if not hasattr(route.endpoint, "__permission__"):
            continue
        for method in sorted(route.methods or ()):
            operation: dict[str, Any] = described.get(route.path_format, {}).get(method.lower(), {})
            named = [(item["name"], item["in"]) for item in operation.get("parameters", [])]
            found.append(
                Route(
                    method,
                    str(route.path),
                    route.endpoint.__permission__,
                    tuple(name for name, place in named if place == "path"),
                    tuple(name for name, place in named if place == "query"),
                )
            )
    return found


guarded = [route for route in routes() if route.permission is not None]
