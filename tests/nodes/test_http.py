"""What an http node sends, how it reads the answer, and what it refuses."""

from __future__ import annotations

import pytest
from pydantic import JsonValue, ValidationError
from tests.nodes.context import Context

from tenuto.core.connector import Answer, Effect
from tenuto.core.errors import AuthRejected, InvalidOutput, Problem, RateLimited, Rejected, Uncertain, VendorFailed
from tenuto.core.node import Completed
from tenuto.nodes.http import Http, HttpConfig


def http(**config: JsonValue) -> Http:
    return Http(id="n", config=HttpConfig.model_validate({"url": "https://api.example.com/orders", **config}))


def answer(body: bytes = b"", media: str | None = None, status: int = 200, **headers: str) -> Answer:
    return Answer(status, ({"content-type": media} if media else {}) | headers, body)


async def body(got: Answer, **config: JsonValue) -> JsonValue:
    outcome = await http(**config).run(Context(answers=[got]))
    assert isinstance(outcome, Completed)
    assert isinstance(outcome.output, dict)
    return outcome.output["body"]


async def test_the_output_is_status_headers_and_body() -> None:
    context = Context(answers=[answer(b'{"a": 1}', "application/json", 201)])
    outcome = await http(method="POST", body={"x": 1}, query={"q": ["a", "b"], "n": 2}, connection="shop").run(context)
    assert outcome == Completed({"status": 201, "headers": {"content-type": "application/json"}, "body": {"a": 1}})
    [(request, connection)] = context.sent
    assert (request.method, request.json, request.query, connection) == ("POST", {"x": 1}, {"q": ("a", "b"), "n": 2}, "shop")


@pytest.mark.parametrize(
    ("method", "effect"),
    [
        ("GET", "read"),
        ("HEAD", "read"),
        ("OPTIONS", "read"),
        ("PUT", "idempotent_write"),
        ("DELETE", "idempotent_write"),
        ("POST", "write"),
        ("PATCH", "write"),
    ],
)
async def test_the_effect_is_the_methods_and_a_repeatable_write_carries_the_key(method: str, effect: Effect) -> None:
    assert http(method=method).effect({}) == effect
    context = Context(answers=[answer()])
    await http(method=method).run(context)
    assert context.sent[0][0].headers.get("Idempotency-Key") == ("run-1:n:1" if effect == "idempotent_write" else None)


async def test_the_config_may_say_the_effect_and_the_key() -> None:
    context = Context(answers=[answer(), answer()])
    await http(method="POST", effect="idempotent_write").run(context)
    await http(method="PUT", headers={"idempotency-key": "mine"}).run(context)
    assert [request.headers for request, _ in context.sent] == [{"Idempotency-Key": "run-1:n:1"}, {"idempotency-key": "mine"}]


async def test_bodies_are_sent_as_their_kind_and_content_type_say() -> None:
    form: JsonValue = {"a": 1, "b": True, "c": None, "d": "x"}
    context = Context(answers=[answer()] * 4)
    await http(method="POST", body="plain").run(context)
    await http(method="POST", body="<a/>", headers={"Content-Type": "application/xml"}).run(context)
    await http(method="POST", body=form, headers={"content-type": "application/x-www-form-urlencoded"}).run(context)
    await http(method="POST", body=[1, 2]).run(context)
    text, xml, formed, json = [request for request, _ in context.sent]
    assert (text.content, text.headers) == (b"plain", {"Content-Type": "text/plain; charset=utf-8"})
    assert (xml.content, xml.headers) == (b"<a/>", {"Content-Type": "application/xml"})
    assert (formed.form, formed.json) == ({"a": "1", "b": "true", "c": "", "d": "x"}, None)
    assert (json.json, json.content) == ([1, 2], None)


async def test_auto_goes_by_the_content_type() -> None:
    assert await body(answer(b'{"a":1}', "application/problem+json")) == {"a": 1}
    assert await body(answer(b"a,b", "text/csv; charset=utf-8")) == "a,b"
    assert await body(answer("ä".encode("latin-1"), "text/plain; charset=iso-8859-1")) == "ä"
    assert await body(answer(b"hello")) == "hello"
    assert await body(answer(b"\x89PNG", "image/png")) == {"media": "image/png", "size": 4, "base64": "iVBORw=="}
    assert await body(answer(b"\xff\xfe")) == {"media": "", "size": 2, "base64": "//4="}
    assert await body(answer(b"", "application/json", 204)) is None


async def test_a_stated_reading_wins() -> None:
    assert await body(answer(b'{"a":1}', "text/plain"), response="json") == {"a": 1}
    assert await body(answer(b'{"a":1}', "application/json"), response="text") == '{"a":1}'
    assert await body(answer(b"x", "text/plain"), response="binary") == {"media": "text/plain", "size": 1, "base64": "eA=="}


async def test_what_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidOutput, match="text/html"):
        await body(answer(b"<html>", "text/html"), response="json")
    with pytest.raises(InvalidOutput, match="application/json"):
        await body(answer(b'{"a":', "application/json"))
    with pytest.raises(InvalidOutput, match="klingon"):
        await body(answer(b"x", "text/plain; charset=klingon"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Rejected), (401, AuthRejected), (403, Rejected), (404, Rejected), (429, RateLimited), (500, VendorFailed), (503, VendorFailed)],
)
async def test_error_statuses_are_problems(status: int, kind: type[Problem]) -> None:
    with pytest.raises(kind) as caught:
        await http().run(Context(answers=[answer(b"no", "text/plain", status, **{"retry-after": "7"})]))
    assert type(caught.value) is kind
    assert caught.value.data.detail == f"api.example.com answered {status}."
    assert caught.value.data.retry_after == 7


async def test_a_write_without_a_clear_answer_is_uncertain_and_a_read_is_not() -> None:
    lost = Uncertain("No answer came.")
    for given in (lost, answer(status=500), answer(status=502)):
        with pytest.raises(Uncertain):
            await http(method="POST").run(Context(answers=[given]))
        with pytest.raises(VendorFailed):
            await http(method="GET").run(Context(answers=[given]))
    with pytest.raises(VendorFailed):
        await http(method="POST").run(Context(answers=[answer(status=503)]))


@pytest.mark.parametrize(
    "config",
    [
        {"url": "ftp://example.com"},
        {"url": "/relative"},
        {"url": "https://example.com/a b"},
        {"url": "https://example.com/\r\nX: 1"},
        {"method": "TRACE"},
        {"headers": {"X": "1\r\nEvil: 1"}},
        {"headers": {"X Y": "1"}},
    ],
)
def test_requests_that_could_smuggle_something_are_refused(config: dict[str, JsonValue]) -> None:
    with pytest.raises(ValidationError):
        http(**config)
