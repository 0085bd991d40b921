"""Which model an agent is: its vendor and name, and what can be known to be wrong with it before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from tenuto.agents.model.vendors import Kind, kinds
from tenuto.core.agent import Agent
from tenuto.core.catalog import late
from tenuto.core.errors import Invalid, Issue

longest_name = 200
example = "openai:gpt-5.5"


class Choice(NamedTuple):
    """A vendor, the name of one of its models, and where it is asked."""

    kind: Kind
    name: str
    base_url: str = ""


def chosen(agent: Agent) -> Choice:
    """Raises `Invalid` with all that is wrong."""
    issues = tuple(issue for issue in issues_of(agent) if issue.severity == "error")
    found = _read(agent.model or "")
    if issues or found is None:
        fix = issues[0].fix if issues else None
        raise Invalid(f"The agent {agent.name} cannot be asked: {issues[0].message if issues else 'no model'}", issues=issues, fix=fix)
    return found


def issues_of(agent: Agent) -> Sequence[Issue]:
    """What is wrong with an agent's model and settings; a warning where the name looks like a slip of the pen."""
    return tuple(_issues(agent))


def vendor_of(agent: Agent) -> Kind | None:
    """The vendor that an agent's model names."""
    return kinds.get((agent.model or "").partition(":")[0])


def nearest(kind: Kind, name: str) -> str | None:
    """The known model of this vendor whose name is most like this one."""
    near = get_close_matches(name, _known(kind.key), n=1, cutoff=0.6) if kind.priced else []
    return near[0] if near else None


def _issues(agent: Agent) -> Iterator[Issue]:
    model = agent.model or ""
    if not model:
        message = "The agent says no model."
        yield Issue(pointer="/model", code="model-missing", message=message, fix=f"Write a vendor and a model, like {example}.")
        return
    found = _read(model)
    if found is None:
        yield _unreadable(model)
        return
    yield from _settings(agent, found.kind)
    if not found.kind.priced or _listed(found.kind.key, found.name):
        return
    near = nearest(found.kind, found.name)
    if near is not None:
        message = f'{found.kind.name} is not known to have a model "{found.name}".'
        fix = f'Did you mean "{found.kind.key}:{near}"? A newer model than the list knows is asked all the same.'
        yield Issue(pointer="/model", code="unknown-model", message=message, fix=fix, severity="warning")


def _settings(agent: Agent, kind: Kind) -> Iterator[Issue]:
    base_url = agent.settings.base_url if agent.settings is not None else None
    if base_url is not None and not kind.anywhere:
        yield Issue(
            pointer="/settings/base_url",
            code="base-url-not-allowed",
            message=f"Where {kind.name} is, no agent decides: its key would go there.",
            fix=f"Set {kind.base_setting} for the whole installation, or use openai-compatible.",
        )


def _unreadable(model: str) -> Issue:
    prefix, colon, name = model.partition(":")
    if colon and prefix and name and prefix not in kinds:
        near = get_close_matches(prefix.lower(), kinds, n=1, cutoff=0.5)
        mean = f'Did you mean "{near[0]}:{name}"? ' if near else ""
        fix = f"{mean}Known: {', '.join(kinds)}."
        return Issue(pointer="/model", code="unknown-vendor", message=f'There is no vendor of models "{prefix}".', fix=fix)
    home = next((kind for kind in kinds.values() if kind.priced and not colon and _listed(kind.key, model)), None)
    fix = f'Did you mean "{home.key}:{model}"?' if home is not None else f"Write a vendor and a model, like {example}."
    return Issue(pointer="/model", code="model-unreadable", message=f'"{model[:80]}" does not name a vendor and a model.', fix=fix)


def _read(model: str) -> Choice | None:
    prefix, _, name = model.partition(":")
    kind = kinds.get(prefix)
    plain = name.isprintable() and not any(char.isspace() for char in name)
    return Choice(kind, name) if kind is not None and name and plain and len(name) <= longest_name else None


@lru_cache(maxsize=4096)
def _listed(vendor: str, name: str) -> bool:
    """Whether the kept list of prices has the model. A list of names alone there is none that is as well kept."""
    package = late("genai_prices")
    try:
        package.calc_price(package.Usage(input_tokens=1, output_tokens=1), model_ref=name, provider_id=vendor)
    except LookupError:
        return False
    return True


@lru_cache(maxsize=16)
def _known(vendor: str) -> Sequence[str]:
    package = late("genai_prices.data")
    return tuple(str(model.id) for provider in package.providers if provider.id == vendor for model in provider.models)
