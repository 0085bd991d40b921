"""What is wrong with the programs of a workflow, beside what is wrong with the workflow itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from tenuto.core.documents.validation import Report, Written
from tenuto.core.errors import Issue
from tenuto.engine.code.check import Finding


class Checker(Protocol):
    """Reads programs without running them."""

    async def check(self, code: str, inputs: Collection[str]) -> Sequence[Finding]:
        """Everything that is wrong with a program that is given these variables."""
        ...


async def with_programs(report: Report, checker: Checker | None) -> Report:
    """The report, with what is wrong in the programs of its code nodes: line and column are within the program.

    Without a checker the programs are left to the run.
    """
    if checker is None or not report.programs:
        return report
    found = [_issue(written, finding) for written in report.programs for finding in await checker.check(written.code, written.inputs)]
    return report.with_issues(found)


def _issue(written: Written, finding: Finding) -> Issue:
    return Issue(
        pointer=written.pointer,
        code=f"code-{finding.code}",
        message=f"{finding.message.rstrip('.')} (line {finding.line}, column {finding.column}).",
        node=written.node,
        severity="error" if finding.certain else "warning",
        line=finding.line,
        column=finding.column,
    )
