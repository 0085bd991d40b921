"""What is installed here: the packages' contributions, and the connectors that were made of OpenAPI documents.

Such a connector is a file `connectors/<key>.json` in the data folder: the document, and what was said beside it. Servers read the
folder when they start; several of them share it, or are each given the same files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import ConfigDict, ValidationError

from tenuto.app.upkeep import data_folder
from tenuto.connectors.openapi import Compiled, Wanted, compiled
from tenuto.core.catalog import Catalog, discover
from tenuto.core.documents.yaml_reader import YamlReader
from tenuto.core.errors import Conflict, Invalid, Malformed, Misconfigured, NotFound, Problem, TooLarge
from tenuto.core.values import Frozen, JsonValue, decode
from tenuto.settings import Settings

max_document = 32 * 1024 * 1024
_key = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Definition(Frozen):
    """A connector made of a document."""

    model_config = ConfigDict(extra="forbid")

    key: str
    name: str | None = None
    base_url: str | None = None
    auth: str | None = None
    only: tuple[str, ...] = ()
    document: JsonValue

    def compiled(self) -> Compiled:
        """The connector. Raises `Invalid`."""
        wanted = Wanted(base_url=self.base_url, name=self.name, auth=self.auth, only=self.only)
        return compiled(self.key, self.document, wanted)


class Definitions:
    """The folder of definitions."""

    def __init__(self, settings: Settings) -> None:
        self.folder = data_folder(settings) / "connectors"

    def keys(self) -> tuple[str, ...]:
        """Of all that are there."""
        return tuple(sorted(file.stem for file in self.folder.glob("*.json") if _key.fullmatch(file.stem)))

    def read(self, key: str) -> Definition:
        """One of them. Raises `NotFound`, and `Misconfigured` for a file that is none."""
        file = self._file(key)
        try:
            return Definition.model_validate(decode(file.read_bytes()))
        except FileNotFoundError:
            known = ", ".join(self.keys()) or "none"
            raise NotFound(f'No connector "{key}" was made of a document.', fix=f"There are: {known}.") from None
        except (ValidationError, Problem, OSError) as error:
            detail = error.data.detail if isinstance(error, Problem) else str(error).splitlines()[0]
            raise Misconfigured(
                f"{file} is no connector: {detail}", fix=f"Add it anew, or remove it: tenuto connectors remove {key}."
            ) from None

    def add(self, definition: Definition, *, instead: bool) -> Compiled:
        """Keep one that compiles. Raises `Invalid`, and `Conflict` for a key that is taken, unless it is to be taken `instead`."""
        file = self._file(definition.key)
        if definition.key in discover().connectors:
            raise Conflict(f'"{definition.key}" is a connector of Tenuto itself.', fix="Choose another --key.")
        if file.exists() and not instead:
            raise Conflict(f'There is a connector "{definition.key}" already.', fix="Say --replace, or choose another --key.")
        made = definition.compiled()
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}.tmp")
        beside.write_text(definition.model_dump_json(), encoding="utf-8")
        beside.replace(file)
        return made

    def remove(self, key: str) -> None:
        """Raises `NotFound`."""
        try:
            self._file(key).unlink()
        except FileNotFoundError:
            raise NotFound(f'No connector "{key}" was made of a document.', fix=f"There are: {', '.join(self.keys()) or 'none'}.") from None

    def each(self) -> Iterator[Compiled]:
        """All of them, compiled. Raises `Misconfigured` naming the file of one that does not."""
        for key in self.keys():
            definition = self.read(key)
            try:
                yield definition.compiled()
            except Invalid as problem:
                fix = f"Add it anew, or remove it: tenuto connectors remove {key}."
                raise Misconfigured(f"{self._file(key)}: {problem.data.detail}", fix=fix) from None

    def _file(self, key: str) -> Path:
        if not _key.fullmatch(key):
            raise Invalid(
                f'"{key[:60]}" cannot be the key of a connector.', fix="Lower-case letters, digits and _, a letter first; at most 40."
            )
        return self.folder / f"{key}.json"


def installed(settings: Settings) -> Catalog:
    """Everything that workflows can be built of here. Raises `Misconfigured` for a definition that does not compile."""
    catalog = discover()
    made = {each.connector.key: each.connector for each in Definitions(settings).each()}
    if taken := set(made) & set(catalog.connectors):
        raise Misconfigured(f"{', '.join(sorted(taken))} became a connector of Tenuto itself.", fix="tenuto connectors remove …")
    return replace(catalog, connectors={**catalog.connectors, **made}) if made else catalog


def read_openapi(data: bytes) -> JsonValue:
    """The plain data of a document, JSON or YAML. Raises `Malformed` with line and column, and `TooLarge`."""
    if len(data) > max_document:
        raise TooLarge(f"The document is larger than {max_document // 1024**2} MB.", fix="Keep only the operations that you need.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("The document is not UTF-8.") from None
    return decode(text) if text.lstrip()[:1] == "{" else YamlReader().read(text)
