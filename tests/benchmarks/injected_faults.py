"""Put faults into the code and count those that no test notices: ``python tests/benchmarks/injected_faults.py``.

Each fault changes one operator, call, constant, condition or statement of a module of one of the `ROOMS` in a copy of
the sources and runs the tests of that module there, then those of the room. Survivors are holes in the tests, or
equivalent changes (ones that no result can show): those are named in `EQUIVALENT` with the reason. The choice depends
on ``--rooms``, ``--count`` and ``--seed`` alone.
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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 600
"""A fault that makes a loop endless is noticed too."""
COPIED = ("engine", "studio", "tests", "pyproject.toml", "LICENSE", "README.md")


@dataclass(frozen=True)
class Room:
    """Modules that faults are put into, and the tests that should notice them.

    folder: of the modules, below the root. tests: files and folders whose tests notice faults beyond the module's own
    ``test_<module>.py``. modules: names without ``.py``; empty for all of the folder. formulas: whether it computes
    with tensors alone: then conditions and statements, which are checks of arguments for the most part, are left.
    """

    folder: str
    tests: tuple[str, ...]
    modules: tuple[str, ...] = ()
    formulas: bool = False

    @property
    def files(self) -> list[Path]:
        """Its modules, in alphabetical order."""
        found = sorted((ROOT / self.folder).glob("*.py"))
        return [file for file in found if not self.modules or file.stem in self.modules]


ROOMS = {
    "numerics": Room("engine/numerics", ("tests/engine/numerics",), formulas=True),
    "quantization": Room("engine/numerics/quantization", ("tests/engine/numerics",), formulas=True),
    "formats": Room(
        "engine/export/formats", ("tests/engine/export/test_formats.py", "tests/engine/export"), ("int32_layout",)
    ),
    "base": Room(
        "engine/base",
        ("tests/engine/base", "tests/engine/contracts", "tests/security"),
        ("code_version", "files", "likely", "patterns"),
    ),
    "contracts": Room(
        "engine/contracts",
        ("tests/engine/contracts", "tests/engine/base/test_code_version.py", "tests/engine/run/test_signature.py"),
        ("settings", "method_settings", "grading", "metrics"),
    ),
    "data": Room("engine/data", ("tests/engine/data",), ("batches", "domains", "samples", "texts", "tokens")),
    "signatures": Room(
        "engine/run",
        ("tests/engine/run/test_signature.py", "tests/engine/run/test_runner.py", "tests/security"),
        ("signature", "artifacts", "measuring"),
    ),
    "control": Room(
        "engine/run",
        ("tests/engine/run/test_control.py", "tests/engine/run/test_progress.py", "tests/engine/record/test_state.py"),
        ("control", "progress"),
    ),
    "record": Room("engine/record", ("tests/engine/record",), ("state", "timing", "block_digest", "results")),
    "export": Room(
        "engine/export",
        ("tests/engine/export/test_formats.py", "tests/engine/export/test_verify.py", "tests/engine/export"),
        ("shards", "record", "model_card", "sizes"),
    ),
}
"""By the name that ``--rooms`` takes."""
EQUIVALENT: dict[str, str] = {
    "likely.py:nearest: 1 -> 2": "of the two nearest names the first is the nearest one too",
    "tokens.py:token_ids: 2 * OVERLAP -> 2 / OVERLAP": "tokens in pieces are those of the whole text, at any length",
    "tokens.py:token_ids: PIECE + 2 * OVERLAP -> PIECE - 2 * OVERLAP": "as above",
    "tokens.py:token_ids: 2 -> 3": "as above",
    "tokens.py:_pieces: 0 -> 1": "as above, wherever a piece begins",
    "tokens.py:_seam: ours.stop > len(last.ids) or theirs.stop > len(piece.ids) -> "
    "ours.stop > len(last.ids) and theirs.stop > len(piece.ids)": "shorter ranges are not alike either",
    "tokens.py:_special: len(whole) - len(bare) -> len(whole) + len(bare)": "behind the last place nothing is alike",
    "tokens.py:_special: 1 -> 2": "behind the last place nothing is alike",
    "artifacts.py:Store.locked: time.sleep(WAIT_SECONDS) -> pass": "it waits for the same, at the cost of a processor",
    "artifacts.py:Store.locked: lock.release() -> pass": "it ends with its object; Windows removes no locked file",
    "artifacts.py:Store._sweep_locks: lock.release() -> pass": "as in `Store.locked`",
    "artifacts.py:Store._sweep_locks: 0 -> 1": "it asks a second longer for a lock that another process has",
    "artifacts.py:Store._acquired: 0 -> 1": "it asks a second longer for a lock that another process has",
    "progress.py:Meter.__init__: 1 -> 2": "before the first block there are no phases to count from",
    "progress.py:Meter._advance: 1e-09 -> 2e-09": "it keeps a plan of no seconds from dividing by zero",
    "domains.py:DomainSettings.domain_list: 1.0 -> 2.0": "equal shares are divided by their sum",
    "grading.py:grade_of: 1e-09 -> 2e-09": "it is there for the last digits of a float alone",
    "metrics.py:metrics_words: 1.0 -> 2.0": "more than enough either way",
    "metrics.py:value_text: 0 -> 1": "an infinite value is on the same side of both",
    "settings.py:Settings.anchored: for name, value in resolved.items() if value != getattr(self, name) -> "
    "for name, value in resolved.items()": "a copy with the same values is equal",
    "settings.py:Settings.sample_length: 0 -> 1": "a piece of one token is too long for no model",
    "hard_concrete.py:sample_gates: 1 - EPSILON -> 1 + EPSILON": "a uniform number so near to 1 opens the gate anyway",
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

    room: str
    file: str
    index: int
    kind: str
    function: str
    line: int
    change: str

    def __str__(self) -> str:
        return f"{self.file}:{self.function}: {self.change}"


def faults_of(file: Path, room: str) -> Iterator[Fault]:
    """All faults that can be put into the functions of a module."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for index, (node, function) in enumerate(_walk(tree)):
        for kind, changed in _changes(node, formulas=ROOMS[room].formulas):
            if function:
                text = f"{_short(node)} -> {_short(changed)}"
                yield Fault(room, file.name, index, kind, function, getattr(node, "lineno", 0), text)


