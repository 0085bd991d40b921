"""Slack's Web API: messages and threads, channels, people, reactions and files."""

from __future__ import annotations

from tenuto.connectors.slack import channels, files, messages, people, scheduled
from tenuto.connectors.slack.vendor import slack

__all__ = ["channels", "files", "messages", "people", "scheduled", "slack"]
