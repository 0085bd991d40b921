"""PostgreSQL: statements with their values beside them, and rows of tables without a statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from tenuto.connectors.postgresql.shapes import (
    Changes,
    Details,
    Filter,
    InTable,
    NewRows,
    Removal,
    Rows,
    Schema,
    Select,
    Statement,
    Tables,
    Upsert,
    Values,
    Written,
)
from tenuto.core.account import AccountField, host_name
from tenuto.core.auth import Basic
from tenuto.core.connector import Answer, Connector, ErrorRule, Params, Request, Whoami
from tenuto.core.errors import Invalid, NotFound

most_values = 30_000
"""Values of one statement: the protocol counts them in 15 bits."""


def _whose(answer: Answer, _params: Params | None) -> Whoami:
    return Whoami(account=str(Rows.model_validate(answer.json).rows[0]["account"]))


postgresql = Connector(
    key="postgresql",
    name="PostgreSQL",
    doc="Rows of a PostgreSQL database: read, insert, upsert, update, delete, and statements of your own.",
    base_url="postgresql://{host}:{port}/{database}",
    auth=Basic(user_label="User"),
    fields=(
        AccountField(name="host", description="Where the server is.", example="db.example.com", pattern=host_name),
        AccountField(name="port", description="The port it listens at.", example="5432", pattern=r"[1-9][0-9]{0,4}"),
        AccountField(name="database", description="The database.", example="sales", pattern=r"[A-Za-z0-9._~-]{1,63}"),
    ),
    check=Request(result=Whoami, method="POST", path="/query", json={"sql": "select current_user::text as account"}, read=_whose),
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message="error.message",
            reason="error.code",
            fixes={
                "25006": "Use the action that executes a statement: a query only reads.",
                "57014": "Make the statement faster, or ask for less.",
                "no_tls": "Switch TLS on at the server, or have the operator allow its network.",
                "42P01": "Check the name of the table and its schema.",
                "42703": "Check the names of the columns.",
                "42601": "Give one statement, with $1, $2 … where values go.",
            },
        ),
    ),
)


@postgresql.action(effect="read")
def query(params: Statement) -> Request[Rows]:
    """Read with a statement. It runs in a transaction that cannot write."""
    return _asked(params.sql, list(params.parameters), params.limit)


@postgresql.action(effect="write")
def execute(params: Statement) -> Request[Written]:
    """Execute a statement that may change something, in a transaction of its own."""
    return _done(params.sql, list(params.parameters), params.limit)


@postgresql.action(effect="read")
def list_tables(params: Schema) -> Request[Tables]:
    """List the tables and views of a schema."""
    sql = "select table_schema as schema, table_name as name from information_schema.tables where table_schema = $1 order by table_name"
    return Request(
        result=Tables, method="POST", path="/query", json={"sql": sql, "parameters": [params.db_schema], "limit": 10_000}, read=_tables
    )


@postgresql.action(effect="read")
def describe_table(params: InTable) -> Request[Details]:
    """Tell the columns of a table, their types and which are its key."""
    sql = (
        "select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable, "
        "pg_get_expr(d.adbin, d.adrelid) as default, coalesce(a.attnum = any(i.indkey), false) as key "
        "from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
        "left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum "
        "left join pg_index i on i.indrelid = a.attrelid and i.indisprimary "
        "where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped order by a.attnum"
    )
    asked: JsonValue = {"sql": sql, "parameters": [params.db_schema, params.table], "limit": 2000}
    return Request(result=Details, method="POST", path="/query", json=asked, read=_details)


@postgresql.action(effect="read")
def select_rows(params: Select) -> Request[Rows]:
    """Read rows of a table."""
    values: list[JsonValue] = []
    tests = [_equal(name, value, values) for name, value in params.where.items()]
    tests += [_test(each, values) for each in params.filters]
    tests += [f"{_quoted(name)} > {_place(value, values)}" for name, value in params.after.items()]
    where = f" where {' and '.join(tests)}" if tests else ""
    direction = " desc" if params.descending else ""
    order = f" order by {', '.join(_quoted(name) + direction for name in params.order_by)}" if params.order_by else ""
    sql = f"select {_names(params.columns) or '*'} from {_table(params)}{where}{order} offset {params.offset}"  # noqa: S608 - all quoted
    return _asked(sql, values, params.limit)


@postgresql.action(effect="write")
def insert_rows(params: NewRows) -> Request[Written]:
    """Insert rows; all of them, or none."""
    values: list[JsonValue] = []
    return _done(_insertion(params, values) + _returning(params.returning), values, len(params.rows))


@postgresql.action(effect="idempotent_write")
def upsert_rows(params: Upsert) -> Request[Written]:
    """Insert rows, or change those that are known by the same unique columns."""
    values: list[JsonValue] = []
    columns = _columns(params.rows)
    changed = [f"{_quoted(name)} = excluded.{_quoted(name)}" for name in columns if name not in params.conflict_on]
    action = f"update set {', '.join(changed)}" if changed else "nothing"
    sql = f"{_insertion(params, values)} on conflict ({_names(params.conflict_on)}) do {action}{_returning(params.returning)}"
    return _done(sql, values, len(params.rows))


@postgresql.action(effect="idempotent_write")
def update_rows(params: Changes) -> Request[Written]:
    """Set columns of all rows that fit."""
    values: list[JsonValue] = []
    changed = ", ".join(f"{_quoted(name)} = {_place(value, values)}" for name, value in params.values.items())
    where = " and ".join(_equal(name, value, values) for name, value in params.where.items())
    return _done(f"update {_table(params)} set {changed} where {where}{_returning(params.returning)}", values, 1000)  # noqa: S608 - all quoted


@postgresql.action(effect="idempotent_write")
def delete_rows(params: Removal) -> Request[Written]:
    """Delete all rows that fit."""
    values: list[JsonValue] = []
    where = " and ".join(_equal(name, value, values) for name, value in params.where.items())
    return _done(f"delete from {_table(params)} where {where}", values, 1)  # noqa: S608 - all quoted


def _asked(sql: str, values: list[JsonValue], limit: int) -> Request[Rows]:
    return Request(result=Rows, method="POST", path="/query", json={"sql": sql, "parameters": values, "limit": limit})


def _done(sql: str, values: list[JsonValue], limit: int) -> Request[Written]:
    if len(values) > most_values:
        raise Invalid(
            f"These are {len(values):,} values; a statement has {most_values:,} at most.", pointer="/rows", fix="Give fewer rows at once."
        )
    return Request(result=Written, method="POST", path="/execute", json={"sql": sql, "parameters": values, "limit": limit})


def _tables(answer: Answer, _params: Params) -> Tables:
    return Tables.model_validate({"tables": Rows.model_validate(answer.json).rows})


def _details(answer: Answer, params: InTable) -> Details:
    rows = Rows.model_validate(answer.json).rows
    if not rows:
        raise NotFound(f"There is no table {params.db_schema}.{params.table}.", pointer="/table", fix="list_tables tells what there is.")
    return Details.model_validate({"columns": rows})


def _insertion(params: NewRows, values: list[JsonValue]) -> str:
    columns = _columns(params.rows)
    rows = [", ".join(_place(row[name], values) if name in row else "default" for name in columns) for row in params.rows]
    return f"insert into {_table(params)} ({_names(columns)}) values ({'), ('.join(rows)})"  # noqa: S608 - all quoted


def _columns(rows: Sequence[Values]) -> Sequence[str]:
    """All columns that any row has, each once."""
    found = list(dict.fromkeys(name for row in rows for name in row))
    if not found:
        raise Invalid("No row has a column.", pointer="/rows")
    return found


def _returning(columns: Sequence[str]) -> str:
    return f" returning {_names(columns)}" if columns else ""


def _equal(name: str, value: JsonValue, values: list[JsonValue]) -> str:
    return f"{_quoted(name)} is null" if value is None else f"{_quoted(name)} = {_place(value, values)}"


def _test(condition: Filter, values: list[JsonValue]) -> str:
    match condition.operator:
        case "is null" | "is not null" as about:
            return f"{_quoted(condition.column)} {about}"
        case "in":
            return f"{_quoted(condition.column)} = any({_place(condition.value, values)})"
        case "not in":
            return f"{_quoted(condition.column)} <> all({_place(condition.value, values)})"
        case operator:
            return f"{_quoted(condition.column)} {operator} {_place(condition.value, values)}"


def _place(value: JsonValue, values: list[JsonValue]) -> str:
    values.append(value)
    return f"${len(values)}"


def _table(params: InTable) -> str:
    return f"{_quoted(params.db_schema)}.{_quoted(params.table)}"


def _names(columns: Iterable[str]) -> str:
    return ", ".join(map(_quoted, columns))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
