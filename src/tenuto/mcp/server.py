"""The MCP server: streamable HTTP without sessions, so that any process of the installation answers any request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias, cast

from pydantic import JsonValue

from tenuto.core.catalog import Catalog, late
from tenuto.core.errors import Problem
from tenuto.mcp.calls import Calls
from tenuto.mcp.tools import Tools
from tenuto.mcp.visits import Visit, visit_of
from tenuto.services.services import Services

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel.server import Server
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.shared.exceptions import MCPError
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams
    from starlette.types import Receive, Scope, Send

    Context: TypeAlias = ServerRequestContext[dict[str, object]]

_about = (
    "Tenuto runs durable workflows in which AI agents, applications and people hand work to each other. "
    "Tools called run_… start a workflow and answer with its output; one that waits for people answers with its execution_id, "
    "and get_run tells later what became of it. The other tools are single actions of connected applications."
)
_invalid_params = -32602


class McpServer:
    """The tools over HTTP. Who calls, and whether it may at all, has been found out by whoever hands a request in.

    The SDK is loaded with the first request: half a second and 20 MB that a server without MCP clients does not need.
    """

    def __init__(self, services: Services, catalog: Catalog, *, origin: str, version: str, largest: int) -> None:
        """`largest`: bytes of a request's body."""
        self._connectors = frozenset(catalog.connectors)
        self._tools = Tools(catalog, services.offers)
        self._calls = Calls(services, self._tools, origin)
        self._version = version
        self._largest = largest
        self._over = asyncio.Event()
        self._starting = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Answer until the block ends."""
        try:
            yield
        finally:
            self._over.set()
            if self._task is not None:
                await self._task

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        async with self._starting:
            if self._manager is None:
                self._manager = await self._started()
        await self._manager.handle_request(scope, receive, send)

    async def _started(self) -> StreamableHTTPSessionManager:
        """In a task of its own, for the SDK's scopes have to be left where they were entered."""
        module = await asyncio.to_thread(late, "mcp.server.streamable_http_manager")
        # The host and the origin of a request are checked for every route of ours alike, before it comes here.
        manager = cast("type[StreamableHTTPSessionManager]", module.StreamableHTTPSessionManager)(
            self._server(), stateless=True, max_request_body_size=self._largest
        )
        ready = asyncio.Event()

        async def run() -> None:
            async with manager.run():
                ready.set()
                await self._over.wait()

        self._task = asyncio.create_task(run(), name="mcp")
        await ready.wait()
        return manager

    def _server(self) -> Server[dict[str, object]]:
        make = cast("type[Server[dict[str, object]]]", late("mcp.server.lowlevel.server").Server)
        return make(
            "tenuto",
            version=self._version,
            title="Tenuto",
            instructions=_about,
            # No parameter of ours travels as a header, so that no call has to be preceded by a listing of all tools.
            get_tool_input_schema=lambda _: None,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def _list(self, ctx: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        try:
            tools, following = await self._tools.page(self._visit(ctx), params.cursor if params else None)
        except Problem as problem:
            raise _refusal(problem.data.detail) from None
        answer = cast("type[ListToolsResult]", late("mcp_types").ListToolsResult)
        return answer.model_validate({"tools": tools, "nextCursor": following})

    async def _call(self, ctx: Context, params: CallToolRequestParams) -> CallToolResult:
        async def progress(step: float, said: str) -> None:
            await ctx.session.report_progress(step, message=said)

        told = ctx.meta is not None and "progress_token" in ctx.meta
        arguments = cast("Mapping[str, JsonValue]", params.arguments or {})
        try:
            visit = self._visit(ctx)
        except Problem as problem:
            raise _refusal(problem.data.detail) from None
        found = await self._calls.call(visit, params.name, arguments, progress, told=told)
        if found is None:
            raise _refusal(f'There is no tool "{params.name[:100]}" for this caller.')
        answer = cast("type[CallToolResult]", late("mcp_types").CallToolResult)
        return answer.model_validate(found)

    def _visit(self, ctx: Context) -> Visit:
        return visit_of(ctx.request, self._connectors)


def _refusal(said: str) -> MCPError:
    make = cast("type[MCPError]", late("mcp.shared.exceptions").MCPError)
    return make(_invalid_params, said)
