"""Start-up time and memory are bars: nothing of the models' libraries is loaded before the first model is asked."""

from __future__ import annotations

import asyncio
import sys

import pytest

_libraries = ("pydantic_ai", "openai", "anthropic", "google.genai", "groq", "mistralai", "genai_prices", "mcp")

_look = """
import sys
{code}
print(*sorted(name for name in {libraries} if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import tenuto.cli.program, tenuto.app; from tenuto.core.catalog import discover; assert discover().providers['model']", ""),
        ("import tenuto.agents.model.library", "pydantic_ai"),
        (
            (
                "from tenuto.agents.model.choice import Choice; from tenuto.agents.model.vendors import kinds\n"
                "from tenuto.agents.model.library.building import built; import httpx2\n"
                "built(Choice(kinds['anthropic'], 'claude-sonnet-5', 'https://x.example'), httpx2.AsyncClient())"
            ),
            "anthropic pydantic_ai",
        ),
    ],
    ids=["the house", "pydantic-ai alone", "one vendor"],
)
async def test_a_library_is_loaded_when_it_is_first_needed(code: str, loaded: str) -> None:
    program = _look.format(code=code, libraries=_libraries)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=-1)
    said, _ = await process.communicate()
    assert process.returncode == 0
    found = said.decode().split()
    # genai-prices comes with pydantic-ai
    assert " ".join(name for name in found if name != "genai_prices" or not loaded) == loaded
