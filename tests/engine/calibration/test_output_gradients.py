"""Gradients at the outputs of linears, layer by layer, beside those of autograd through the whole network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from engine.base.errors import BadInput, Cancelled
from engine.calibration import output_gradients as module
from engine.calibration.output_gradients import backward_walk, output_gradients, sampled_labels
from engine.calibration.statistics import Energy, Gram, GramAndSpread
from engine.checkpoints import checksum
from engine.models.source import open_model
from engine.testing.stage import RecordingStage

Tiny = Callable[[str], Path]
LENGTH = 12


def tokens_of(count: int, vocabulary: int = 64) -> torch.Tensor:
    return torch.randint(0, vocabulary, (count, LENGTH), generator=torch.Generator().manual_seed(3))


def by_autograd(path: Path, tokens: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
    """Σ g² at the outputs of all linears of the layers, by one backward pass through the whole network in float64."""
    model = open_model(path).load(dtype=torch.float64)
    model.module.get_input_embeddings().weight.requires_grad_()
    names = [linear.name for layer in model.anatomy.layers for linear in layer.linears]
    sums: dict[str, torch.Tensor] = {}

    def listen(name: str) -> Callable[..., None]:
        def forward(_: object, arguments: object, output: torch.Tensor) -> None:
            output.retain_grad()
            outputs.append((name, output))

        return forward

    outputs: list[tuple[str, torch.Tensor]] = []
    handles = [model.get(name).register_forward_hook(listen(name)) for name in names]
    for row, wanted in zip(tokens, labels, strict=True):
        outputs.clear()
        logits = model.module(input_ids=row[None], use_cache=False).logits[0]
        F.cross_entropy(logits, wanted, reduction="sum").backward()
        for name, output in outputs:
            if output.grad is not None:
                squares = output.grad.reshape(-1, output.shape[-1]).square().sum(0)
                sums[name] = sums.get(name, torch.zeros_like(squares)) + squares
    for handle in handles:
        handle.remove()
    return sums


@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen3", "gemma2", "qwen3_moe"])
def test_they_are_those_of_autograd(tiny: Tiny, tmp_path: Path, kind: str) -> None:
    tokens = tokens_of(3)
    labels = torch.randint(0, 64, (3, LENGTH), generator=torch.Generator().manual_seed(4))
    sums: dict[str, torch.Tensor] = {}

    def take(name: str, inputs: torch.Tensor, gradients: torch.Tensor) -> None:
        assert len(inputs) == len(gradients)
        squares = gradients.double().square().sum(0)
        sums[name] = sums.get(name, torch.zeros_like(squares)) + squares

    def loss(logits: torch.Tensor, batch: int, start: int) -> torch.Tensor:
        return F.cross_entropy(logits, labels[batch, start : start + len(logits)], reduction="sum")

    backward_walk(open_model(tiny(kind)), RecordingStage(tmp_path), tokens, loss, take, dtype=torch.float64)
    expected = by_autograd(tiny(kind), tokens, labels)
    assert expected.keys() <= sums.keys() and len(expected) > 4
    for name, squares in expected.items():
        torch.testing.assert_close(sums[name], squares, rtol=1e-6, atol=1e-12)


def test_the_head_and_the_embedding_have_theirs(tiny: Tiny, tmp_path: Path) -> None:
    seen: dict[str, tuple[torch.Size, torch.Size]] = {}

    def take(name: str, inputs: torch.Tensor, gradients: torch.Tensor) -> None:
        seen[name] = inputs.shape, gradients.shape

    model, tokens = open_model(tiny("llama")), tokens_of(1)
    backward_walk(model, RecordingStage(tmp_path), tokens, sampled_labels(torch.Generator()), take)
    hidden, head, embedding = model.anatomy.hidden_size, model.anatomy.head, model.anatomy.embeddings[0]
    vocabulary = model.config["vocab_size"]
    assert head is not None and seen[head] == ((LENGTH, hidden), (LENGTH, vocabulary))
    assert seen[embedding] == ((LENGTH, 1), (LENGTH, hidden))


def test_labels_are_drawn_from_the_model() -> None:
    logits = torch.tensor([[0.0, 2.0, -1.0]]).repeat(20000, 1).requires_grad_()
    loss = sampled_labels(torch.Generator().manual_seed(0))(logits, 0, 0)
    (gradient,) = torch.autograd.grad(loss, logits)
    shares = 1 - (gradient - torch.softmax(logits.detach(), -1) + 1)  # one where the label was drawn
    assert (shares.mean(0) - torch.softmax(logits.detach()[0], -1)).abs().max() < 0.02
    fisher = gradient.T @ gradient / len(gradient)
    p = torch.softmax(logits.detach()[0], -1)
    torch.testing.assert_close(fisher, p.diag() - p[:, None] * p, rtol=0.05, atol=0.01)


def test_a_small_change_costs_what_the_second_moments_say(tiny: Tiny, tmp_path: Path) -> None:
    """KL divergence of a changed layer from the model as it is: ½ Σ E[g²] (ΔW H ΔWᵀ), to a third on few tokens."""
    model, tokens = open_model(tiny("llama")), tokens_of(48)
    found = output_gradients(model, RecordingStage(tmp_path), tokens)
    linear = model.anatomy.layers[0].linears[-1]
    whole = open_model(tiny("llama")).load()
    inputs: list[torch.Tensor] = []
    handle = whole.get(linear.name).register_forward_pre_hook(lambda _, args: inputs.append(args[0].flatten(0, 1)))
    with torch.no_grad():
        before = torch.log_softmax(whole.module(input_ids=tokens).logits.double(), -1)
        handle.remove()
        x = torch.cat(inputs)
        weight = whole.get(linear.name).weight
        change = 1e-2 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)) * weight.std()
        weight += change
        after = torch.log_softmax(whole.module(input_ids=tokens).logits.double(), -1)
    divergence = float((before.exp() * (before - after)).sum(-1).mean())
    outputs = (x @ change.T).square().mean(0)
    predicted = 0.5 * float((found.mean_square(linear.name) * outputs).sum())
    assert 0.66 < predicted / divergence < 1.5


@pytest.mark.parametrize("statistic", [Energy, Gram, GramAndSpread])
def test_a_killed_run_goes_on_to_the_same_sums(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statistic: type[Energy | Gram]
) -> None:
    monkeypatch.setattr(module, "GROUP_BYTES", 0)
    monkeypatch.setattr(module, "LEAST_WINDOWS", 2)
    tokens = tokens_of(6)
    whole = output_gradients(open_model(tiny("llama")), RecordingStage(tmp_path / "a"), tokens, statistic)
    stage = RecordingStage(tmp_path / "b")
    calls = []

    def cancelled() -> None:
        calls.append(1)
        if len(calls) > 40:
            raise Cancelled

    monkeypatch.setattr(stage, "checkpoint", cancelled)
    with pytest.raises(Cancelled):
        output_gradients(open_model(tiny("llama")), stage, tokens, statistic)
    assert list((tmp_path / "b").rglob("output_gradients-0.safetensors"))
    again = RecordingStage(tmp_path / "b")
    resumed = output_gradients(open_model(tiny("llama")), again, tokens, statistic)
    assert resumed.tokens == whole.tokens == tokens.numel()
    for name, sums in whole.statistics.items():
        assert torch.equal(sums.total, resumed.statistics[name].total)
        assert torch.equal(sums.counts, resumed.statistics[name].counts)


def test_the_diagonal_of_the_whole_matrix(tiny: Tiny, tmp_path: Path) -> None:
    tokens = tokens_of(2)
    one = output_gradients(open_model(tiny("llama")), RecordingStage(tmp_path / "a"), tokens)
    other = output_gradients(open_model(tiny("llama")), RecordingStage(tmp_path / "b"), tokens, Gram)
    for name in one.statistics:
        torch.testing.assert_close(one.mean_square(name), other.mean_square(name))


@pytest.mark.parametrize("kind", ["bert", "t5"])
def test_what_is_not_a_decoder_is_refused(tiny: Tiny, tmp_path: Path, kind: str) -> None:
    with pytest.raises(BadInput, match=r"not a decoder|layer by layer"):
        output_gradients(open_model(tiny(kind)), RecordingStage(tmp_path), tokens_of(1))


def test_sums_of_another_way_to_compute_are_not_taken(tiny: Tiny, tmp_path: Path) -> None:
    """The same folder and text: other models and statistics have sums of their own."""
    tokens = tokens_of(2)
    first = output_gradients(open_model(tiny("llama")), RecordingStage(tmp_path / "a"), tokens)
    whole = output_gradients(open_model(tiny("llama")), RecordingStage(tmp_path / "a"), tokens, Gram)
    other = output_gradients(open_model(tiny("gpt2")), RecordingStage(tmp_path / "a"), tokens)
    alone = output_gradients(open_model(tiny("gpt2")), RecordingStage(tmp_path / "b"), tokens)
    assert all(sums.total.ndim == 2 for sums in whole.statistics.values()) and first.statistics.keys()
    assert other.statistics.keys() == alone.statistics.keys() != first.statistics.keys()


def test_sums_of_an_earlier_version_are_not_read(tiny: Tiny, tmp_path: Path) -> None:
    """Those say nothing about their layout, and have other names."""
    tokens = tokens_of(2)
    whole = output_gradients(open_model(tiny("llama")), RecordingStage(tmp_path), tokens)
    assert whole.files is not None
    stored = checksum.load(whole.files.path)
    earlier = {name.replace("counts/", "tokens/"): value[:1].long() for name, value in stored.items()}
    about = checksum.metadata(whole.files.path)
    about.pop("layout", None)
    del about[checksum.KEY]
    checksum.save(earlier, whole.files.path, about)
    again = output_gradients(open_model(tiny("llama")), RecordingStage(tmp_path), tokens)
    for name, sums in whole.statistics.items():
        assert torch.equal(sums.total, again.statistics[name].total)
