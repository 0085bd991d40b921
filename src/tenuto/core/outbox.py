"""What a commit leaves to be done after it: posts, written with the events they follow from, performed and deleted afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from pydantic import JsonValue

PostKind = Literal[
    "child_ended", "children_ended", "release_children", "cancel_children", "failure_workflow",
    "tell_parent", "held_no_more", "look_at_budget", "let_family_go_on",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """One thing to be done. Performing it twice has to be the same as once: a process may die before it is deleted."""

    workspace: int
    id: UUID
    execution: UUID
    """The run whose commit left it."""
    kind: PostKind
    data: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
