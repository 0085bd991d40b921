"""Importing a definition builds plain data and nothing else, at a bounded cost (CVE-2026-40933)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tenuto.core.documents.reader import read_document
from tenuto.core.documents.translate import translate
from tenuto.core.errors import Malformed, Problem

plain = (type(None), bool, int, float, str, list, dict)


def kinds(value: Any) -> set[type]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {type(value)}.union(*(kinds(item) for item in inner))


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch CANARY']",
        "!!python/object/new:os.system ['touch CANARY']",
        "!!python/object:tenuto.core.workflow.Edge {}",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!python/tuple [1]",
        "!!set {a: null}",
        "!!omap [a: 1]",
        "!!timestamp 2026-01-01",
        "!<tag:yaml.org,2002:python/object/apply:subprocess.Popen> [[touch, CANARY]]",
    ],
)
def test_tags_build_nothing(tag: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    with pytest.raises(Malformed, match="tag"):
        read_document(f"nodes: {tag.replace('CANARY', str(canary))}")
    assert not canary.exists()


@pytest.mark.parametrize(
    "text",
    [
        "a: 2026-01-01\nb: 1:30\nc: 0o17\nd: .5\ne: yes\nf: 0b11\ng: +1\n=: x",
        "include: !!str file:///etc/passwd\n$ref: /etc/passwd\n__class__: x\n__proto__: {constructor: 1}",
        '{"__class__": "os.system", "py/object": "os.system", "$ref": "http://127.0.0.1:9"}',
    ],
)
def test_what_is_read_is_plain(text: str) -> None:
    document = read_document(text)
    assert kinds(document) <= set(plain)
    assert kinds(translate(document).document) <= set(plain)


def bombs() -> list[str]:
    laughs = "\n".join(["a0: &a0 lol", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])
    long_text = f"a: &a {'x' * 1_000_000}\nb: [{', '.join(['*a'] * 90)}]"
    return [
        laughs,
        long_text,
        "a: &a\n  b: *a",
        "[" * 1_000_000,
        "{" * 1_000_000,
        "? " * 500_000,
        "- " * 500_000,
        '{"a":' * 300_000,
        "a: " + "9" * 1_000_000,
        "a: 1" + "0" * 1_000_000 + ".5",
        "&" * 1_000_000,
        '"' + "\\" * 1_000_001,
        "%YAML 9.9\n---\na: 1",
        "%TAG ! tag:evil,2026:\n---\na: !x 1",
    ]


@pytest.mark.parametrize("number", range(len(bombs())))
def test_bombs_are_refused_quickly(number: int) -> None:
    begun = time.process_time()
    with pytest.raises(Problem) as raised:
        read_document(bombs()[number])
    assert raised.value.status in {400, 413}
    assert len(raised.value.data.detail) < 1_000
    assert time.process_time() - begun < 10


def test_two_readings_of_one_text_do_not_exist() -> None:
    """Two values under one name would let one reader check the first and another one use the second."""
    for text in ('{"name": "a", "name": "b"}', "name: a\nname: b", '{"n": {"x": 1, "\\u0078": 2}}'):
        with pytest.raises(Malformed, match="twice"):
            read_document(text)


def test_what_json_and_yaml_make_of_one_text_is_the_same() -> None:
    text = json.dumps({"a": [1, -0.5, 1e300, True, None, "on", "é", "\u2028", "\t", "😀"], "b": {"": {}, "~": []}}, ensure_ascii=False)
    assert read_document(text, "json") == read_document(text, "yaml") == json.loads(text)
