"""What the builder asks for, beside what anybody does who writes workflows."""

from __future__ import annotations

from typing import NamedTuple

from tenuto.services.authoring.drafts import Drafts
from tenuto.services.authoring.trials import Trials


class Editing(NamedTuple):
    """The use cases of the builder."""

    drafts: Drafts
    trials: Trials
