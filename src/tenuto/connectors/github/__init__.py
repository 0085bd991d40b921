"""GitHub's REST API (github.com, and GitHub Enterprise by another base URL): issues, pull requests, files, releases and runs."""

from __future__ import annotations

from tenuto.connectors.github import comments, files, issues, pulls, releases, repositories, reviews
from tenuto.connectors.github.vendor import github

__all__ = ["comments", "files", "github", "issues", "pulls", "releases", "repositories", "reviews"]
