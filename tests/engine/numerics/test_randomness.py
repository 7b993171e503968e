"""Everything that draws takes a generator; what a library draws is drawn from one too."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

import engine
from engine.architecture import pretrained, skeleton
from engine.architecture.skeleton import build_skeleton
from engine.base.errors import RunFailed
from engine.checkpoints.checkpoint import read_header
from engine.numerics.dropout import dropout
from engine.numerics.randomness import Random

X = torch.ones(3, 4, 5)
DRAWS: dict[str, Callable[[], torch.Tensor]] = {
    "dropout": lambda: F.dropout(X, 0.5),
    "dropout in place": lambda: F.dropout(X.clone(), 0.5, True, True),
    "module": lambda: nn.Dropout(0.5)(X),
    "torch.dropout": lambda: torch.dropout(X, 0.5, True),
    "channels": lambda: nn.Dropout1d(0.5)(X),
    "rand": lambda: torch.rand(3, 4),
    "randn": lambda: torch.randn((3, 4), dtype=torch.float64),
    "randint": lambda: torch.randint(0, 100, (9,)),
    "randperm": lambda: torch.randperm(50),
    "normal": lambda: torch.normal(0.0, 1.0, (9,)),
    "normal of tensors": lambda: torch.normal(X, X),
    "rand_like": lambda: torch.rand_like(X),
    "randn_like": lambda: torch.randn_like(X, dtype=torch.float64),
    "bernoulli": lambda: torch.bernoulli(X / 2),
    "bernoulli_": lambda: torch.empty(30).bernoulli_(0.5),
    "multinomial": lambda: torch.multinomial(torch.ones(50), 20),
    "uniform_": lambda: torch.empty(30).uniform_(),
    "exponential_": lambda: torch.empty(30).exponential_(),
    "init": lambda: nn.init.trunc_normal_(torch.empty(5, 5)),
    "orthogonal": lambda: nn.init.orthogonal_(torch.empty(5, 5)),
    "linear": lambda: nn.Linear(7, 5).weight.detach(),
    "attention": lambda: F.scaled_dot_product_attention(X, X, X + torch.arange(4.0)[:, None], dropout_p=0.5),
}


@pytest.fixture
def noisy() -> Iterator[None]:
    """Another thread draws from the default generator all the time."""
    over = threading.Event()

    def draw() -> None:
        while not over.is_set():
            torch.rand(7)

    thread = threading.Thread(target=draw)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("noisy")
@pytest.mark.parametrize("name", DRAWS)
def test_what_is_drawn_depends_on_the_generator_alone(name: str) -> None:
    def drawn(random: Random) -> torch.Tensor:
        with random.drawing():
            return torch.stack([DRAWS[name]().double().flatten() for _ in range(3)])

    random = Random(1)
    first, second = drawn(random), drawn(random)
    assert torch.equal(drawn(Random(1)), first)
    assert not torch.equal(first, second)
    assert not torch.equal(drawn(Random(2)), first)
    random = Random(1)
    drawn(random)
    kept = random.state()
    assert torch.equal(drawn(random), second)
    random.take_state(kept)
    assert torch.equal(drawn(random), second)


def test_the_default_generator_stays_where_it_was() -> None:
    before = torch.get_rng_state()
    with Random(0).drawing():
        for draw in DRAWS.values():
            draw()
    assert torch.equal(torch.get_rng_state(), before)


def test_dropout_is_that_of_torch() -> None:
    x = torch.randn(4, 6, generator=torch.Generator().manual_seed(0), requires_grad=True)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        theirs = F.dropout(x, 0.3)
    ours = dropout(x, 0.3, torch.Generator().manual_seed(5))
    assert torch.equal(ours, theirs)
    (gradient,) = torch.autograd.grad(ours.sum(), x)
    assert torch.equal(gradient, torch.where(ours == 0, 0.0, 1 / 0.7))
    assert torch.equal(dropout(x, 1.0, torch.Generator()), torch.zeros_like(x))


def test_whole_channels_are_dropped() -> None:
    with Random(0).drawing():
        for x, layer in ((torch.ones(6, 8, 5), nn.Dropout1d()), (torch.ones(6, 8, 5, 2), nn.Dropout2d())):
            found = layer(x).flatten(2)
            assert torch.equal(found, found[:, :, :1].expand_as(found))
            assert {0.0, 2.0} == set(found.flatten().tolist())


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [None, "bool", "float"])
def test_attention_without_a_chance_is_that_of_torch(causal: bool, masked: str | None) -> None:
    """The written-out one, with a rate so small that nothing is dropped, beside torch's kernel."""
    if causal and masked:
        pytest.skip("torch refuses both")
    draw = torch.Generator().manual_seed(0)
    query, key, value = torch.randn(2, 4, 6, 8, generator=draw), *torch.randn(2, 2, 2, 6, 8, generator=draw)
    mask = None if masked is None else torch.ones(6, 6, dtype=torch.bool).tril(1)
    if masked == "float":
        assert mask is not None
        mask = torch.zeros(6, 6).masked_fill(~mask, -torch.inf)
    options: dict[str, Any] = {"attn_mask": mask, "is_causal": causal, "scale": 0.3, "enable_gqa": True}
    with Random(0).drawing():
        ours = F.scaled_dot_product_attention(query, key, value, dropout_p=1e-12, **options)
        theirs = F.scaled_dot_product_attention(query, key, value, **options)
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_evaluation_mode_draws_nothing() -> None:
    random, attention = Random(0), nn.MultiheadAttention(4, 2, dropout=0.5).eval()
    before = random.state()["cpu"]
    with random.drawing():
        assert torch.equal(nn.Dropout().eval()(X), X)
        assert torch.equal(F.dropout(X, 0.0), X)
        attention(X[..., :4], X[..., :4], X[..., :4])
    assert torch.equal(random.state()["cpu"], before)


