"""All patterns of the project: compiled ones wherever they lie, and those that a call spells out.

Compiled patterns are found by walking from each module of `bot` through containers and through
objects and classes of its own; the calls are read off the syntax trees.
"""

import ast
import gc
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import bot

ROOT = Path(bot.__file__).parent
METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")
_MAKING = (*METHODS, "compile")
_CONTAINERS = (dict, list, tuple, set, frozenset, MappingProxyType)


@dataclass(frozen=True)
class Found:
    """A pattern, the module that holds it, and the methods that are called on it."""

    compiled: Any
    where: str
    methods: frozenset[str]

    @property
    def source(self) -> str:
        """The text of the pattern."""
        text = self.compiled.pattern
        return text.decode("latin-1") if isinstance(text, bytes) else text


def find_patterns() -> list[Found]:
    """Each pattern once, with all that is done with it."""
    merged: dict[Any, Found] = {}
    for found in (*_find_compiled(), *_find_called()):
        key = (found.compiled.pattern, getattr(found.compiled, "flags", 0))
        known = merged.get(key)
        methods = found.methods | (known.methods if known else frozenset())
        merged[key] = Found(found.compiled, found.where, methods)
    return sorted(merged.values(), key=lambda found: (found.where, found.source))


def import_all() -> list[ModuleType]:
    """Every module but what would run on import."""
    names = [module.name for module in pkgutil.walk_packages(bot.__path__, "bot.")]
    wanted = [n for n in names if "migrations" not in n and not n.endswith("__main__")]
    return [importlib.import_module(name) for name in wanted]


def is_pattern(thing: object) -> bool:
    """True for what searches: of `re`, of re2, or of our own that compiles late."""
    return type(thing).__name__ in ("Pattern", "_Regexp") and hasattr(thing, "fullmatch")


def _find_compiled() -> Iterator[Found]:
    seen: set[int] = set()
    for module in import_all():
        for name, value in vars(module).items():
            if is_pattern(value):
                methods = _find_uses(module.__name__).get(name, frozenset())
                yield Found(value, module.__name__, methods)
            else:
                for pattern in _walk(value, seen):
                    yield Found(pattern, module.__name__, frozenset(METHODS))


def _walk(start: object, seen: set[int]) -> Iterator[Any]:
    """The patterns that a value of the project holds."""
    waiting: list[Any] = [start]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        if is_pattern(thing):
            yield thing
            continue
        owner = thing if isinstance(thing, type) else type(thing)
        if isinstance(thing, _CONTAINERS) or owner.__module__.startswith("bot."):
            seen.add(id(thing))
            waiting += [
                part for part in gc.get_referents(thing) if not isinstance(part, ModuleType)
            ]


def _name_module(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _trees() -> dict[str, ast.Module]:
    return {_name_module(path): ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))}


@cache
def _find_uses(module: str) -> dict[str, frozenset[str]]:
    """Name → the methods called on it; a name that is handed on may meet any of them."""
    uses: dict[str, set[str]] = defaultdict(set)
    for node, is_owner in _find_names(_trees()[module]):
        if is_owner:
            uses[node.value.id] |= {node.attr} & set(METHODS)
        else:
            uses[node.id].update(METHODS)
    return {name: frozenset(methods) for name, methods in uses.items()}


def _find_names(tree: ast.Module) -> Iterator[tuple[Any, bool]]:
    """The names that are read: as the attribute that is asked of them, or as they are."""
    owned: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owned.add(id(node.value))
            yield node, True
        elif (
            isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in owned
        ):
            yield node, False


def find_calls() -> Iterator[tuple[str, ast.Call, str, str]]:
    """(module, call, method, function around it) of each `re.method(…)`."""
    for module, tree in _trees().items():
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
        inside = {id(part): f.name for f in functions for part in ast.walk(f)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("re", "re2")
                and node.func.attr in _MAKING
            ):
                yield module, node, node.func.attr, inside.get(id(node), "")


def _find_called() -> Iterator[Found]:
    for module, call, method, _ in find_calls():
        if method != "compile" and isinstance(call.args[0], ast.Constant):
            flags = [word.value for word in call.keywords if word.arg == "flags"]
            flags += call.args[2:] if method not in ("sub", "subn", "split") else []
            number = sum(int(eval(ast.unparse(flag), {"re": re})) for flag in flags)
            yield Found(re.compile(call.args[0].value, number), module, frozenset({method}))


def find_unseen() -> list[str]:
    """Where a function makes a pattern of what only running it tells, as `module function`."""
    return sorted(
        {
            f"{module} {function}"
            for module, call, _, function in find_calls()
            if function and not isinstance(call.args[0], ast.Constant)
        }
    )
