"""The house rules: which way imports run, what importing loads, types, style, size of rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

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
    done = run("-m", "mypy")  # the packages that pyproject.toml names
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "engine",
        "engine.pipeline.document",
        "engine.pipeline.legality",
        "engine.methods.registry",
        "engine.models.checkpoint",
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


def test_functions_are_short() -> None:
    long = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > 60:
                    long.append(f"{path.relative_to(ROOT)}: {node.name} has {length} lines")
    assert not long


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if p.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]
    assert not silent
