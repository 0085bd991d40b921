"""The actions keep the names, parameters and result fields that clients know, and are complete for all that is derived."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.connectors.conformance import every
from tests.connectors.world import catalog

from tenuto.core.connector import Connector, Params, Request, Result
from tenuto.testing import check_connector

contract = Path(__file__).parents[2].parent / "shared" / "design" / "contract.md"

kept = ("github", "gmail", "slack")
"""Whose actions clients of the product before know."""

# Where the contract says less than a list of fields ("…", or one list for several actions), what is kept is spelled out here.
results = {
    "create_channel": {"id", "name"},
    "create_issue": {"number", "title"},
    "create_pr": {"number", "title"},
    "list_issues": {"issues", "total", "repository"},
    "get_commits": {"commits", "total", "repository", "branch"},
    "get_repos": {"repositories", "total"},
}


def promised() -> dict[str, dict[str, tuple[set[str], set[str]]]]:
    """Connector → action → parameters and result fields, read from the page."""
    if not contract.exists():
        pytest.skip("the contract is not there: contract.md is looked for in <project>/../shared/design")
    section = contract.read_text().partition("\nActions:\n")[2].partition("\n\n")[0]
    found: dict[str, dict[str, tuple[set[str], set[str]]]] = {}
    for line in section.splitlines():
        connector, _, rest = line.removeprefix("- ").partition(": ")
        found[connector] = {}
        for name, params, answer in re.findall(r"`(\w+)\{([^}]*)\}`(?: → \{([^}]*)\})?", rest):
            fields = results.get(name) or {field.strip() for field in answer.split(",")}
            found[connector][name] = ({param.partition("=")[0].strip() for param in params.split(",")}, fields)
    return found


def names(model: type[Params] | type[Result]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("key", kept)
def test_actions_parameters_and_results_are_those_of_the_contract(key: str) -> None:
    actions = catalog.connector(key).actions
    known = promised()[key]
    assert set(actions) >= set(known)
    for name, (params, fields) in known.items():
        assert names(actions[name].params) == params
        result = {field.alias or own for own, field in actions[name].result.model_fields.items()}
        assert fields <= result
        assert name in results or fields == result


def test_the_defaults_are_those_of_the_contract() -> None:
    written = re.findall(r"`(\w+)\{([^}]*)\}`", contract.read_text()) if contract.exists() else []
    defaults = {(name, *param.split("=")) for name, params in written for param in params.split(",") if "=" in param}
    actions = {name: action for key in kept for name, action in catalog.connector(key).actions.items()}
    for name, field, default in defaults:
        assert str(actions[name].params.model_fields[field.strip()].default) == default.strip("'")


@pytest.mark.parametrize("key", sorted(catalog.connectors))
def test_a_connector_is_complete(key: str) -> None:
    assert check_connector(catalog.connector(key)) == ()


@pytest.mark.parametrize("key", sorted(catalog.connectors))
def test_writes_can_be_found_again_but_for_those_whose_vendor_has_no_way(key: str) -> None:
    blind = {each.key for each in catalog.connector(key).actions.values() if each.effect == "write" and not each.verify}
    assert blind == {*every()[key].blind}


class Bare(Params):
    thing: str
    number: int = 1


class Answered(Result):
    what: int


def test_an_incomplete_connector_is_told_everything_that_is_missing() -> None:
    bad = Connector(key="Bad key", name="Bad", base_url="http://example.com")

    @bad.action(effect="read", verify=lambda: None)  # pyright: ignore[reportArgumentType] - wrong on purpose
    def look(params: Bare) -> Request[Answered]:
        return Request(result=Answered, method="GET", path="/{nothing}")

    issues = check_connector(bad)
    assert {issue.code for issue in issues} == {"key", "base-url", "doc", "verify", "description", "example", "simulation"}
    assert {issue.pointer for issue in issues if issue.code == "example"} == {"/actions/look/params/thing", "/actions/look/params/number"}
    assert all(issue.fix for issue in issues)
