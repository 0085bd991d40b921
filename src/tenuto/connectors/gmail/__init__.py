"""Gmail's REST API: mail sent as RFC 5322 and answered in its thread, read, searched, drafted, labelled and thrown away."""

from __future__ import annotations

from tenuto.connectors.gmail import reading, sorting, writing
from tenuto.connectors.gmail.service import gmail

__all__ = ["gmail", "reading", "sorting", "writing"]
