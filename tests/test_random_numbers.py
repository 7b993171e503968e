"""Nothing in the engine draws from a global random generator: read from the code, and seen while it works.

Threads share these generators, and so do libraries: what is drawn from one depends on what else the process does, and
draws of ours would change what a person's script draws.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from transformers import AutoModelForCausalLM

import engine
from engine.record.home import Home

ROOT = Path(__file__).resolve().parents[1]
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
LIKE = {"rand_like", "randn_like", "randint_like"}
FUNCTIONS = {"rand", "randn", "randint", "randperm", "bernoulli", "multinomial", "normal", "poisson", *LIKE}
IN_PLACE = {"normal_", "uniform_", "exponential_", "random_", "bernoulli_", "geometric_", "cauchy_", "log_normal_"}
METHODS = {*IN_PLACE, "bernoulli", "multinomial"}
INITIAL = {
    "uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_",
    "kaiming_normal_", "orthogonal_", "sparse_",
}  # fmt: skip
DROPOUT = {"dropout", "dropout1d", "dropout2d", "alpha_dropout", "gumbel_softmax", "rrelu"}
LAYERS = {"Linear", "Bilinear", "Embedding", "Conv1d", "Conv2d", "LSTM", "GRU", "MultiheadAttention", "Dropout"}
"""Layers begin with random weights, but on the meta device."""
OWN = {"Random", "SystemRandom", "default_rng", "Generator", "PCG64", "SeedSequence"}
"""Generators that are somebody's own, if they are seeded."""
STATES = {"getstate", "setstate", "get_state", "set_state"}
"""Draw nothing: they put back what a library seeded."""


def dotted(node: ast.AST) -> str:
    """``torch.nn.init.normal_`` of an expression; "?" for what has no name before the dot."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def imported(tree: ast.AST) -> dict[str, str]:
    """What each name of a module stands for, in full."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(a.asname or a.name.partition(".")[0]): (a.name if a.asname else a.name.partition(".")[0])
                      for a in node.names}  # fmt: skip
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def is_meta(node: ast.Call) -> bool:
    """Whether a tensor or layer is made on the meta device, where nothing is drawn."""
    given = next((k.value for k in node.keywords if k.arg == "device"), None)
    return isinstance(given, ast.Constant) and given.value == "meta"


def draws(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of every call that draws from a global generator."""
    names = imported(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        first, _, rest = dotted(node.func).partition(".")
        full = names.get(first, "?") + (f".{rest}" if rest else "")
        package, _, leaf = full.rpartition(".")
        own = any(k.arg == "generator" and not is_none(k.value) for k in node.keywords) or is_meta(node)
        if (
            (package == "torch" and leaf in FUNCTIONS and not own)
            or (package == "torch.nn.init" and leaf in INITIAL and not own)
            or (package in ("torch", "torch.nn.functional") and leaf in DROPOUT)
            or (package == "torch.nn" and leaf in LAYERS and not own)
            or (
                package in ("random", "numpy.random")
                and leaf not in STATES
                and (leaf not in OWN or not (node.args or node.keywords))
            )
            or (isinstance(node.func, ast.Attribute) and leaf in METHODS and first not in names and not own)
        ):
            yield node.lineno, full


def is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


TRAINING = {
    "text": str(ROOT / "LICENSE"), "sequence_length": 32, "steps": 2, "batch_size": 2, "micro_batch_size": 2,
    "eval_samples": 2,
}  # fmt: skip
WORK: list[tuple[str, dict[str, Any]]] = [
    ("gptq", {"text": str(ROOT / "LICENSE"), "num_samples": 2, "sequence_length": 32, "group_size": 32}),
    ("lora", {**TRAINING, "lora_dropout": 0.1}),
    ("lottery_ticket", {**TRAINING, "rounds": 1, "controls": "every"}),
    ("hidden_state_distillation", TRAINING),
    ("spinquant", {"text": str(ROOT / "LICENSE"), "num_samples": 2, "sequence_length": 32, "group_size": 32}),
]


def states() -> list[bytes]:
    """Of all global generators."""
    of_numpy: Any = numpy.random.get_state()
    return [torch.get_rng_state().numpy().tobytes(), repr(random.getstate()).encode(), repr(of_numpy).encode()]


@pytest.mark.parametrize(("method", "settings"), WORK)
def test_work_moves_no_global_generator(
    method: str, settings: dict[str, Any], tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny("llama"))
    before = states()
    engine.apply(method, network, progress=False, **settings)
    assert states() == before
    measured = {"text": str(ROOT / "LICENSE"), "window_size": 64, "num_windows": 1}
    home = Home(tmp_path / "home")
    engine.compress(tiny("llama"), (method, settings), evaluation=measured, home=home, device="cpu", progress=False)
    assert states() == before


@pytest.mark.parametrize(
    ("line", "is_global"),
    [
        ("torch.rand(3)", True),
        ("torch.rand(3, generator=None)", True),
        ("torch.rand(3, generator=g)", False),
        ("torch.randn_like(x)", True),
        ("torch.randint(0, 3, (2,), device=d)", True),
        ("torch.randperm(5)", True),
        ("torch.bernoulli(x)", True),
        ("x.multinomial(1)", True),
        ("torch.multinomial(x, 1, generator=g)", False),
        ("weight.data.normal_(0, 0.02)", True),
        ("torch.empty(3).uniform_()", True),
        ("torch.empty(3).exponential_(generator=g)", False),
        ("x.random_()", True),
        ("nn.init.kaiming_uniform_(w)", True),
        ("nn.init.zeros_(w)", False),
        ("F.dropout(x, 0.1)", True),
        ("nn.Linear(2, 2)", True),
        ('nn.Linear(2, 2, device="meta")', False),
        ("random.shuffle(x)", True),
        ("random.Random()", True),
        ("random.Random(3).shuffle(x)", False),
        ("shuffle(x)", True),
        ("np.random.rand(3)", True),
        ("np.random.default_rng(3).normal()", False),
        ("np.random.default_rng()", True),
        ("torch.tensor(3)", False),
    ],
)
def test_what_draws_from_a_global_generator(line: str, is_global: bool) -> None:
    header = "import random, torch\nimport numpy as np\nfrom random import shuffle\nfrom torch import nn\n"
    tree = ast.parse(f"{header}from torch.nn import functional as F\n{line}\n")
    assert bool(list(draws(tree))) == is_global


def test_the_engine_draws_from_generators_of_its_own() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in ENGINE
        for line, name in draws(ast.parse(path.read_text("utf-8")))
    ]
    assert not found, "pass a generator (engine.numerics.randomness)"