def test_what_can_not_be_given_a_generator_is_refused() -> None:
    with Random(0).drawing():
        with pytest.raises(RunFailed, match="can't be repeated"):
            F.gumbel_softmax(X)
        with pytest.raises(RunFailed, match="can't be repeated"):
            nn.RReLU()(X)
        nn.RReLU().eval()(X)


def test_tensors_without_values_take_no_generator() -> None:
    with Random(0).drawing(), torch.device("meta"):
        assert nn.Linear(3, 4).weight.is_meta
        assert torch.rand(3).is_meta


def test_a_recomputed_pass_draws_what_the_first_drew() -> None:
    """Gradient checkpointing: the gradients are those of the pass that gave the loss."""
    weight = torch.ones(40, requires_grad=True)

    def layer(x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x * weight, 0.5)

    def gradients(recompute: bool) -> tuple[torch.Tensor, torch.Tensor]:
        random = Random(3)
        weight.grad = None
        with random.drawing():
            x = torch.ones(40, requires_grad=True)
            for _ in range(3):
                x = (
                    checkpoint(layer, x, use_reentrant=False, preserve_rng_state=False, context_fn=random.repeating)
                    if recompute
                    else layer(x)
                )
            x.sum().backward()
            assert weight.grad is not None
            return weight.grad.clone(), torch.rand(4)

    for kept, again in zip(gradients(False), gradients(True), strict=True):
        assert torch.equal(kept, again)


# -- by construction ---------------------------------------------------------------------------------------------------
DRAWING = {
    "alpha_dropout",
    "bernoulli",
    "bernoulli_",
    "cauchy_",
    "dropout",
    "exponential_",
    "geometric_",
    "gumbel_softmax",
    "kaiming_normal_",
    "kaiming_uniform_",
    "log_normal_",
    "multinomial",
    "normal",
    "normal_",
    "orthogonal_",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "random_",
    "randperm",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
}
OF_THE_PROCESS = {"manual_seed", "seed", "fork_rng", "set_rng_state", "set_seed"}


def unseeded(text: str) -> list[str]:
    """Calls that draw from the default generator, or set it."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, ast.unparse(node.func.value)
        given = {keyword.arg for keyword in node.keywords} | {ast.unparse(argument) for argument in node.args}
        if name in DRAWING and not any(word and "generator" in word for word in given):
            found.append(f"{node.lineno}: {owner}.{name}")
        libraries = ("torch", "random", "np", "numpy", "transformers")
        if name in OF_THE_PROCESS and owner.startswith(libraries) and "Generator" not in owner:
            found.append(f"{node.lineno}: {owner}.{name}")
    return found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("torch.rand(3)", 1),
        ("F.dropout(x, 0.1)", 1),
        ("weight.normal_(0, 1)", 1),
        ("torch.manual_seed(0)", 1),
        ("with torch.random.fork_rng(): pass", 1),
        ("torch.rand(3, generator=g)", 0),
        ("torch.Generator().manual_seed(0)", 0),
        ("drawn = random_mask(shape, 3, generator)", 0),
        ("multinomial(x)", 0),
    ],
)
def test_the_scan_sees_them(text: str, count: int) -> None:
    assert len(unseeded(text)) == count


def test_nothing_in_the_engine_draws_from_the_default_generator() -> None:
    folder = Path(engine.__file__).parent
    found = {
        str(file.relative_to(folder)): calls
        for file in sorted(folder.rglob("*.py"))
        if (calls := unseeded(file.read_text(encoding="utf-8")))
    }
    assert not found


def test_another_thread_that_builds_a_network_changes_no_first_weights(
    tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window checks a pipeline, which builds its network without weights, while a run makes its adapters."""

    def weights() -> torch.Tensor:
        with Random(1).drawing():
            layer = nn.Linear(7, 5)
            nn.init.kaiming_uniform_(layer.weight, a=5**0.5)
            nn.init.xavier_uniform_(layer.weight[:2])
            return torch.cat([layer.weight.detach().flatten(), nn.Embedding(3, 2).weight.detach().flatten()])

    inside, finished, network = threading.Event(), threading.Event(), pretrained.network

    def waiting(*arguments: Any) -> Any:
        inside.set()
        assert finished.wait(60)
        return network(*arguments)

    alone = weights()
    monkeypatch.setattr(pretrained, "network", waiting)
    monkeypatch.setattr(skeleton, "_cache", {})
    header = read_header(tiny("llama"))
    thread = threading.Thread(target=build_skeleton, args=(header,))
    thread.start()
    try:
        assert inside.wait(60)
        assert torch.equal(weights(), alone)
    finally:
        finished.set()
        thread.join()
