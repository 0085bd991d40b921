"""Draws docs/images/run.svg: the support example as `tenuto run` shows it, run for this picture on a database of its own.

`python -m tools.picture`
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console

from tenuto.app import house
from tenuto.cli.following import follow
from tenuto.cli.view import Tree
from tenuto.core.access import Principal, Role
from tenuto.core.catalog import discover
from tenuto.core.documents.reader import read_document
from tenuto.core.documents.validation import validate
from tenuto.services.executions.starts import Wanted
from tenuto.settings import Settings

root = Path(__file__).parents[1]
local = Principal(1, "local", None, "local", Role.owner)
question = "My card was stolen an hour ago!"


async def main() -> None:
    """Run the example and write the picture."""
    document = read_document((root / "examples" / "support-triage.yaml").read_bytes(), "yaml")
    definition = validate(document, discover()).require()
    tree = Tree(definition, f"tenuto run examples/support-triage.yaml  ·  “{question}”")
    async with house(_settings()) as home:
        wanted = Wanted(workflow=document, message=question, execution_id="picture", simulate=True)
        await home.services.executions.starts.start(local, wanted)
        await follow(home, "picture", tree, to_the_end=True)
    console = Console(record=True, width=100, file=StringIO())
    console.print(tree.render())
    target = root / "docs" / "images" / "run.svg"
    target.parent.mkdir(parents=True, exist_ok=True)
    # No font from elsewhere: the picture is looked at where nothing may be fetched.
    target.write_text(re.sub(r"@font-face \{.*?\}\n", "", console.export_svg(title="Tenuto"), flags=re.DOTALL))
    print(f"wrote {target.relative_to(root)}")


def _settings() -> Settings:
    folder = Path(tempfile.mkdtemp(prefix="tenuto-", dir="/tmp"))
    folder.chmod(0o755)
    return Settings.read(folder, {"TENUTO_DATA_DIR": str(folder / "data")})


if __name__ == "__main__":
    asyncio.run(main())
