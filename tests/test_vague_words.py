"""Names that say nothing of what they hold, and docstrings that begin with a question, are counted: they may only fall.

``python tests/test_vague_words.py [FOLDER]`` lists them with their lines.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VAGUE = frozenset(
    {
        *("found", "made", "kept", "known", "wanted", "left", "told", "asked", "given", "heard", "taken", "held"),
        *("laid", "tried", "handed", "entered", "each", "place", "thing", "things", "stuff", "work", "put", "tell"),
        *("hear", "take", "become", "know", "ends", "visit", "turns"),
    }
)
"""Whole names, without underscores at their ends. ``left`` beside ``right`` is a side and not counted."""
QUESTIONS = re.compile(r"(What|Whether|How|Where|Why|Who|Whose|When|That|Which)\b")
"""A docstring begins with a verb or a noun."""
CEILINGS: dict[str, tuple[int, int]] = {
    "engine/architecture": (6, 0),
    "engine/checkpoints": (3, 0),
    "engine/contracts": (2, 0),
    "engine/export": (9, 0),
    "engine/measure": (3, 0),
    "engine/models": (6, 0),
    "engine/modules": (3, 0),
    "engine/numerics": (0, 0),
    "engine/pipeline": (5, 0),
    "engine/record": (9, 0),
    "engine/run": (5, 0),
    "engine/service": (2, 0),
    "engine/training": (1, 0),
    "studio/allresults": (0, 0),
    "studio/canvas": (2, 0),
    "studio/charts": (1, 0),
    "studio/choosers": (0, 0),
    "studio/compare": (0, 0),
    "studio/document": (0, 0),
    "studio/export": (0, 0),
    "studio/forms": (0, 0),
    "studio/inspector": (0, 0),
    "studio/kit": (0, 0),
    "studio/models": (0, 0),
    "studio/plots": (0, 0),
    "studio/runs": (0, 0),
    "studio/shell": (0, 0),
    "studio/tryit": (0, 0),
    "studio/welcome": (0, 0),
}
"""Folder -> (vague names, docstrings that begin with a question) that it may hold. Lower them, never raise them."""


def bindings(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that are bound (variables, arguments, functions, classes, attributes of ``self``) with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def vague(tree: ast.AST) -> list[tuple[str, int]]:
    """Bindings whose whole name is one of `VAGUE`."""
    named = [(name.strip("_").lower(), line) for name, line in bindings(tree)]
    sides = any(name == "right" for name, _ in named)
    return [(name, line) for name, line in named if name in VAGUE and not (name == "left" and sides)]


def questions(tree: ast.AST) -> list[tuple[str, int]]:
    """First words of docstrings of modules, classes, functions and attributes that begin with a question."""
    starts = []
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for line in body if isinstance(body, list) else []:
            text = line.value.value if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) else None
            if isinstance(text, str) and QUESTIONS.match(text.lstrip()):
                starts.append((text.lstrip().split("\n")[0][:60], line.lineno))
    return starts


def rooms() -> list[str]:
    """Folders with sources of the engine and the studio: those below ``engine`` and ``studio``, and these two."""
    below = [path for top in ("engine", "studio") for path in (ROOT / top).iterdir() if (path / "__init__.py").exists()]
    return ["engine", "studio", *sorted(path.relative_to(ROOT).as_posix() for path in below)]


def files(room: str) -> list[Path]:
    """All of a room, those of its subfolders too; of ``engine`` and ``studio`` themselves only the loose ones."""
    folder = ROOT / room
    return sorted(folder.rglob("*.py") if "/" in room else folder.glob("*.py"))


def counted(room: str) -> tuple[int, int]:
    """(vague names, docstrings that begin with a question)."""
    trees = [ast.parse(path.read_text("utf-8")) for path in files(room)]
    return sum(len(vague(tree)) for tree in trees), sum(len(questions(tree)) for tree in trees)


@pytest.mark.parametrize("room", rooms())
def test_vague_words_may_only_fall(room: str) -> None:
    names, docstrings = counted(room)
    most_names, most_docstrings = CEILINGS.get(room, (0, 0))
    hint = f"python tests/test_vague_words.py {room}"
    assert names <= most_names and docstrings <= most_docstrings, f"{names}, {docstrings}: see {hint}"
    assert names == most_names and docstrings == most_docstrings, f"lower the ceiling to ({names}, {docstrings})"


def test_no_ceiling_is_of_a_room_that_is_gone() -> None:
    assert set(CEILINGS) <= set(rooms())


@pytest.mark.parametrize(
    ("source", "names", "docstrings"),
    [
        ("found = 1", ["found"], 0),
        ("left, right = 1, 2", [], 0),
        ("left = 1", ["left"], 0),
        ("def _put(made): pass", ["put", "made"], 0),
        ("self.kept = 3", ["kept"], 0),
        ("scales = found_rows = 3", [], 0),
        ('"""What it is."""', [], 1),
        ('class A:\n    """A class."""\n    x = 1\n    """Whether it is."""', [], 1),
        ('"""Whatever comes."""', [], 0),
    ],
)
def test_the_count(source: str, names: list[str], docstrings: int) -> None:
    tree = ast.parse(source)
    assert [name for name, _ in vague(tree)] == names and len(questions(tree)) == docstrings


if __name__ == "__main__":
    for folder in sys.argv[1:] or rooms():
        print(f'    "{folder}": {counted(folder)},')
        for file in files(folder) if sys.argv[1:] else ():
            parsed = ast.parse(file.read_text("utf-8"))
            for what, line in sorted(vague(parsed) + questions(parsed), key=lambda pair: pair[1]):
                print(f"{file.relative_to(ROOT)}:{line}: {what}")
