"""Origins of modules: their specs, found without importing anything, and the files of the packages that they were
installed with."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path, PurePosixPath

_NOT_CODE = frozenset({"__pycache__", "build", "dist", "docs", "env", "node_modules", "site-packages", "test", "tests"})
"""Folders beside the packages of a project that are none of its packages."""
_LEFT_OUT = (".pyc", ".pyo")
_ABOUT = (".dist-info", ".egg-info", ".egg-link")
_GROUPS = ("methods", "modules", "formats")


@functools.cache
def spec_of(name: str) -> ModuleSpec | None:
    """Spec of a module, found without importing it or the packages above it."""
    if name in sys.modules:
        return sys.modules[name].__spec__  # None for what was typed in
    places = None
    if "." in name:
        parent = spec_of(name.rpartition(".")[0])
        places = None if parent is None else parent.submodule_search_locations
        if places is None:
            return None
    for finder in sys.meta_path:
        spec = finder.find_spec(name, places) if hasattr(finder, "find_spec") else None
        if spec is not None:
            return spec
    return None


@functools.cache
def version_of(package: str) -> str:
    """The version of the distribution that a top-level package belongs to, "" if it belongs to none."""
    for name in (package, *_names().get(package, ())):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def files_with(package: str) -> dict[str, Path]:
    """All files that came with a top-level package, by their names in its distribution: the sources and data of this
    package, and of the others that were installed together with it. Of one that was installed to be edited (``pip
    install --editable``) they are those of the project's packages; of one that was not installed, its own.

    Bytecode is left out: sources say the same, and where there are none `engine.base.code_version` reads it.
    """
    files: dict[str, Path] = {}
    is_recorded = False
    packages = {package}
    for distribution in _distributions(package):
        recorded = dict(_recorded(distribution))
        is_recorded |= any(name.partition("/")[0].partition(".")[0] == package for name in recorded)
        files |= recorded
        packages |= {line.strip() for line in (distribution.read_text("top_level.txt") or "").splitlines()} - {""}
    if not is_recorded:
        packages |= _beside(package) if packages == {package} and _distributions(package) else set()
        for top in sorted(packages):
            files |= dict(_tree(top))
    return files


@functools.cache
def _names() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


@functools.cache
def _distributions(package: str) -> tuple[importlib.metadata.Distribution, ...]:
    """Those that a top-level package belongs to: as they say themselves, or as their plug-ins say."""
    distributions = {name: importlib.metadata.distribution(name) for name in _names().get(package, ())}
    for group in _GROUPS:
        for point in importlib.metadata.entry_points(group=f"compression_studio.{group}"):
            if point.module.partition(".")[0] == package and point.dist is not None:
                distributions[point.dist.name] = point.dist
    return tuple(distributions[name] for name in sorted(distributions))


def _recorded(distribution: importlib.metadata.Distribution) -> Iterator[tuple[str, Path]]:
    """The files that RECORD lists and that are there, but for what is said about the distribution."""
    for file in distribution.files or ():
        name = PurePosixPath(file).as_posix()
        top = name.partition("/")[0]
        is_link = top.endswith(".pth") or top.startswith("__editable__")
        if is_link or name.endswith(_LEFT_OUT) or top.endswith(_ABOUT):
            continue
        path = Path(str(file.locate()))
        if path.is_file():
            yield name, path


def _tree(package: str) -> Iterator[tuple[str, Path]]:
    """The files below the folders of a package; of a module, its file."""
    spec = spec_of(package)
    if spec is None:
        return
    for location in spec.submodule_search_locations or ():
        for folder, below, files in os.walk(location):
            below[:] = sorted(name for name in below if name != "__pycache__" and not name.startswith("."))
            for name in sorted(files):
                path = Path(folder, name)
                if not name.endswith(_LEFT_OUT) and path.is_file():
                    yield f"{package}/{path.relative_to(location).as_posix()}", path
    if spec.submodule_search_locations is None and spec.origin and Path(spec.origin).is_file():
        yield Path(spec.origin).name, Path(spec.origin)


def _beside(package: str) -> set[str]:
    """The packages and modules in the folder that an edited project's package lies in; none in one where packages of
    others are installed."""
    spec = spec_of(package)
    origin = next(iter(spec.submodule_search_locations or ()), spec.origin) if spec is not None else None
    root = Path(origin).parent if origin else None
    if root is None or not root.is_dir() or any(entry.name.endswith(_ABOUT[:1]) for entry in root.iterdir()):
        return set()
    tops = {entry.stem for entry in root.glob("*.py") if entry.stem not in ("setup", "conftest", "noxfile")}
    folders = [entry for entry in root.iterdir() if entry.is_dir() and entry.name.isidentifier()]
    return tops | {entry.name for entry in folders if entry.name not in _NOT_CODE and any(entry.glob("*.py"))}
