"""The statements of the log with what they leave to be done: for batches in which there is some; the others pay nothing for it."""

from __future__ import annotations

from tenuto.store.people import waiting
from tenuto.store.runs import statements

_posted = """
), posted as (
    insert into outbox (workspace, id, execution_id, kind, data)
    select p.workspace, p.id, p.execution_id, p.kind, p.data
    from unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::bytea[]) as p(workspace, id, execution_id, kind, data)
    join moved m on m.workspace = p.workspace and m.id = p.execution_id
)
select workspace, id,"""


def with_posts(statement: str, moved: str, first: int) -> str:
    """The statement, which also leaves posts of the runs that it `moved`; their parameters begin at `first`. The fence guards them too."""
    posted = _posted.replace("join moved", f"join {moved}")
    for index in range(5, 0, -1):
        posted = posted.replace(f"${index}:", f"${first + index - 1}:")
    body, _, end = statement.rpartition("\n)\nselect workspace, id,")
    return f"{body}{posted}{end}"


append, append_waits = with_posts(statements.append, "moved", 21), with_posts(waiting.append, "moved", 23)
start = with_posts(statements.start, "inserted", 30)
