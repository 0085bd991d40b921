"""Large values beside the log: the reference that stands in a value's place, and where in an event references stand."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue

from tenuto.core.errors import InvalidOutput
from tenuto.core.values import Frozen, decode

threshold = 64 * 1024
"""Bytes of JSON above which a value leaves its event."""
chunk_size = 1024 * 1024
"""Bytes of one part of a stored value."""
json_media = "application/json"
text_media = "text/plain; charset=utf-8"
mark = b'"$blob"'
"""What the JSON of every reference holds."""

_shown = 200
Steps: TypeAlias = tuple[str | int, ...]


class Blob(Frozen):
    """A value that is kept beside the log."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of its bytes, in hexadecimal.")
    size: int = Field(ge=0, description="Bytes.")
    media_type: str = Field(description="`application/json` for a JSON value, `text/plain` for text, else what the bytes are.")
    preview: str = Field(default="", description="How it begins.")


class Needed(Exception):
    """A value has to be loaded before one can look into it."""

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference.blob.digest)
        self.reference = reference


class Reference(BaseModel):
    """Stands in the place of a large value, in events, in a run's state and in configs: `{"$blob": {…}}` as JSON.

    An object that somebody else wrote so is none: an event says in `refs` where its references stand.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    blob: Blob = Field(validation_alias=AliasChoices("blob", "$blob"), serialization_alias="$blob")

    def __getitem__(self, step: str | int) -> JsonValue:
        """Raises `Needed`: whoever walks a path has to load the value first."""
        raise Needed(self)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the value's bytes."""
        return bytes.fromhex(self.blob.digest)


def reference(data: bytes, media_type: str = json_media) -> Reference:
    """What stands for these bytes. Reads all of them: for many bytes, in a thread."""
    preview = data[: 4 * _shown].decode(errors="replace")[:_shown] if _readable(media_type) else ""
    return Reference(blob=Blob(digest=hashlib.sha256(data).hexdigest(), size=len(data), media_type=media_type, preview=preview))


def standing(found: Reference) -> JsonValue:
    """A reference where a JSON value is expected: it takes the value's place until somebody needs the value itself."""
    return cast("JsonValue", found)


def value_of(found: Blob, data: bytes) -> JsonValue:
    """The value that the bytes are: JSON, text, or the base64 of anything else."""
    if found.media_type == json_media:
        return decode(data)
    if found.media_type.startswith("text/"):
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise InvalidOutput("A stored text is not UTF-8.") from None
    return base64.b64encode(data).decode()


def references(value: object, at: Steps = ()) -> Iterator[tuple[Steps, Reference]]:
    """Every reference in a value, with the way to it."""
    match value:
        case Reference():
            yield at, value
        case Mapping():
            for key, item in cast("Mapping[str, object]", value).items():
                yield from references(item, (*at, key))
        case str() | bytes():
            return
        case Sequence():
            for index, item in enumerate(cast("Sequence[object]", value)):
                yield from references(item, (*at, index))
        case _:
            return


def plain(value: JsonValue, link: str | None = None) -> JsonValue:
    """The value with its references as plain JSON; `link` is the URL of the run's values, to which each digest is added."""
    match cast("object", value):
        case Reference(blob=blob):
            shown: dict[str, JsonValue] = {**blob.model_dump(mode="json")}
            return {"$blob": shown if link is None else {**shown, "url": f"{link}/{blob.digest}"}}
        case dict():
            return {key: plain(item, link) for key, item in cast("dict[str, JsonValue]", value).items()}
        case list() | tuple():
            return [plain(item, link) for item in cast("list[JsonValue]", value)]
        case _:
            return value


def filled(value: JsonValue, loaded: Mapping[str, JsonValue]) -> JsonValue:
    """The value with loaded ones in the place of its references; what holds none is shared, not copied."""
    match cast("object", value):
        case Reference(blob=blob):
            return loaded[blob.digest]
        case dict():
            given = cast("dict[str, JsonValue]", value)
            return {key: filled(item, loaded) for key, item in given.items()}
        case list():
            return [filled(item, loaded) for item in cast("list[JsonValue]", value)]
        case _:
            return value


def locate(value: object, steps: Sequence[str | int], link: str) -> None:
    """Add its URL to the plain JSON of the reference at the end of this way."""
    for step in (*steps, "$blob"):
        value = cast("dict[str | int, object]", value)[step]
    shown = cast("dict[str, object]", value)
    shown["url"] = f"{link}/{shown['digest']}"


def put(value: object, steps: Sequence[str | int]) -> None:
    """Make the object at the end of this way a reference again. Raises like a look-up, and `ValidationError`, where there is none."""
    for step in steps[:-1]:
        value = cast("dict[str | int, object]", value)[step]
    container = cast("dict[str | int, object]", value)
    container[steps[-1]] = Reference.model_validate(container[steps[-1]])


def _readable(media_type: str) -> bool:
    return media_type == json_media or media_type.startswith("text/")
