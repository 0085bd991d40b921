"""What the builder asks for, beside what anybody does who writes workflows."""

from __future__ import annotations

from typing import NamedTuple

from tenuto.services.authoring.attempts import Attempts
from tenuto.services.authoring.draft_runs import DraftRuns
from tenuto.services.authoring.drafts import Drafts
from tenuto.services.authoring.pins import Pinning
from tenuto.services.authoring.previews import Previews
from tenuto.services.authoring.samples import Samples
from tenuto.services.authoring.states import States
from tenuto.services.authoring.templates import Templates


class Editing(NamedTuple):
    """The use cases of the builder."""

    drafts: Drafts
    states: States
    samples: Samples
    pins: Pinning
    previews: Previews
    attempts: Attempts
    runs: DraftRuns
    templates: Templates
