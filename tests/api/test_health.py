"""What machines ask of a house that serves, and of one that works no more."""

from __future__ import annotations

from tests.api.conftest import Api


async def test_a_served_house_is_alive_and_ready(api: Api) -> None:
    client = api.client()
    assert (await client.get("/healthz")).json() == {"success": True}
    answer = await client.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"success": True, "migrated": True, "writable": True, "claiming": True}


async def test_a_house_whose_worker_has_stopped_is_alive_but_not_ready(api: Api) -> None:
    await api.house.worker.stop(grace=0)
    client = api.client()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"success": False, "migrated": True, "writable": True, "claiming": False}
    assert (await client.get("/healthz")).status_code == 200


async def test_metrics_count_by_route_and_status_and_never_by_id(api: Api) -> None:
    client = api.as_role("viewer")
    await client.get("/api/keys/0198c5a0-0000-7000-8000-000000000000")
    text = (await client.get("/metrics")).text
    assert 'tenuto_http_requests_total{method="GET",route="/api/keys/{id}",status="403"} 1.0' in text
    assert "0198c5a0" not in text
