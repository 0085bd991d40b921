"""The pages for people are kept: short decisions, a current index, links that lead somewhere, nothing of a private machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools import docs

decisions = sorted(docs.decisions.glob("[0-9]*.md"))


@pytest.mark.parametrize("path", decisions, ids=lambda path: path.stem)
def test_a_decision_is_short_and_has_its_three_parts(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(f"# {int(path.name[:4])}. ")
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))


def test_derived_pages_are_current() -> None:
    for page, text in docs.derived().items():
        assert page.read_text() == text, f"{page.name} is out of date: run make docs"


def test_links_lead_somewhere() -> None:
    assert docs.dead_links() == []


def test_links_are_found_and_code_is_not() -> None:
    text = "[a](one.md#part) `[b](two.md)` [c](https://example.com) [d](#here)\n```\n[e](three.md)\n```\n![f](four.png 'title')"
    assert docs.links(text) == ["one.md", "four.png"]


def test_the_lock_names_no_address_and_a_hash_for_every_package() -> None:
    lock = (docs.root / "requirements.lock").read_text()
    assert "://" not in lock
    entries = re.split(r"\n(?=\S)", lock)
    assert len(entries) > 50
    assert [entry.split()[0] for entry in entries if not entry.startswith("#") and "--hash=sha256:" not in entry] == []
