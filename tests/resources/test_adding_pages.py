"""The pages about adding things: the files, classes and functions that they name are there, and their method works."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest
import warm_children

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "resources" / "help" / "developers"
OWN = {"Clipping", "ClippingSettings"}
"""Classes that a page defines itself."""


def definitions() -> set[str]:
    """Names of all classes and functions of the engine."""
    trees = (ast.parse(path.read_text("utf-8")) for path in (ROOT / "engine").rglob("*.py"))
    kinds = (ast.ClassDef, ast.FunctionDef)
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize("page", ["adding_a_method.md", "adding_a_format.md"])
def test_what_a_page_names_is_there(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    words = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    paths = {word for word in words if re.fullmatch(r"(engine|tests|resources|studio)/[\w./]*", word)}
    assert len(paths) >= 3 and not {path for path in paths if not (ROOT / path).exists()}
    classes = {match for word in words for match in re.findall(r"^([A-Z][a-z]+(?:[A-Z][a-z]*)+)\b", word)}
    assert len(classes) >= 2 and not classes - definitions() - OWN


@pytest.mark.slow
def test_the_method_of_the_page_passes_the_matrix(tmp_path: Path) -> None:
    text = (PAGES / "adding_a_method.md").read_text(encoding="utf-8")
    files = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", text, re.DOTALL)
    assert [name for name, _ in files] == ["clipping/settings.py", "clipping/method.py"]
    (tmp_path / "clipping").mkdir()
    for name, source in files:
        assert "engine." not in source.replace("engine.plugin", ""), "it uses nothing else of the engine"
        (tmp_path / name).write_text(source, encoding="utf-8")
    (tmp_path / "clipping" / "__init__.py").touch()
    words = ("-q", "-p", "engine.testing.options", "-p", "no:cacheprovider", "--pyargs", "engine.testing")
    command = ["-m", "pytest", *words, "--method", "clipping.settings:METHOD", "--kinds", "llama,gpt2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    rest = ("-k", "not exports and not fresh_process", "-p", "no:xdist")
    done = warm_children.run(*command, *rest, folder=tmp_path, variables=environment)
    assert done.returncode == 0 and "11 passed" in done.stdout, done.stdout + done.stderr
