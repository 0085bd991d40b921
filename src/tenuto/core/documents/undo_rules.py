"""What a node that undoes another one has to be: one of its own, outside of the graph."""

from __future__ import annotations

from collections.abc import Iterator

from tenuto.core.documents.scope import Scope
from tenuto.core.errors import Issue


def undo_issues(scope: Scope) -> Iterator[Issue]:
    """Everything that is wrong with who undoes whom; that the undoing node exists and is another one is told with the ids."""
    arriving = {link.target for link in scope.links if link.source in scope.nodes}
    undoers: dict[str, str] = {}
    for node in scope.every:
        undo = node.raw.get("undo")
        if not isinstance(undo, str) or undo not in scope.nodes or undo == node.id:
            continue
        wrong: tuple[str, str] | None = None
        if undo in undoers and undoers[undo] != node.id:
            wrong = f'"{undo}" undoes "{undoers[undo]}" already.', "Give each its own node, which refers to what its node has put out."
        elif undo == scope.start:
            wrong = f'The workflow starts with "{undo}", which undoes "{node.id}".', "Start with another node."
        elif undo in arriving or scope.leaving[undo]:
            wrong = f'"{undo}" undoes "{node.id}", and edges lead to or from it.', "Remove the edges: it runs only when the run has failed."
        elif isinstance(scope.nodes[undo].raw.get("undo"), str):
            wrong = f'"{undo}" undoes "{node.id}" and would be undone itself.', "Remove its undo: what undoes is not undone."
        undoers.setdefault(undo, node.id)
        if wrong is not None:
            yield node.issue("/undo", "invalid-undo", *wrong)
