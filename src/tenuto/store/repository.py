"""The base of every noun's table: reads and writes of one workspace within one transaction, and pages by key."""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, Literal, TypeVar, TypeVarTuple, cast
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    CursorResult,
    FromClause,
    MetaData,
    RowMapping,
    Select,
    Table,
    UpdateBase,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from tenuto.core.errors import Malformed, NotFound
from tenuto.store.confinement import confine
from tenuto.store.database import Transaction

metadata = MetaData()
"""Every noun's file declares its Table in it; a test holds them against the migrated database."""

longest_page = 200

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list."""

    items: tuple[T, ...]
    next: str | None = None
    """Where the following page begins, to be handed back as it is; None after the last one."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list, by columns that are never null; the last of them is unique within the workspace."""

    columns: tuple[Column[datetime] | Column[str] | Column[int] | Column[UUID], ...]
    descending: bool = True


class Repository(ABC, Generic[T]):
    """Rows of one noun in the workspace of a transaction.

    Takes conditions, never statements, and adds the workspace itself: a subclass has no way to ask for another one's rows.
    """

    table: ClassVar[Table]
    noun: ClassVar[str]
    """What it is called in a sentence: "workflow"."""
    key: ClassVar[str] = "id"

    def __init__(self, tx: Transaction) -> None:
        """Work within `tx`, in its workspace."""
        self.__tx = tx

    @property
    def workspace(self) -> int:
        """The workspace everything here happens in."""
        return self.__tx.workspace

    @abstractmethod
    def _read(self, row: RowMapping) -> T:
        """The noun of a row."""

    async def get(self, id: str | int | UUID | bytes, *, lock: bool = False) -> T:
        """The one with this key; with `lock` nobody else changes it until the transaction ends. Raises `NotFound`."""
        found = await self.find(id, lock=lock)
        if found is None:
            raise NotFound(f"There is no {self.noun} {_shown(id)}.")
        return found

    async def find(self, id: str | int | UUID | bytes, *, lock: bool = False) -> T | None:
        """The one with this key, if there is one."""
        return await self._first(self.table.c[self.key] == id, lock=lock)

    async def add(self, values: Mapping[str, object], *, ignore_existing: bool = False) -> bool:
        """Insert a row; False if `ignore_existing` and its key was there already. Raises `IntegrityError` where it was not expected."""
        row = {**values, "workspace": self.workspace}
        if not ignore_existing:
            await self.__change(insert(self.table).values(row))
            return True
        return await self.__change(upsert(self.table).values(row).on_conflict_do_nothing()) == 1

    async def _put(self, values: Mapping[str, object]) -> None:
        """Insert a row, or replace the values of the one that has its key."""
        keys = [column.name for column in self.table.primary_key]
        statement = upsert(self.table).values({**values, "workspace": self.workspace})
        changed = {name: statement.excluded[name] for name in values if name not in keys}
        await self.__change(statement.on_conflict_do_update(index_elements=keys, set_=changed))

    async def _page(self, *where: ColumnElement[bool], order: Order, limit: int = 50, cursor: str | None = None) -> Page[T]:
        """At most `limit` (1 to 200) rows in order, after `cursor`. Raises `Malformed` for a cursor that is none of ours."""
        limit = max(1, min(limit, longest_page))
        if cursor is not None:
            after = tuple_(*(literal(value, column.type) for column, value in zip(order.columns, _position(cursor, order), strict=True)))
            here = tuple_(*order.columns)
            where = (*where, here < after if order.descending else here > after)
        # One more than asked for: it tells whether there is a next page.
        rows = await self._rows(*where, order=order, limit=limit + 1)
        more = _cursor(rows[limit - 1], order) if len(rows) > limit else None
        return Page(tuple(self._read(row) for row in rows[:limit]), more)

    async def _first(self, *where: ColumnElement[bool], lock: bool | Literal["share"] = False) -> T | None:
        rows = await self._rows(*where, limit=1, lock=lock)
        return self._read(rows[0]) if rows else None

    async def _rows(
        self,
        *where: ColumnElement[bool],
        columns: Sequence[ColumnElement[object]] = (),
        join: Mapping[Table, ColumnElement[bool]] | None = None,
        order: Order | None = None,
        limit: int | None = None,
        lock: bool | Literal["share"] = False,
        free: bool = False,
    ) -> Sequence[RowMapping]:
        """Rows of this workspace. `join` names further tables with their conditions; they are confined to the workspace as well.

        With a `share` of the lock others may have theirs too, but nobody changes the rows. `free` passes over rows that somebody else has locked.
        """
        statement = self.__scoped(select(*columns) if columns else select(self.table), columns, join or {}, where)
        if order is not None:
            statement = statement.order_by(*(column.desc() if order.descending else column.asc() for column in order.columns))
        if limit is not None:
            statement = statement.limit(limit)
        if lock:
            statement = statement.with_for_update(read=lock == "share", key_share=lock is True, of=self.table, skip_locked=free)
        return (await self.__tx.session.execute(statement)).mappings().all()

    async def _count(self, *where: ColumnElement[bool]) -> int:
        statement = self.__scoped(select(func.count()), (), {}, where)
        return (await self.__tx.session.execute(statement)).scalar_one()

    async def _tally(self, *where: ColumnElement[bool], by: Mapping[str, ColumnElement[object]]) -> Sequence[RowMapping]:
        """How many rows there are for each combination of `by`, under its names and `count`, in their order."""
        columns = [column.label(name) for name, column in by.items()]
        statement = self.__scoped(select(*columns, func.count().label("count")), columns, {}, where)
        return (await self.__tx.session.execute(statement.group_by(*columns).order_by(*columns))).mappings().all()

    def _exists(self, table: Table, *where: ColumnElement[bool]) -> ColumnElement[bool]:
        """The condition that another table has such a row in this workspace; the only subquery a condition may contain."""
        confine(where, {table, self.table})
        inner = select(literal(1)).select_from(table).where(self.__here(table), *where).correlate(self.table)
        return exists(inner.execution_options(confined=True))

    async def _update(self, values: Mapping[str, object], *where: ColumnElement[bool]) -> int:
        """Change rows; how many there were."""
        confine(where, {self.table})
        if "workspace" in values:
            raise TypeError("A row stays in its workspace.")
        return await self.__change(update(self.table).where(self.__here(self.table), *where).values(dict(values)))

    async def _delete(self, *where: ColumnElement[bool]) -> int:
        """Delete rows; how many there were."""
        confine(where, {self.table})
        return await self.__change(delete(self.table).where(self.__here(self.table), *where))

    def __scoped(
        self,
        statement: Select[*Ts],
        columns: Sequence[ColumnElement[object]],
        join: Mapping[Table, ColumnElement[bool]],
        where: Sequence[ColumnElement[bool]],
    ) -> Select[*Ts]:
        confine([*where, *join.values(), *columns], {self.table, *join})
        source: FromClause = self.table
        for table, condition in join.items():
            source = source.join(table, condition & self.__here(table))
        return statement.select_from(source).where(self.__here(self.table), *where)

    def __here(self, table: Table) -> ColumnElement[bool]:
        return table.c.workspace == self.workspace

    async def __change(self, statement: UpdateBase) -> int:
        result = await self.__tx.session.execute(statement)
        return cast("CursorResult[object]", result).rowcount


def _cursor(row: RowMapping, order: Order) -> str:
    values = [row[column] for column in order.columns]
    text = json.dumps(values, default=lambda value: value.isoformat() if isinstance(value, datetime) else str(value))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(cursor: str, order: Order) -> list[object]:
    """The values of a cursor, as the types of the ordering columns."""
    try:
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return [_typed(column.type.python_type, value) for column, value in zip(order.columns, values, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise Malformed("This cursor is not one of this list.", fix="Begin again without a cursor.") from None


def _typed(kind: type[object], value: object) -> object:
    if kind is datetime and isinstance(value, str):
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(value)
        return at
    if kind is UUID and isinstance(value, str):
        return UUID(value)
    # JSON's true is an int in Python, and NUL or half a surrogate pair is no text to PostgreSQL.
    if type(value) is not kind or (isinstance(value, str) and "\0" in value):
        raise TypeError(value)
    if isinstance(value, str):
        value.encode()
    if isinstance(value, int) and not -(2**31) <= value < 2**31:
        raise ValueError(value)
    return value


def _shown(id: object) -> str:
    return f'"{str(id)[:128]}"' if not isinstance(id, bytes) else "with this key"
