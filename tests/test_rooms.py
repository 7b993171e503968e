"""The house rules: which way imports run, what importing loads, types, style, size of rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TypeGuard

import pytest

from tests.engine.shares import checking_types

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for room in ("engine", "studio", "resources", "tests") for path in (ROOT / room).rglob("*.py"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)


def test_imports_run_downwards() -> None:
    done = run("-c", "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())")
    assert done.returncode == 0, done.stdout + done.stderr


def test_style() -> None:
    done = run("-m", "ruff", "check", ".")
    assert done.returncode == 0, done.stdout
    done = run("-m", "ruff", "format", "--check", ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_types() -> None:
    with checking_types():
        done = run("-m", "mypy")  # the packages that pyproject.toml names
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "engine",
        "engine.pipeline.document",
        "engine.pipeline.legality",
        "engine.methods.registry",
        "engine.checkpoints.checkpoint",
    ],
)
def test_lean_imports(module: str) -> None:
    """The window opens before torch: importing these loads neither torch nor transformers nor Qt."""
    heavy = "('torch', 'transformers', 'PySide6', 'numpy.random')"
    done = run("-c", f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_rooms_are_not_crowded() -> None:
    crowded = [
        f"{path.relative_to(ROOT)}: {n}" for path in SOURCES if (n := len(path.read_text("utf-8").splitlines())) > 600
    ]
    assert not crowded


MOST_FILES = 25
"""In a folder, without those below it."""


def test_no_room_has_too_many_files() -> None:
    counts: dict[Path, int] = {}
    for path in SOURCES:
        counts[path.parent] = counts.get(path.parent, 0) + 1
    crowded = {str(folder.relative_to(ROOT)): n for folder, n in counts.items() if n > MOST_FILES}
    assert not crowded


def test_the_architecture_page_shows_every_room() -> None:
    page = (ROOT / "resources" / "help" / "developers" / "architecture.md").read_text("utf-8")
    house = set(page.partition("```")[2].partition("```")[0].split())
    rooms = {path.parent.name for top in ("engine", "studio") for path in (ROOT / top).glob("*/__init__.py")}
    assert rooms <= house


def test_every_room_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for top in ("engine", "studio")
        for path in (ROOT / top).glob("*/__init__.py")
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


def test_functions_are_short() -> None:
    long = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > 60:
                    long.append(f"{path.relative_to(ROOT)}: {node.name} has {length} lines")
    assert not long


def test_capabilities_of_devices_are_asked_for_in_one_place() -> None:
    """Whether something is a CUDA device says nothing of XPU and MPS: `engine.devices` knows what a device can do."""
    found = []
    for path in (path for path in SOURCES if path.relative_to(ROOT).parts[0] in ("engine", "studio")):
        if path != ROOT / "engine" / "devices.py":
            tree = ast.walk(ast.parse(path.read_text("utf-8")))
            found += [f"{path.relative_to(ROOT)}:{node.lineno}" for node in tree if _asks_for_a_kind(node)]
    assert not found


def _asks_for_a_kind(node: ast.AST) -> TypeGuard[ast.expr]:
    """``x.is_cuda``, ``torch.cuda``, and ``device.type`` compared with a word."""
    if isinstance(node, ast.Attribute):
        of_torch = isinstance(node.value, ast.Name) and node.value.id == "torch"
        return node.attr in ("is_cuda", "is_xpu", "is_mps") or (of_torch and node.attr in ("cuda", "xpu", "mps"))
    if not isinstance(node, ast.Compare):
        return False
    sides = (node.left, *node.comparators)
    words = {side.value for side in sides if isinstance(side, ast.Constant)}
    return any(isinstance(side, ast.Attribute) and side.attr == "type" for side in sides) and bool(
        words & {"cpu", "cuda", "xpu", "mps"}
    )


@pytest.mark.parametrize(
    ("line", "banned"),
    [
        ("torch.cuda.synchronize()", True),
        ("work().is_cuda", True),
        ('device.type == "cuda"', True),
        ('"cpu" != tensor.device.type', True),
        ('device.type == "meta"', False),
        ("devices.synchronize(device)", False),
    ],
)
def test_what_asks_for_a_kind_of_device(line: str, banned: bool) -> None:
    assert any(_asks_for_a_kind(node) for node in ast.walk(ast.parse(line))) == banned


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if p.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]
    assert not silent
