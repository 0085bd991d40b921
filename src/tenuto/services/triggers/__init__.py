"""What starts runs by itself: webhooks, schedules, polling; installed with a version, operated, and read."""

from __future__ import annotations

from dataclasses import dataclass

from tenuto.services.triggers.duties import Duties
from tenuto.services.triggers.inbox import Inbox
from tenuto.services.triggers.operations import TriggerOperations
from tenuto.services.triggers.reception import Reception


@dataclass(frozen=True, slots=True)
class Triggers:
    """The use cases of triggers, by what they are for."""

    operations: TriggerOperations
    reception: Reception
    inbox: Inbox
    duties: Duties
