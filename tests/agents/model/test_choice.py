"""What can be known to be wrong with a model before anything is asked; and where keys may go."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tenuto.agents.model import provider
from tenuto.agents.model.choice import issues_of
from tenuto.core.agent import Agent
from tenuto.core.catalog import discover
from tenuto.core.documents.validation import validate
from tenuto.core.errors import Misconfigured


def agent(model: str | None, **settings: Any) -> Agent:
    return Agent.model_validate({"id": "a", "name": "A", "provider": "model", "model": model, "settings": settings or None})


@pytest.mark.parametrize(
    "model",
    ["openai:gpt-5.5", "anthropic:claude-sonnet-5-5", "mistral:mistral-large-latest", "ollama:llama3.3:70b", "openai-compatible:x/y:z"],
)
def test_what_can_be_asked_is_not_objected_to(model: str) -> None:
    assert issues_of(agent(model)) == ()


@pytest.mark.parametrize(
    ("model", "code", "fix"),
    [
        (None, "model-missing", "openai:gpt-5.5"),
        ("", "model-missing", "openai:gpt-5.5"),
        ("gpt-4o", "model-unreadable", '"openai:gpt-4o"'),
        ("claude-sonnet-5", "model-unreadable", '"anthropic:claude-sonnet-5"'),
        ("openai:", "model-unreadable", "like"),
        ("openai:gpt 4o", "model-unreadable", "like"),
        ("openai:a\nb", "model-unreadable", "like"),
        ("openai:" + "x" * 201, "model-unreadable", "like"),
        ("open-ai:gpt-4o", "unknown-vendor", '"openai:gpt-4o"'),
        ("antropic:claude-sonnet-5", "unknown-vendor", '"anthropic:claude-sonnet-5"'),
        ("zzz:x", "unknown-vendor", "Known: openai"),
    ],
)
def test_a_model_that_cannot_be_asked_is_an_error_with_the_nearest(model: str | None, code: str, fix: str) -> None:
    (issue,) = issues_of(agent(model))
    assert (issue.pointer, issue.code, issue.severity) == ("/model", code, "error")
    assert fix in (issue.fix or "")


def test_a_name_that_the_list_does_not_know_is_a_warning_where_it_looks_like_a_slip() -> None:
    (issue,) = issues_of(agent("openai:gtp-5.5"))
    assert (issue.code, issue.severity) == ("unknown-model", "warning")
    assert '"openai:gpt-5.5"' in (issue.fix or "")
    assert issues_of(agent("openai:entirely-new-thing-7")) == ()


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"temperature": 3}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"top_p": 0}, "top_p"),
        ({"thinking": "a lot"}, "thinking"),
        ({"timeout": 0}, "timeout"),
        ({"base_url": "ftp://x"}, "base_url"),
        ({"base_url": "http://user:secret@x/v1"}, "base_url"),
        ({"temprature": 1}, "temprature"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        agent("openai:gpt-5.5", **settings)
    assert caught.value.errors()[0]["loc"] == ("settings", where)


def test_a_workflow_is_told_of_its_agents_models() -> None:
    bad = {"id": "a", "name": "A", "provider": "model", "model": "opnai:gpt-4o", "settings": {"base_url": "https://evil.example"}}
    other = {"id": "b", "name": "B", "provider": "model", "model": "openai:gpt-4o", "settings": {"base_url": "https://evil.example"}}
    nodes = [{"id": "n", "type": "agent", "config": {"agent": "a"}}]
    report = validate({"id": "w", "name": "W", "startNode": "n", "agents": [bad, other], "nodes": nodes}, discover())
    found = {issue.pointer: issue.code for issue in report.errors}
    assert found == {"/agents/0/model": "unknown-vendor", "/agents/1/settings/base_url": "base-url-not-allowed"}


def test_each_vendor_has_a_credential_of_its_own_for_its_own_host() -> None:
    vendors = {vendor.integration: vendor for vendor in provider.vendors()}
    assert vendors["agent:model:openai"].hosts == ("api.openai.com",)
    assert vendors["agent:model:anthropic"].credential == "ANTHROPIC_API_KEY"
    assert len({vendor.credential for vendor in vendors.values()}) == len(vendors)
    assert "agent:model:ollama" not in vendors
    assert provider.vendor(agent("anthropic:claude-sonnet-5")) == vendors["agent:model:anthropic"]
    assert provider.vendor(agent("nobody:x")) is None
    elsewhere = provider.configure({"OPENAI_BASE_URL": "https://Gateway.example.com:8443/v1/"})
    found = elsewhere.vendor(agent("openai:gpt-4o"))
    assert found is not None
    assert found.hosts == ("gateway.example.com:8443",)


def test_an_agent_that_names_a_server_gets_no_key_for_it_but_the_servers_own() -> None:
    own = provider.configure({"OPENAI_COMPATIBLE_API_KEY": "sk-x", "OPENAI_COMPATIBLE_BASE_URL": "https://llm.example.com/v1"})
    asked = own.vendor(agent("openai-compatible:x"))
    assert asked is not None
    assert asked.hosts == ("llm.example.com",)
    assert own.vendor(agent("openai-compatible:x", base_url="https://llm.example.com/other")) is not None
    for other in (
        "https://evil.example/v1",
        "http://llm.example.com/v1",
        "https://llm.example.com:444/v1",
        "https://llm.example.com.evil.example",
    ):
        assert own.vendor(agent("openai-compatible:x", base_url=other)) is None
    # Where an agent may not say it, it is not listened to either.
    fixed = own.vendor(agent("openai:gpt-4o", base_url="https://evil.example/v1"))
    assert fixed is not None
    assert fixed.hosts == ("api.openai.com",)


@pytest.mark.parametrize("url", ["models.example.com", "ftp://x", "https://", "https://user@x.com", "https://x.com?a=1"])
def test_a_base_url_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(Misconfigured, match="ANTHROPIC_BASE_URL"):
        provider.configure({"ANTHROPIC_BASE_URL": url})