def _short(node: ast.AST) -> str:
    shown = f"if {ast.unparse(node.test)}" if isinstance(node, ast.If | ast.While) else ast.unparse(node)
    text = " ".join(shown.split())
    return text if len(text) <= 90 else f"{text[:87]}..."


def put(fault: Fault, source: str) -> str:
    """The module's source with the fault in it."""
    tree = ast.parse(source)
    node = [node for node, _ in _walk(tree)][fault.index]
    changed = dict(_changes(node, formulas=ROOMS[fault.room].formulas))[fault.kind]
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


def _changes(node: ast.AST, *, formulas: bool) -> Iterator[tuple[str, ast.AST]]:
    yield from _changed_formulas(node)
    if not formulas:
        yield from _changed_logic(node)


def _changed_logic(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Conditions turned around, statements and right sides of unions left out, whole numbers one more."""
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        other = copy.deepcopy(node)
        other.test = ast.UnaryOp(ast.Not(), other.test)
        yield "negated", other
    if isinstance(node, ast.comprehension) and node.ifs:
        other = copy.deepcopy(node)
        other.ifs = []
        yield "unfiltered", other
    if isinstance(node, ast.BoolOp):
        other = copy.deepcopy(node)
        other.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield "and or", other
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield "left alone", copy.deepcopy(node.left)
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        other = copy.deepcopy(node)
        other.ops = [ast.NotIn() if isinstance(node.ops[0], ast.In) else ast.In(), *node.ops[1:]]
        yield "membership", other
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield "left out", ast.Pass()
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "one more", ast.Constant(node.value + 1)


def _changed_formulas(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
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


def chosen(rooms: Sequence[str], count: int, seed: int) -> list[Fault]:
    """``count`` faults, spread evenly over the modules of the rooms."""
    draw = random.Random(seed)
    by_file = [list(faults_of(file, room)) for room in rooms for file in ROOMS[room].files]
    for faults in by_file:
        draw.shuffle(faults)
    found: list[Fault] = []
    while len(found) < count and any(by_file):
        found += [faults.pop() for faults in by_file if faults]
    return [fault for fault in found if str(fault) not in EQUIVALENT][:count]


def is_noticed(fault: Fault, copied: Path) -> bool:
    """Whether a test fails with the fault in the copy."""
    room = ROOMS[fault.room]
    file = copied / room.folder / fault.file
    sound = file.read_text(encoding="utf-8")
    file.write_text(put(fault, sound), encoding="utf-8")
    try:
        own = [path.relative_to(copied) for path in (copied / "tests").rglob(f"test_{Path(fault.file).stem}*.py")]
        return any(_fails(copied, Path(tests)) for tests in (*own, *room.tests))
    finally:
        file.write_text(sound, encoding="utf-8")


def _fails(copied: Path, tests: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(tests)]
    environment = {**os.environ, "PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(copied)}
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
    (target / "resources").symlink_to(ROOT / "resources", target_is_directory=True)


def main() -> int:
    """Run the check; the exit status is 1 if a fault survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=1, help="number of the first fault that is tried")
    parser.add_argument("--rooms", nargs="+", choices=ROOMS, default=list(ROOMS))
    options = parser.parse_args()
    survivors: list[Fault] = []
    faults = chosen(options.rooms, options.count, options.seed)[options.first - 1 :]
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder)
        _copy(copied)
        for tests in dict.fromkeys(tests for room in options.rooms for tests in ROOMS[room].tests):
            if _fails(copied, Path(tests)):
                print(f"{tests} fails without a fault already", file=sys.stderr)
                return 2
        for number, fault in enumerate(faults, options.first):
            noticed = is_noticed(fault, copied)
            survivors += [] if noticed else [fault]
            print(f"{number:3d} {'noticed ' if noticed else 'SURVIVED'} {fault}", flush=True)
    print(f"{len(survivors)} of {len(faults)} faults survived (rooms {' '.join(options.rooms)}, seed {options.seed})")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
