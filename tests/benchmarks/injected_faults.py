"""Put faults into the formulas and count those that no test notices: ``python tests/benchmarks/injected_faults.py``.

Each fault changes one operator, call or constant of a module of `engine.numerics` in a copy of the sources and runs the
tests of that module there, then those of the whole room. What survives is a hole in the tests, or an equivalent change
(one that no result can show): those are named in `EQUIVALENT` with the reason. The choice depends on ``--seed`` alone.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOM = Path("engine") / "numerics"
TESTS = Path("tests") / "engine" / "numerics"
TIMEOUT_SECONDS = 600
"""A fault that makes a loop endless is noticed too."""
COPIED = ("engine", "tests/engine/numerics", "pyproject.toml")
EQUIVALENT: dict[str, str] = {
    "hard_concrete.py:sampled: 1 - EPSILON -> 1 + EPSILON": "a uniform number that near to 1 opens the gate anyway",
}
"""``file:function: change`` -> why no result can show it."""

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
DROPPED = ("abs", "sqrt", "square", "exp", "log", "round", "clamp", "sign", "cumsum", "softmax", "log_softmax")
"""``x.sqrt()`` becomes ``x``."""
EXCHANGED = {
    "amax": "amin",
    "amin": "amax",
    "argmax": "argmin",
    "argmin": "argmax",
    "maximum": "minimum",
    "minimum": "maximum",
    "mean": "sum",
    "sum": "mean",
    "floor": "ceil",
    "ceil": "floor",
    "triu": "tril",
    "tril": "triu",
    "cumsum": "cumprod",
}


@dataclass(frozen=True)
class Fault:
    """One change: ``index`` is the place of the changed node in a walk of the module, ``kind`` how it is changed."""

    file: str
    index: int
    kind: str
    function: str
    line: int
    change: str

    def __str__(self) -> str:
        return f"{self.file}:{self.function}: {self.change}"


def faults_of(file: Path) -> Iterator[Fault]:
    """All faults that can be put into the functions of a module."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for index, (node, function) in enumerate(_walk(tree)):
        for kind, changed in _changes(node):
            if function:
                text = f"{ast.unparse(node)} -> {ast.unparse(changed)}"
                yield Fault(file.name, index, kind, function, getattr(node, "lineno", 0), text)


def put(fault: Fault, source: str) -> str:
    """The module's source with the fault in it."""
    tree = ast.parse(source)
    node = [node for node, _ in _walk(tree)][fault.index]
    changed = dict(_changes(node))[fault.kind]
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, changed)
            elif isinstance(value, list):
                setattr(parent, name, [changed if item is node else item for item in value])
    return ast.unparse(ast.fix_missing_locations(tree))


def _walk(tree: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Nodes that compute, with the function that they are in; what only says something is passed over: annotations,
    raised errors, docstrings, defaults of signatures."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_params", "args") and not isinstance(
            tree, ast.Call
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.Raise | ast.JoinedStr | ast.Assert):
                continue
            inside = (
                f"{function}.{child.name}".strip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else function
            )
            yield child, inside
            yield from _walk(child, inside)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    def changed(edit: Callable[[ast.AST], None]) -> ast.AST:
        other = copy.deepcopy(node)
        edit(other)
        return other

    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield "arithmetic", changed(lambda n: setattr(n, "op", ARITHMETIC[type(node.op)]()))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield "comparison", changed(lambda n: setattr(n, "ops", [COMPARISONS[type(node.ops[0])](), *node.ops[1:]]))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "sign", copy.deepcopy(node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
        if node.func.attr in DROPPED and not (isinstance(owner, ast.Name) and owner.id in ("torch", "math", "F")):
            yield "dropped", copy.deepcopy(owner)
        if node.func.attr in EXCHANGED:
            yield "exchanged", changed(lambda n: setattr(n.func, "attr", EXCHANGED[node.func.attr]))  # type: ignore[attr-defined]
    if isinstance(node, ast.Constant) and type(node.value) is float and node.value not in (0.0,):
        yield "constant", ast.Constant(node.value * 2)


def chosen(count: int, seed: int) -> list[Fault]:
    """``count`` faults, spread evenly over the modules."""
    draw = random.Random(seed)
    by_file = [list(faults_of(file)) for file in sorted((ROOT / ROOM).glob("*.py"))]
    for faults in by_file:
        draw.shuffle(faults)
    found: list[Fault] = []
    while len(found) < count and any(by_file):
        found += [faults.pop() for faults in by_file if faults]
    return [fault for fault in found if str(fault) not in EQUIVALENT][:count]


def is_noticed(fault: Fault, copied: Path) -> bool:
    """Whether a test fails with the fault in the copy."""
    file = copied / ROOM / fault.file
    sound = file.read_text(encoding="utf-8")
    file.write_text(put(fault, sound), encoding="utf-8")
    try:
        own = TESTS / f"test_{fault.file}"
        rooms = [own, TESTS] if (copied / own).exists() else [TESTS]
        return any(_fails(copied, tests) for tests in rooms)
    finally:
        file.write_text(sound, encoding="utf-8")


def _fails(copied: Path, tests: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(tests)]
    environment = {**os.environ, "PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=copied, env=environment, capture_output=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def _copy(target: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignored)
        else:
            shutil.copy(source, target / name)
    for file in (ROOT / "tests").glob("*.py"):
        shutil.copy(file, target / "tests" / file.name)
    (target / "resources").symlink_to(ROOT / "resources", target_is_directory=True)


def main() -> int:
    """Run the check; the exit status is 1 if a fault survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    survivors: list[Fault] = []
    faults = chosen(options.count, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder)
        _copy(copied)
        if _fails(copied, TESTS):
            print("The tests fail without a fault already", file=sys.stderr)
            return 2
        for number, fault in enumerate(faults, 1):
            noticed = is_noticed(fault, copied)
            survivors += [] if noticed else [fault]
            print(f"{number:3d} {'noticed ' if noticed else 'SURVIVED'} {fault}", flush=True)
    print(f"{len(survivors)} of {len(faults)} faults survived (seed {options.seed})")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
