"""How published versions are drawn, which may change after they were published; what they run never does."""

from __future__ import annotations

from typing import cast

from sqlalchemy import RowMapping

from tenuto.core.values import JsonObject, decode
from tenuto.store.repository import Order, Repository
from tenuto.store.workflows import drawing, workflow_versions


class Drawings(Repository[JsonObject]):
    """The layouts of versions."""

    table, noun, key = workflow_versions, "version", "number"

    async def draw(self, workflow_id: str, number: int, layout: JsonObject | None) -> None:
        """Replace the drawing of a version."""
        c = workflow_versions.c
        await self._update({"layout": drawing(layout)}, c.workflow_id == workflow_id, c.number == number)

    async def of(self, workflow_id: str, version_hash: str) -> JsonObject | None:
        """The drawing of the newest version that runs this definition; None if it was never drawn."""
        c = workflow_versions.c
        mine = (c.workflow_id == workflow_id, c.hash == version_hash, c.layout.is_not(None))
        rows = await self._rows(*mine, columns=[c.layout], order=Order((c.number,)), limit=1)
        return self._read(rows[0]) if rows else None

    def _read(self, row: RowMapping) -> JsonObject:
        return cast("JsonObject", decode(row["layout"]))
