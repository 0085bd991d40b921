"""Linear's GraphQL API, by Linear's sign-in or by a personal API key: https://linear.app/developers."""

from __future__ import annotations

from tenuto.connectors.linear import choices, issues, talk
from tenuto.connectors.linear.service import linear

__all__ = ["choices", "issues", "linear", "talk"]
