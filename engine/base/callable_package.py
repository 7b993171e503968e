"""Packages that can be called: ``engine.export(…)`` and ``engine.methods()`` have the names of packages."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


class CallablePackage(ModuleType):
    """A package that stands for the function of `engine.api` with the same name.

    Type checkers see the function (`engine` says so). ``help()``, ``inspect.signature()`` and ``?`` in a notebook show
    its signature and its docstring, with that of the package behind it.
    """

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._function(*arguments, **options)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        name = self.__name__
        text = f"{name}{self.__signature__}\n\n{inspect.getdoc(self._function)}"
        return f"{text}\n\nThe package {name}: {inspect.cleandoc(vars(self)['__doc__'] or '')}"

    @property
    def _function(self) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(importlib.import_module("engine.api"), self.__name__.rpartition(".")[2])
        return function


def make_callable(package: str) -> None:
    """Let a package that is being imported stand for the function of `engine.api` with its name."""
    sys.modules[package].__class__ = CallablePackage
