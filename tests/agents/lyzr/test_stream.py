"""How a stream's lines become text, wherever the network cuts them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tenuto.agents.lyzr.stream import Chunk, Piece, ToolsAsked, Visible, chunks
from tenuto.core.errors import CreditsExhausted, RateLimited, Uncertain, VendorFailed


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def read(data: str | bytes, size: int = 7) -> list[Chunk]:
    raw = data.encode() if isinstance(data, str) else data
    return [chunk async for chunk in chunks(pieces(raw, size))]


async def text(*lines: str) -> str:
    found = await read("".join(f"data: {line}\n\n" for line in (*lines, "[DONE]")))
    return "".join(chunk.text for chunk in found if isinstance(chunk, Piece))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
async def test_lines_are_read_wherever_they_are_cut(size: int) -> None:
    data = "data: Grüße\r\n\r\ndata:  an 🙂\u2028alle\n\ndata: [DONE]\n\n"
    assert await read(data, size) == [Piece("Grüße"), Piece(" an 🙂\u2028alle")]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (" two", " two"),
        (r"a\nb\tc", "a\nb\tc"),
        (r"say \"x\"", 'say "x"'),
        (r"\u00e9\ud83d\ude42", "é🙂"),
        (r"\ud83d alone", "\ufffd alone"),
        (r"C:\\new", r"C:\new"),
        ("&quot;a&quot; &amp; &lt;b&gt;", '"a" & <b>'),
        ("&amp;lt;", "&lt;"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("7", "7"),
        ("true", "true"),
        ('"x"', '"x"'),
        ("null", "null"),
        ('{"content": "Hel", "delta": "no"}', "Hel"),
        ('{"delta": " lo\\n", "content": null}', " lo\n"),
        ('{"content": "", "metadata": {}}', ""),
        (r'{"urgency": 9, "why": "a\nb"}', r'{"urgency": 9, "why": "a\nb"}'),
        ('["a\\n"]', '["a\\n"]'),
    ],
)
async def test_a_line_means(line: str, meant: str) -> None:
    assert await text(line) == meant


async def test_comments_other_fields_and_what_follows_the_end_are_ignored() -> None:
    assert await read(": ping\nevent: x\nid: 3\ndata:no space\n\ndata: [DONE]\n\ndata: late\n\n") == [Piece("no space")]


async def test_a_tool_call_is_one() -> None:
    [chunk] = await read('data: {"type":"local_tool_call","tool_name":"t","arguments":{}}\n\ndata: [DONE]\n\n')
    assert isinstance(chunk, ToolsAsked)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("model overloaded", VendorFailed),
        ("You are out of credits", CreditsExhausted),
        ("429 Rate limit reached", RateLimited),
        ("", VendorFailed),
    ],
)
async def test_an_error_in_the_stream_is_its_problem(said: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await read(f"data: Hel\n\ndata: [ERROR] {said}\n\n")


@pytest.mark.parametrize("data", ["", "data: Hel\n\n", "data: Hel\n\ndata: [DONE]", "data: Hel\n\ndata: wor"])
async def test_a_stream_without_its_end_is_uncertain(data: str) -> None:
    with pytest.raises(Uncertain, match="broke off"):
        await read(data)


async def test_the_source_is_closed_at_the_end() -> None:
    closed: list[bool] = []

    async def source() -> AsyncIterator[bytes]:
        try:
            yield b"data: [DONE]\n\n"
            yield b"more"
        finally:
            closed.append(True)

    assert [chunk async for chunk in chunks(source())] == []
    assert closed == [True]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Hello <b>you</b>", "Hello <b>you</b>"),
        ("<think>secret</think>Hi", "Hi"),
        ("a<think>x</think>b<artifacts>[1]</artifacts>c", "abc"),
        ("1 < 2 and a <t", "1 < 2 and a <t"),
        ("<think>never closed", "<think>never closed"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_is_only_thought_is_not_shown_wherever_it_is_cut(said: str, shown: str, size: int) -> None:
    visible = Visible()
    parts = [visible.feed(said[start : start + size]) for start in range(0, len(said), size)]
    assert "".join(parts) + visible.rest() == shown
    assert not any("secret" in part for part in parts)
