"""Tests of drafts that are runs: of everything, from a node on, or up to one."""

from __future__ import annotations

from pydantic import Field, JsonValue

from tenuto.api.bodies import input_limit
from tenuto.api.fields import Ask, Done
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.services.authoring.draft_runs import DraftRun, Planned
from tenuto.services.authoring.parts import Wish
from tenuto.services.authoring.samples import Source
from tenuto.services.executions.views import ExecutionSummary

router = Router("/api/workflows/{id:path}", tag="Drafts")


class DraftRunBody(Ask):
    """The part that is tested, and with what."""

    begin: str | None = Field(
        default=None, alias="from", max_length=300, description="Run from this node on; what stands before it is given."
    )
    until: str | None = Field(default=None, max_length=300, description="Run up to this node and not behind it.")
    workflow: dict[str, JsonValue] | None = Field(default=None, description="A document that is being edited, instead of the stored draft.")
    nodes: dict[str, JsonValue] = Field(
        default_factory=dict, max_length=500, description="Answers of nodes, by their ids, in place of what is known."
    )
    sources: tuple[Source, ...] | None = Field(
        default=None,
        max_length=4,
        description="Where answers are taken from. By default pinned values; of a part also the last test and the last run.",
    )
    input: JsonValue = Field(default=None, description="What it is started with; by default what the last run was.")
    message: str | None = None
    user_id: str | None = None
    simulate: bool = Field(default=True, description="false: what its nodes do is really done.")
    plan: bool = Field(default=False, description="Only say what the test would do.")


class DraftRunAnswer(Done):
    """What the test does, and the run that it is."""

    plan: Planned
    execution: ExecutionSummary | None = Field(description="None where only the plan was asked for.")


@router.post("/test-run", permission=Permission.execution_start, limit=2 * input_limit, status_code=202, also=(401,))
async def test_draft(id: str, body: DraftRunBody, caller: Caller, services: Provided) -> DraftRunAnswer:
    """Test the draft, or a part of it, as a run. Pinned answers stand in the place of their nodes; runs of published versions have none."""
    asked = DraftRun(
        wish=Wish(begin=body.begin, until=body.until, given=body.nodes), sources=body.sources, input=body.input, message=body.message,
        user_id=body.user_id, simulated=body.simulate,
    )  # fmt: skip
    plan, execution = await services.editing.runs.run(caller, id, asked, body.workflow, only_plan=body.plan)
    return DraftRunAnswer(plan=plan, execution=execution)
