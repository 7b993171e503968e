"""Methods, compressed modules and export formats of other packages: entry points, read after the built-in ones.

A package names them in its pyproject.toml::

    [project.entry-points."compression_studio.methods"]
    ternary = "my_package.settings:METHOD"      # a MethodInfo
    [project.entry-points."compression_studio.modules"]
    ternary = "my_package.module:TernaryLinear"  # a subclass of CompressedModule
    [project.entry-points."compression_studio.formats"]
    my_format = "my_package.format:FORMAT"      # an ExportFormat

One that can't be used is left out, logged as a warning and named by `left_out`; it never stops the program.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from engine.base.human import printable

Group = Literal["compression_studio.methods", "compression_studio.modules", "compression_studio.formats"]


@dataclass(frozen=True)
class LeftOut:
    """A plug-in that can't be used. ``name`` and ``value``: of its entry point; ``origin``: "name version" of the
    distribution that has it."""

    group: Group
    name: str
    value: str
    origin: str
    why: str

    def __str__(self) -> str:
        kind = self.group.rpartition(".")[2].removesuffix("s")
        return f"The {kind} plug-in '{self.name}' of {self.origin} is left out: {self.why}"


_left_out: dict[tuple[str, str, str], LeftOut] = {}


def add_plugins(group: Group, add: Callable[[Any, str], None]) -> None:
    """Give each plug-in of a group to ``add``, with its origin ("name version" of the distribution).

    ``add`` raises whatever it likes to refuse one. They come in alphabetical order of distribution and name, so that
    which of two with the same id is refused depends on nothing else.
    """
    points = importlib.metadata.entry_points(group=group)
    for point in sorted(points, key=lambda point: (_origin(point), point.name)):
        try:
            add(point.load(), _origin(point))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # foreign code is imported here: it may raise anything, SystemExit too
            _leave_out(group, point, error)


def left_out() -> tuple[LeftOut, ...]:
    """The plug-ins, of the groups that were read so far, that can't be used."""
    return tuple(_left_out.values())


def _origin(point: importlib.metadata.EntryPoint) -> str:
    distribution = point.dist
    return (
        printable(f"{distribution.name} {distribution.version}") if distribution is not None else "an unknown package"
    )


def _leave_out(group: Group, point: importlib.metadata.EntryPoint, error: BaseException) -> None:
    why = printable(str(error)) or "no reason was given"
    if not isinstance(error, PluginRefused):
        why = f"{type(error).__name__}: {why}"
    one = LeftOut(group, printable(point.name), printable(point.value), _origin(point), why)
    _left_out[group, point.name, one.origin] = one
    logging.getLogger(__name__).warning("%s", one)


class PluginRefused(Exception):  # noqa: N818 - it is the answer to a plug-in, not a fault of the program
    """The reason why a plug-in that could be imported can't be used, as a sentence without an end."""


@contextlib.contextmanager
def quiet_log() -> Iterator[None]:
    """Plug-ins that are left out are not logged while the block runs, whose caller shows `left_out` in another way."""
    log = logging.getLogger(__name__)
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
