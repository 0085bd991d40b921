"""The result file of many runs: JSON lines in the order of the input's lines; it appears when it is complete, and not before."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from tenuto.core.errors import Conflict, Malformed
from tenuto.core.values import JsonObject, encode

_longest = 16 * 1024 * 1024
_own = os.O_CLOEXEC | os.O_NOFOLLOW
"""Nobody named these files: a link that lies in their place, as in a folder where all may write, leads to what is somebody else's."""


class OutFile:
    """Results as they come go to `<file>.part`; `finish` puts them in order and then, in one step, in place.

    The runs themselves are the truth: after a crash the part is thrown away and made again from them. In memory there is one offset
    for each result.
    """

    def __init__(self, path: Path) -> None:
        """Raises `Malformed` where nothing can be written, and `Conflict` if another command writes the same file."""
        self.path = path
        self.part = path.with_name(f"{path.name}.part")
        self._places: dict[int, tuple[int, int]] = {}
        self._end = 0
        try:
            self._file = os.fdopen(os.open(self.part, os.O_RDWR | os.O_CREAT | _own, 0o666), "r+b")
        except OSError as error:
            raise Malformed(f"{path} cannot be written: {error.strerror or error}.", fix="Name another file with --out.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise Conflict(f"Another command is writing {path}.", fix="Wait for it, or name another file with --out.") from None
        self._file.truncate(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def add(self, line: int, value: JsonObject) -> None:
        """Keep the result of a line."""
        data = encode(value, limit=_longest, what="The result") + b"\n"
        self._file.write(data)
        self._places[line] = (self._end, len(data))
        self._end += len(data)

    def finish(self) -> None:
        """Put everything in order and in place: whoever sees the file sees all of it. Raises `Malformed` where that cannot be written."""
        self._file.flush()
        draft = self.path.with_name(f"{self.path.name}.new")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _own, 0o666), "wb") as file:
                for line in sorted(self._places):
                    at, length = self._places[line]
                    file.write(os.pread(self._file.fileno(), length, at))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            raise Malformed(f"{self.path} cannot be written: {error.strerror or error}.", fix="Name another file with --out.") from None
        self.part.unlink(missing_ok=True)
