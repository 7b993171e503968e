"""The one list of methods: every ``engine/methods/<family>/<method>/settings.py`` with a ``METHOD`` in it, then those
of other packages (`engine.base.plugins`) and those that a script registers.

Torch-free: algorithms are imported when they run.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.metadata
import importlib.util
import pkgutil
import re
from collections.abc import Mapping
from typing import Any

from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.base.plugins import PluginRefused, add_plugins
from engine.contracts.settings import Settings, fields
from engine.methods.base import FAMILY_TITLES, MethodInfo

# type checkers take "engine.methods" for the function that the package stands for
FAMILIES = importlib.import_module("engine.methods").__path__
COMMON = "common"
"""The folder of a family with what its methods share."""


@functools.cache
def methods() -> dict[str, MethodInfo]:
    """All methods by id, families in alphabetical order of their folders, then those of other packages.

    A duplicate id is an error; of plug-ins, the one that has it is left out.
    """
    infos: dict[str, MethodInfo] = {}
    for family in pkgutil.iter_modules(FAMILIES, "engine.methods."):
        if not family.ispkg:
            continue
        package = importlib.import_module(family.name)
        for method in pkgutil.iter_modules(package.__path__, f"{family.name}."):
            if method.ispkg and not method.name.endswith(f".{COMMON}"):
                _add(infos, importlib.import_module(f"{method.name}.settings").METHOD)

    def add(info: Any, origin: str) -> None:
        if why := _fault(info):
            raise PluginRefused(why)
        if why := _conflict(infos, info):
            raise PluginRefused(why)
        _add(infos, dataclasses.replace(info, origin=origin))

    add_plugins("compression_studio.methods", add)
    return infos


def register_method(info: MethodInfo) -> None:
    """Add a method to those of this process: it can then be run like the built-in ones.

    A package that wants to be found by the command line and the window declares an entry point instead. What belongs to
    no installed package has its module as origin. Raises `BadInput` for an id that is taken or a description that can't
    be used.
    """
    why = _fault(info) or _conflict(methods(), info)
    if why:
        raise BadInput("The method can't be registered", where=str(getattr(info, "id", info)), why=why)
    _add(methods(), dataclasses.replace(info, origin=info.origin or _owner(info.algorithm.partition(":")[0])))


def current_id(method_id: str) -> str:
    """The id that counts now for one that may be of an earlier release; an unknown one as it is."""
    infos = methods()
    if method_id in infos:
        return method_id
    return next((info.id for info in infos.values() if method_id in info.aliases), method_id)


def method(method_id: str) -> MethodInfo:
    """The method with this id, or with this one in an earlier release; raises `BadInput` naming the known ones."""
    if info := _built_in(method_id):
        return info
    infos = methods()
    method_id = current_id(method_id)
    if method_id not in infos:
        raise BadInput(unknown(method_id), advice=likely_method(method_id, infos))
    return infos[method_id]


def unknown(method_id: str) -> str:
    """The message for an id that no method has."""
    return f"Unknown method '{method_id}'"


def likely_method(method_id: str, infos: Mapping[str, MethodInfo]) -> str:
    """The method that was likely meant, by its id or title, or all there are."""
    suggestion = likely(method_id, infos, {info.title: name for name, info in infos.items()})
    return (
        suggestion
        if suggestion.endswith("?")
        else f"{suggestion}. A newer version of the program, or a plug-in, may have it."
    )


@functools.cache
def _built_in(method_id: str) -> MethodInfo | None:
    """The one in the folder of this name: the settings of all others need not be read for it. None for any other."""
    named = method_id.isidentifier() and method_id != COMMON
    for family in pkgutil.iter_modules(FAMILIES, "engine.methods.") if named else ():
        spec = importlib.util.find_spec(f"{family.name}.{method_id}") if family.ispkg else None
        if spec and spec.submodule_search_locations:
            info: MethodInfo = importlib.import_module(f"{family.name}.{method_id}.settings").METHOD
            return info
    return None


def _add(infos: dict[str, MethodInfo], info: MethodInfo) -> None:
    if why := _conflict(infos, info):
        raise RuntimeError(why)
    infos[info.id] = info


def _conflict(known_methods: dict[str, MethodInfo], info: MethodInfo) -> str:
    there = known_methods.get(info.id) or next(
        (other for other in known_methods.values() if info.id in other.aliases), None
    )
    if there is None:
        return ""
    return f"two methods are called '{info.id}': {there.algorithm} and {info.algorithm}"


def _fault(info: Any) -> str:
    """Reason why a description can't be used; "" if it can. What it says is relied on everywhere, so it is checked
    once."""
    if not isinstance(info, MethodInfo):
        return f"it is of type {type(info).__name__}, not a MethodInfo"
    if not isinstance(info.id, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", info.id):
        return f"its id {info.id!r} is not a word of small letters, digits and underscores"
    if info.family not in FAMILY_TITLES:
        return f"its family {info.family!r} is none of {', '.join(FAMILY_TITLES)}"
    if not (isinstance(info.settings, type) and issubclass(info.settings, Settings)):
        return "its settings are not a subclass of Settings"
    if not re.fullmatch(r"[\w.]+:\w+", str(info.algorithm)):
        return f"its algorithm {info.algorithm!r} is not 'package.module:ClassName'"
    info.traits_of(info.settings())  # raises if the defaults are refused
    fields(info.settings)
    return ""


def _owner(module: str) -> str:
    """ "name version" of the distribution that a module belongs to, else the name of the module."""
    names = importlib.metadata.packages_distributions().get(module.partition(".")[0], [])
    return f"{names[0]} {importlib.metadata.version(names[0])}" if names else f"module {module}"
