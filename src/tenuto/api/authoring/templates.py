"""The gallery of workflows to begin with: `/api/templates`."""

from __future__ import annotations

from tenuto.api.fields import Done
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.services.authoring.templates import Template, TemplateSummary

router = Router("/api/templates", tag="Templates")


class TemplatesAnswer(Done):
    """All of them, in the order of the gallery."""

    templates: tuple[TemplateSummary, ...]


class TemplateAnswer(Done):
    """One of them."""

    template: Template


@router.get("", permission=Permission.workflow_read)
async def list_templates(caller: Caller, services: Provided) -> TemplatesAnswer:
    """The workflows that come with the product, with what they use, inputs to try them on, and their graphs in small."""
    return TemplatesAnswer(templates=await services.editing.templates.list(caller))


@router.get("/{id}", permission=Permission.workflow_read)
async def get_template(id: str, caller: Caller, services: Provided) -> TemplateAnswer:
    """One with its definition, to be run with `simulate`, or kept by `POST /api/workflows/import`."""
    return TemplateAnswer(template=await services.editing.templates.get(caller, id))
