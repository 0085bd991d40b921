"""The mailbox: everything that happens to a run from outside enters here; satisfies the engine's `Mailbox`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

from pydantic import JsonValue

from tenuto.core.execution import ExecutionId
from tenuto.core.run import Mail, MailKind
from tenuto.core.values import decode, encode
from tenuto.store.database import Database
from tenuto.store.door import reaching_database
from tenuto.store.people import waiting
from tenuto.store.runs import statements
from tenuto.store.runs.again import statements as again
from tenuto.store.runs.bell import Bell

_at_once = 500


class Mailbox:
    """Leaves mail for runs and reads it for their owners."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell

    async def read(self, run: ExecutionId) -> Sequence[Mail]:
        """The mail that waits, oldest first."""
        with reaching_database():
            rows = await self._database.pool.fetch(statements.mail, run.workspace, run.id)
        return [Mail(row["key"], cast("MailKind", row["kind"]), cast("Mapping[str, JsonValue]", decode(row["signal"]))) for row in rows]

    async def send(self, run: ExecutionId, mail: Mail) -> bool:
        """Leave mail and wake the run; False if the run has ended or mail with this key is there already. Raises `TooLarge`."""
        signal = encode(dict(mail.signal), what="The signal")
        with reaching_database():
            rows = await self._database.pool.fetch(statements.post, run.workspace, run.id, mail.key, mail.kind, signal)
        if rows:
            body = f"{run.workspace}:{run.id}"
            self._bell.ring("mail" if rows[0]["owner"] is not None else "ready", body)
        return bool(rows)

    async def reopen(self, run: ExecutionId, head: int, mail: Mail) -> bool:
        """Make a failed run whose log ends at `head` ready again, with the mail that says why; False if it is another one by now."""
        signal = encode(dict(mail.signal), what="The signal")
        with reaching_database():
            opened = await self._database.pool.fetchval(again.reopen, run.workspace, run.id, head, mail.key, mail.kind, signal)
        if opened is not None:
            self._bell.ring("ready", "")
        return opened is not None

    async def offer(self, workspace: int, event: str, data: JsonValue, delivery: str) -> int:
        """Leave an event for every run that waits for its name, some hundred in each statement; how many were told for the first time."""
        # The node goes before the rest of the signal in the statement: what may be large travels once for all of them.
        rest = encode({"event": event, "id": f"event:{delivery}", "data": data}, what="The event")[1:]
        told, after, node = 0, UUID(int=0), ""
        while True:
            with reaching_database():
                rows = await self._database.pool.fetch(waiting.offer, workspace, event, delivery, rest, after, node, _at_once)
            for row in rows:
                if row["told"]:
                    told += 1
                    self._bell.ring("mail" if row["owner"] is not None else "ready", f"{workspace}:{row['id']}")
            if len(rows) < _at_once:
                return told
            after, node = rows[-1]["id"], rows[-1]["node"]
