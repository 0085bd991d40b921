"""Members: an owner always remains, an address belongs to one, and what somebody may do changes at once."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tenuto.core.access import Principal, Role
from tenuto.core.errors import Conflict, Forbidden, NotFound
from tenuto.services.members import Members
from tenuto.store.database import Database

owner = Principal(1, "local", None, "local", Role.owner)


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def members(database: Database, changes: list[str]) -> Members:
    return Members(database, changed=lambda: changes.append("changed"))


async def test_people_are_listed_page_by_page(members: Members) -> None:
    made = [await members.add(owner, f"member {n}", Role.viewer) for n in range(5)]
    first = await members.list(owner, limit=3)
    second = await members.list(owner, limit=3, cursor=first.next)
    assert [member.id for member in (*first.items, *second.items)] == [member.id for member in reversed(made)]
    assert second.next is None


async def test_an_address_belongs_to_one_member_whatever_its_case(members: Members) -> None:
    await members.add(owner, "Ada", Role.editor, "Ada@example.com")
    with pytest.raises(Conflict):
        await members.add(owner, "Other", Role.viewer, "ada@EXAMPLE.com")
    results = await asyncio.gather(*(members.add(owner, "G", Role.viewer, "g@example.com") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 3


async def test_an_owner_always_remains(members: Members) -> None:
    one, two = [await members.add(owner, name, Role.owner) for name in ("one", "two")]
    results = await asyncio.gather(members.disable(owner, one.id), members.change(owner, two.id, role=Role.viewer), return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 1


async def test_a_change_of_role_is_told_to_those_who_remember(members: Members, changes: list[str]) -> None:
    member = await members.add(owner, "Ada", Role.viewer)
    assert changes == []
    assert (await members.change(owner, member.id, role=Role.editor)).role is Role.editor
    assert (await members.change(owner, member.id, name="Ada L.")).name == "Ada L."
    assert (await members.disable(owner, member.id)).disabled_at is not None
    assert changes == ["changed"] * 3


async def test_only_who_manages_members_may(members: Members) -> None:
    editor = owner._replace(role=Role.editor)
    for call in (
        members.list(editor),
        members.add(editor, "x", Role.owner),
        members.disable(editor, uuid4()),
        members.get(editor, uuid4()),
    ):
        with pytest.raises(Forbidden):
            await call
    with pytest.raises(NotFound):
        await members.change(owner, uuid4(), name="x")
