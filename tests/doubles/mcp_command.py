"""An MCP server of the official SDK over standard input and output, as a program: `python tests/doubles/mcp_command.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations


def server() -> MCPServer[Any]:
    """Sums, what the program can see of its surroundings, and a child that would outlive it."""
    made = MCPServer("Command")

    @made.tool(annotations=ToolAnnotations(read_only_hint=True))
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @made.tool()
    def surroundings() -> dict[str, str]:
        """What the program was told."""
        return {**os.environ, "arguments": " ".join(sys.argv[1:]), "folder": os.getcwd()}

    @made.tool()
    def leave_a_child() -> int:
        """Start a program that does not end by itself."""
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdin=subprocess.DEVNULL).pid

    return made


if __name__ == "__main__":
    server().run("stdio")
