"""Jira Cloud's REST API 3, by Atlassian's sign-in or by an API token."""

from __future__ import annotations

from tenuto.connectors.jira import choices, issues, work
from tenuto.connectors.jira.vendor import jira

__all__ = ["choices", "issues", "jira", "work"]
