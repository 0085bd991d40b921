"""What the parts of a query may name, so that its workspace holds for every row they see."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ClauseElement, ColumnClause, Select, SelectBase, Table
from sqlalchemy.sql import visitors


def confine(parts: Iterable[ClauseElement], tables: Collection[Table]) -> None:
    """Raise TypeError for a column of a further table, and for a subquery that `Repository._exists` did not make.

    Looks at the parts themselves: asking SQLAlchemy for a statement's tables compiles it, which takes longer than the query.
    """
    rest = [*parts]
    while rest:
        part = rest.pop()
        if isinstance(part, SelectBase):
            _refuse_foreign(part)
        elif isinstance(part, ColumnClause):
            if part.table is not None and part.table not in tables:
                raise TypeError("A condition or column names a table that is not joined, so it would not be confined to the workspace.")
        else:
            rest.extend(part.get_children())


def _refuse_foreign(subquery: ClauseElement) -> None:
    for part in visitors.iterate(subquery):
        ours = isinstance(part, Select) and part.get_execution_options().get("confined")
        if isinstance(part, SelectBase) and not ours:
            raise TypeError("A condition holds a subquery of its own; use `_exists`.")
