"""No two files of a package import one another, not even through others, and not for types either."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def modules(root: Path, package: str) -> dict[str, Path]:
    """Dotted name -> file of all modules in ``root/package``."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, name: str, known: set[str]) -> set[str]:
    """Names in ``known`` that the file imports as it is loaded or for types; an import inside a function waits for its
    call, so it makes no circle. A submodule imports its package only where it says so."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
                parts = parts[: len(parts) - node.level + 1]
                base = ".".join([*parts, base] if base else parts)
            for alias in node.names:
                inside = f"{base}.{alias.name}"
                found.add(inside if inside in known else base)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return (found & known) - {name}


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of more than one node (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            component = stack[at:]
            del stack[at:]
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def in_package(root: Path, package: str) -> list[list[str]]:
    files = modules(root, package)
    return circles({name: imported(path, name, set(files)) for name, path in files.items()})


@pytest.mark.parametrize("package", ["engine", "studio", "resources"])
def test_no_circle(package: str) -> None:
    assert in_package(ROOT, package) == []


def test_circles_are_found(tmp_path: Path) -> None:
    """One through a third file, for types only, and a relative one; not one inside a function."""
    folder = tmp_path / "house"
    folder.mkdir()
    files = {
        "__init__": "",
        "one": "from house.two import b\n",
        "two": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house import three\n",
        "three": "class A:\n    import house.one\n",
        "four": "from . import five\n",
        "five": "from .four import x\n",
        "six": "from house.seven import x\n",
        "seven": "def late():\n    from house.six import x\n",
    }
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    assert in_package(tmp_path, "house") == [["house.five", "house.four"], ["house.one", "house.three", "house.two"]]
