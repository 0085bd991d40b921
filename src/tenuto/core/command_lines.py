"""Whole command lines that an administrator allows: which of them leave to nobody else what is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

_interpreters = frozenset(
    [
        "sh",
        "ash",
        "bash",
        "dash",
        "zsh",
        "ksh",
        "mksh",
        "csh",
        "tcsh",
        "fish",
        "cmd",
        "cmd.exe",
        "powershell",
        "pwsh",
        "env",
        "busybox",
        "xargs",
        "sudo",
        "su",
        "doas",
        "nohup",
        "setsid",
        "script",
        "ssh",
    ]
)
_loads = frozenset(
    [
        "-c",
        "-e",
        "-p",
        "-y",
        "--yes",
        "--call",
        "--eval",
        "--print",
        "--command",
        "--exec",
        "--import",
        "--require",
        "-r",
        "-m",
        "--package",
    ]
)
"""Flags by which a program runs what stands on its command line, or fetches what it runs without asking."""


def allowed(lines: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """The lines by their names, if each is one that can be allowed. Raises `ValueError` with a sentence."""
    for name, line in lines.items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name):
            raise ValueError(f"{name[:50]!r} is not a name like files")
        program = PurePath(line[0]) if line else PurePath()
        if not program.is_absolute() or ".." in program.parts:
            raise ValueError(f"the command line of {name} does not begin with the whole path of a program")
        if program.name.lower() in _interpreters:
            raise ValueError(f"{name} would start {program.name}, which runs whatever it is told")
        if found := next((word for word in line[1:] if word.partition("=")[0] in _loads or "\0" in word), None):
            raise ValueError(f"the command line of {name} has {found[:20]}, by which a program runs or fetches other code")
    return lines
