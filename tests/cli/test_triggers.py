"""`tenuto triggers` and `tenuto deliveries`, on a database that a served house has published to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.api.conftest import served
from tests.api.hooking import path_of, publish, webhook, workflow
from tests.cli.conftest import Command


async def test_list_show_switch_fire_and_replay(tenuto: Command, dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path) as api:
        document = workflow(
            webhook("in", scheme="path"), {"id": "daily", "type": "schedule", "cron": "0 9 * * *", "timezone": "Europe/Berlin"}
        )
        hook, daily = await publish(api.as_role("owner"), document)
        answer = await api.client().post(path_of(hook), json={"n": 1})
        assert answer.status_code == 202

        async def said(*arguments: str) -> dict[str, object]:
            done = await asyncio.to_thread(tenuto, *arguments, "--json")
            assert done.code == 0, done.err
            return done.json

        listed = await said("triggers", "list")
        assert isinstance(listed["triggers"], list)
        assert {item["key"] for item in listed["triggers"] if isinstance(item, dict)} == {"in", "daily"}
        off = await said("triggers", "disable", daily["id"])
        assert (off["state"], off["next"]) == ("off", [])
        on = await said("triggers", "enable", daily["id"])
        assert (on["state"], len(on["next"]) if isinstance(on["next"], list) else 0) == ("ok", 5)
        assert (await said("triggers", "fire", hook["id"], "--event", '{"n": 2}'))["execution_id"]
        inbox = await said("deliveries", "list")
        assert isinstance(inbox["deliveries"], list)
        [kept] = inbox["deliveries"]
        assert isinstance(kept, dict)
        assert (await said("deliveries", "show", str(kept["id"])))["body"] == '{"n":1}'
        assert (await said("deliveries", "replay", str(kept["id"])))["execution_id"] != kept["execution_id"]

    shown = await asyncio.to_thread(tenuto, "triggers", "show", hook["id"])
    assert (shown.code, hook["url"] in shown.out) == (0, True), shown
    for wrong in (("triggers", "show", "0198c5a0-0000-7000-8000-000000000000"), ("deliveries", "list", "--status", "odd")):
        done = await asyncio.to_thread(tenuto, *wrong)
        assert (done.code != 0, "Traceback" in done.err) == (True, False)
