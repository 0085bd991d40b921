"""What is installed: node kinds, connectors and agent providers, found once at start-up."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.metadata import entry_points
from types import ModuleType, UnionType
from typing import TypeVar, cast, get_args

from tenuto.core.agent import AgentProvider
from tenuto.core.connector import Action, Connector, Effect
from tenuto.core.errors import NotFound
from tenuto.core.node import NodeKind

_rooms = ("tenuto.nodes", "tenuto.connectors", "tenuto.agents")
_group = "tenuto"

K = TypeVar("K")


@dataclass(frozen=True)
class Catalog:
    """Everything that workflows can be built of."""

    kinds: Mapping[str, type[NodeKind]]
    connectors: Mapping[str, Connector]
    providers: Mapping[str, AgentProvider]

    @cached_property
    def effects(self) -> Mapping[tuple[str, str], Effect]:
        """The effect of each (connector, action)."""
        return {(c.key, a.key): a.effect for c in self.connectors.values() for a in c.actions.values()}

    def kind(self, key: str) -> type[NodeKind]:
        """A node kind. Raises `NotFound` naming the known ones and the nearest."""
        return _get(self.kinds, key, "node type")

    def connector(self, key: str) -> Connector:
        """A connector. Raises `NotFound` naming the known ones and the nearest."""
        return _get(self.connectors, key, "integration")

    def action(self, connector: str, key: str) -> Action:
        """A connector's action. Raises `NotFound` naming the known ones and the nearest."""
        return _get(self.connector(connector).actions, key, f"action of {connector}")

    def provider(self, key: str) -> AgentProvider:
        """An agent provider. Raises `NotFound` naming the known ones and the nearest."""
        return _get(self.providers, key, "agent provider")


@cache
def discover() -> Catalog:
    """Look through the rooms and the entry points of other packages, once for a process; a duplicate key is refused naming both."""
    kinds: dict[str, tuple[type[NodeKind], str]] = {}
    connectors: dict[str, tuple[Connector, str]] = {}
    providers: dict[str, tuple[AgentProvider, str]] = {}
    for module in _modules():
        for value in list(vars(module).values()):
            if inspect.isclass(value) and issubclass(value, NodeKind) and value.__module__ == module.__name__ and not _abstract(value):
                _put(kinds, _type_of(value), value, module)
            elif isinstance(value, Connector):
                _put(connectors, value.key, value, module)
        if (provider := getattr(module, "provider", None)) is not None:
            _put(providers, cast("AgentProvider", provider).key, cast("AgentProvider", provider), module)
    return Catalog(
        kinds={key: kind for key, (kind, _) in sorted(kinds.items())},
        connectors={key: connector for key, (connector, _) in sorted(connectors.items())},
        providers={key: provider for key, (provider, _) in sorted(providers.items())},
    )


def late(name: str) -> ModuleType:
    """An outside package that only one contribution needs, imported when first used: start-up time and memory are bars."""
    return importlib.import_module(name)


def suggest(wrong: str, known: Mapping[str, object]) -> str:
    """` Did you mean "x"? Known: …`, for a sentence about a name that does not exist."""
    near = get_close_matches(wrong, known, n=1, cutoff=0.5)
    mean = f' Did you mean "{near[0]}"?' if near else ""
    return f"{mean} Known: {', '.join(sorted(known)) or 'none'}."


def _get(things: Mapping[str, K], key: str, what: str) -> K:
    thing = things.get(key)
    if thing is None:
        raise NotFound(f'There is no {what} "{key}".{suggest(key, things)}')
    return thing


def _modules() -> Iterator[ModuleType]:
    for room in _rooms:
        package = importlib.import_module(room)
        for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
            yield importlib.import_module(f"{room}.{info.name}")
    for point in entry_points(group=_group):
        yield cast("ModuleType", point.load())


def _put(found: dict[str, tuple[K, str]], key: str, value: K, module: ModuleType) -> None:
    if key in found and found[key][0] is not value:
        raise ValueError(f'"{key}" is defined twice: in {found[key][1]} and in {module.__name__}')
    found[key] = (value, module.__name__)


def _abstract(kind: type[NodeKind]) -> bool:
    return "type" not in kind.model_fields or not get_args(kind.model_fields["type"].annotation)


def _type_of(kind: type[NodeKind]) -> str:
    annotation = cast("UnionType", kind.model_fields["type"].annotation)
    return cast("str", get_args(annotation)[0])
