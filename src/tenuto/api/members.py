"""The people of the workspace: `/api/members`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from tenuto.api.fields import Ask, Cursor, Done, Limit, Line
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.access import Role
from tenuto.core.members import Member

router = Router("/api/members", tag="Members")

Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")]


class MemberBody(Ask):
    """A person to be let in, who signs in with a link from the terminal: `tenuto link`."""

    name: Line
    email: Email | None = None
    role: Role


class MemberChange(Ask):
    """What is to be another."""

    name: Line | None = None
    role: Role | None = Field(default=None, description="Takes effect at once here, and within seconds in other processes.")


class MemberAnswer(Done):
    """One member."""

    member: Member


class MembersAnswer(Done):
    """A page of members."""

    members: tuple[Member, ...]
    next: str | None = None


@router.get("", permission=Permission.member_manage)
async def list_members(caller: Caller, services: Provided, limit: Limit = 50, cursor: Cursor = None) -> MembersAnswer:
    """Everybody, newest first, those who left included."""
    page = await services.members.list(caller, limit=limit, cursor=cursor)
    return MembersAnswer(members=page.items, next=page.next)


@router.post("", permission=Permission.member_manage, status_code=201)
async def add_member(body: MemberBody, caller: Caller, services: Provided) -> MemberAnswer:
    """Let somebody in. No answer holds a link: who administers the machine makes it with `tenuto link`."""
    return MemberAnswer(member=await services.members.add(caller, body.name, body.role, body.email))


@router.get("/{id}", permission=Permission.member_manage)
async def get_member(id: UUID, caller: Caller, services: Provided) -> MemberAnswer:
    """One member."""
    return MemberAnswer(member=await services.members.get(caller, id))


@router.put("/{id}", permission=Permission.member_manage)
async def change_member(id: UUID, body: MemberChange, caller: Caller, services: Provided) -> MemberAnswer:
    """Another name or role; an owner always remains."""
    return MemberAnswer(member=await services.members.change(caller, id, name=body.name, role=body.role))


@router.delete("/{id}", permission=Permission.member_manage)
async def disable_member(id: UUID, caller: Caller, services: Provided) -> MemberAnswer:
    """Sign somebody out everywhere, for good, with the keys they made."""
    return MemberAnswer(member=await services.members.disable(caller, id))
