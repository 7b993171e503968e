"""The layer-by-layer pass: the same numbers as the whole model at once, each linear computed once, resume, cancel."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from engine.architecture.anatomy import Linear
from engine.base.errors import RunFailed
from engine.calibration.statistics import Energy, Gram
from engine.calibration.walk import InputGroup, calibrate, compute_dtype_of, walk
from engine.models.model import Part
from engine.models.source import open_model
from engine.testing.models import DECODERS
from engine.testing.stage import Cancelled, Killed, RecordingStage

Tiny = Callable[[str], Path]
TOKENS = torch.arange(6 * 20).view(6, 20) * 7 % 250


def direct(folder: Path) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Gram matrices by linear and the last layer's output, from the whole model at once."""
    model = open_model(folder).load(dtype=torch.float32)
    grams: dict[str, torch.Tensor] = {}
    last: list[torch.Tensor] = []

    def gather(name: str) -> Callable[..., None]:
        def hook(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            x = inputs[0].reshape(-1, inputs[0].shape[-1])
            grams[name] = grams.get(name, torch.zeros(())) + x.T @ x

        return hook

    def output(_: torch.nn.Module, __: object, result: torch.Tensor | tuple[torch.Tensor, ...]) -> None:
        last.append(result[0] if isinstance(result, tuple) else result)

    for linear in model.anatomy.linears:
        model.get(linear.name).register_forward_pre_hook(gather(linear.name))
    model.get(model.anatomy.layers[-1].name).register_forward_hook(output)
    with torch.no_grad():
        for row in TOKENS.split(2):
            model.module(input_ids=row)
    return grams, torch.cat(last)


@pytest.mark.parametrize("kind", [*DECODERS, "bert"])
def test_grams_are_those_of_the_whole_model(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    expected, _ = direct(tiny(kind))
    found: dict[str, torch.Tensor] = {}

    def work(input_group: InputGroup[Gram]) -> None:
        assert input_group.statistic.tokens == TOKENS.numel()
        found.update({linear.name: input_group.statistic.matrix() for linear in input_group.linears})

    model = open_model(tiny(kind))
    calibrate(model, RecordingStage(tmp_path), TOKENS, statistic=Gram, on_group=work, batch=2)
    layers = {linear.name for layer in model.anatomy.layers for linear in layer.linears}
    assert found.keys() == layers
    for name in layers:
        scale = float(expected[name].abs().max())
        assert torch.allclose(found[name], expected[name], atol=1e-5 * scale), name


@pytest.mark.parametrize(("target", "ran"), [("layers.0.", {0}), ("layers.1.", {0, 1}), ("lm_head", {0, 1})])
def test_nothing_runs_through_layers_behind_the_last_target(
    target: str, ran: set[int], tiny: Tiny, tmp_path: Path
) -> None:
    """They are stored as they came. What the head reads is what the last layer gives."""
    model = open_model(tiny("llama_untied"))
    names = {name for name in (model.anatomy.head, *(x.name for x in model.anatomy.linears)) if target in str(name)}
    assert names
    seen: set[int] = set()
    for layer in model.anatomy.layers:
        attention = model.get(layer.linears[0].name)
        attention.register_forward_pre_hook(lambda *_, index=layer.index: seen.add(index))
    stage = RecordingStage(tmp_path)
    calibrate(model, stage, TOKENS, statistic=Gram, on_group=lambda group: None, batch=2, targets=names)
    assert seen == ran
    stored = open_model(stage.finish(model))
    original = open_model(tiny("llama_untied"))
    assert all(torch.equal(stored.tensor(name), original.tensor(name)) for name in original.source.names())


def test_every_linear_is_computed_once_a_batch(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama"))
    calls: dict[str, int] = {}

    class Counting(torch.nn.Linear):
        name = ""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            calls[self.name] = calls.get(self.name, 0) + 1
            return super().forward(x)

    def work(input_group: InputGroup[Gram]) -> None:
        for linear in input_group.linears:
            module = model.get(linear.name)
            module.__class__ = Counting
            module.name = linear.name

    attention = F.scaled_dot_product_attention
    mixed: list[torch.Tensor] = []

    class CountingAttention(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            found = func(*args, **(kwargs or {}))
            if func is attention:
                mixed.append(found)
            return found

    with CountingAttention():
        calibrate(model, RecordingStage(tmp_path), TOKENS, statistic=Gram, on_group=work, batch=2)
    assert len(calls) == 14
    assert set(calls.values()) == {3}
    assert len(mixed) == 2 * 3  # in each layer once for every batch


def test_what_is_passed_on_comes_from_the_compressed_layer(tiny: Tiny, tmp_path: Path) -> None:
    """Weights halved on the way: later layers see what the halved ones give."""
    grams: dict[str, torch.Tensor] = {}
    model = open_model(tiny("llama"))

    def halve(input_group: InputGroup[Gram]) -> None:
        grams.update({linear.name: input_group.statistic.matrix() for linear in input_group.linears})
        for linear in input_group.linears:
            weight = model.get(linear.name).weight
            assert isinstance(weight, torch.Tensor)
            weight.data.mul_(0.5)

    stage = RecordingStage(tmp_path)
    calibrate(model, stage, TOKENS, statistic=Gram, on_group=halve, batch=2)
    expected, _ = direct(stage.finish(model))
    for name, gram in grams.items():
        assert torch.allclose(gram, expected[name], atol=1e-5 * float(gram.abs().max())), name


def test_resume_gives_the_same_grams(tiny: Tiny, tmp_path: Path) -> None:
    def run(stage: RecordingStage) -> dict[str, torch.Tensor]:
        grams: dict[str, torch.Tensor] = {}
        model = open_model(tiny("qwen2"))

        def halve(input_group: InputGroup[Gram]) -> None:
            grams.update({linear.name: input_group.statistic.matrix() for linear in input_group.linears})
            for linear in input_group.linears:
                weight = model.get(linear.name).weight
                assert isinstance(weight, torch.Tensor)
                weight.data.mul_(0.5)

        calibrate(model, stage, TOKENS, statistic=Gram, on_group=halve)
        return grams

    whole = run(RecordingStage(tmp_path / "whole"))
    with pytest.raises(Killed):
        run(RecordingStage(tmp_path / "killed", kill_at=3))
    rest = run(RecordingStage(tmp_path / "killed"))
    assert rest and rest.keys() < whole.keys()
    assert all(torch.equal(gram, whole[name]) for name, gram in rest.items())


def test_cancel(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        stage = RecordingStage(tmp_path, cancel_at=2)
        calibrate(open_model(tiny("llama")), stage, TOKENS, statistic=Gram, on_group=lambda input_group: None)


def test_a_layer_that_is_not_finite_is_named(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama"))

    def spoil(input_group: InputGroup[Gram]) -> None:
        if input_group.part.name.endswith("1"):
            weight = model.get(input_group.linears[-1].name).weight
            assert isinstance(weight, torch.Tensor)
            weight.data.fill_(float("inf"))

    with pytest.raises(RunFailed, match=r"layers\.1"):
        calibrate(model, RecordingStage(tmp_path), TOKENS, statistic=Gram, on_group=spoil)


def test_gram_is_symmetric_and_adds_up() -> None:
    x = torch.randn(40, 1100, generator=torch.Generator().manual_seed(0))
    gram = Gram(1100)
    gram.add(x[:10].view(2, 5, 1100))
    gram.add(x[10:])
    gram.reduce()
    assert gram.tokens == 40
    assert torch.equal(gram.matrix(), gram.matrix().T)
    assert torch.allclose(gram.matrix(), x.T @ x, atol=1e-3)


def test_energy_is_the_diagonal_of_the_gram_matrix() -> None:
    x = torch.randn(40, 30, generator=torch.Generator().manual_seed(0))
    energy, gram = Energy(30), Gram(30)
    for piece in (x[:10].view(2, 5, 30), x[10:]):
        energy.add(piece)
        gram.add(piece)
    energy.reduce()
    assert energy.tokens == gram.tokens == 40
    assert torch.allclose(energy.sum, gram.matrix().diagonal(), rtol=1e-5)


@pytest.mark.parametrize("kind", ["llama", "gpt2", "gemma2", "bert"])
def test_products_in_bfloat16_change_little(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """To the precision of bfloat16, with hidden states and statistics in float32."""
    expected, last = direct(tiny(kind))
    found: dict[str, torch.Tensor] = {}

    def work(input_group: InputGroup[Gram]) -> None:
        found.update({linear.name: input_group.statistic.matrix() for linear in input_group.linears})

    model, stage = open_model(tiny(kind)), RecordingStage(tmp_path)
    calibrate(model, stage, TOKENS, statistic=Gram, on_group=work, batch=2, compute_dtype=torch.bfloat16)
    for name, gram in found.items():
        assert gram.dtype == torch.float32
        error = float((gram - expected[name]).norm() / expected[name].norm())
        assert error < 0.03, name
    assert any(not torch.equal(gram, expected[name]) for name, gram in found.items())
    model = open_model(tiny(kind))
    for layer_step in walk(model, stage, TOKENS, batch=2, compute_dtype=torch.bfloat16, store=False):
        assert all(hidden.dtype == torch.float32 for hidden in layer_step.hidden)
    assert float((torch.cat(list(layer_step.hidden)) - last).norm() / last.norm()) < 0.03


def test_what_products_are_computed_in() -> None:
    cpu = torch.device("cpu")
    assert compute_dtype_of("float32", cpu) == torch.float32
    assert compute_dtype_of("bfloat16", cpu) == torch.bfloat16
    assert compute_dtype_of("auto", cpu) in (torch.float32, torch.bfloat16)


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert"])
def test_looking_stores_nothing_and_can_be_done_again(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    _, last = direct(tiny(kind))
    model, stage = open_model(tiny(kind)), RecordingStage(tmp_path)
    for _ in range(2):
        names = []
        for layer_step in walk(model, stage, TOKENS, batch=2, store=False, span=(0.2, 0.6)):
            names.append(layer_step.layer.name)
            for parameter in model.get(layer_step.layer.name).parameters():
                assert not parameter.is_meta
            others = {layer.name for layer in model.anatomy.layers} - {layer_step.layer.name}
            assert all(parameter.is_meta for name in others for parameter in model.get(name).parameters())
        assert names == [layer.name for layer in model.anatomy.layers]
        assert torch.allclose(torch.cat(list(layer_step.hidden)), last, atol=1e-5)
    assert all(parameter.is_meta for parameter in model.module.parameters())
    assert not list(tmp_path.rglob("*.safetensors"))
    assert stage.written == 0 and 0.2 <= min(stage.fractions) <= max(stage.fractions) <= 0.6


def test_prepare_comes_before_anything_runs_through_a_part(tiny: Tiny, tmp_path: Path) -> None:
    """Weights doubled by it are what the statistics and all later layers see, and what is stored."""
    model = open_model(tiny("llama"))
    prepared: list[str] = []

    def double(part: Part) -> None:
        prepared.append(part.name)
        for linear in part.linears:
            weight = model.get(linear.name).weight
            assert isinstance(weight, torch.Tensor)
            weight.data.mul_(2)

    grams: dict[str, torch.Tensor] = {}

    def work(input_group: InputGroup[Gram]) -> None:
        grams.update({linear.name: input_group.statistic.matrix() for linear in input_group.linears})

    stage = RecordingStage(tmp_path)
    calibrate(model, stage, TOKENS, statistic=Gram, on_group=work, batch=2, prepare=double)
    assert prepared == [part.name for part in model.parts]
    expected, _ = direct(stage.finish(model))
    for name, gram in grams.items():
        assert torch.allclose(gram, expected[name], atol=1e-5 * float(gram.abs().max())), name


def test_statistics_get_what_a_weight_will_meet(tiny: Tiny, tmp_path: Path) -> None:
    expected, _ = direct(tiny("llama"))
    asked: list[str] = []

    def transform_input(linear: Linear, x: torch.Tensor) -> torch.Tensor:
        asked.append(linear.role)
        return 3 * x

    def work(input_group: InputGroup[Gram]) -> None:
        gram = input_group.statistic.matrix()
        for linear in input_group.linears:
            assert torch.allclose(gram, 9 * expected[linear.name], rtol=1e-3, atol=1e-4 * float(gram.abs().max()))

    stage = RecordingStage(tmp_path)
    calibrate(
        open_model(tiny("llama")),
        stage,
        TOKENS,
        statistic=Gram,
        on_group=work,
        batch=3,
        transform_input=transform_input,
    )
    assert asked == ["q", "q", "o", "o", "gate", "gate", "down", "down"] * 2


def test_sites_that_nobody_wants_are_passed_over(tiny: Tiny, tmp_path: Path) -> None:
    expected, last = direct(tiny("llama"))
    model = open_model(tiny("llama"))
    wanted = {linear.name for linear in model.anatomy.linears if linear.role in ("v", "down")}
    made: list[int] = []
    seen: dict[str, torch.Tensor] = {}

    def statistic(features: int) -> Gram:
        made.append(features)
        return Gram(features)

    def work(input_group: InputGroup[Gram]) -> None:
        seen.update({linear.name: input_group.statistic.matrix() for linear in input_group.linears})

    stage = RecordingStage(tmp_path)
    calibrate(model, stage, TOKENS, statistic=statistic, on_group=work, batch=2, targets=wanted)
    assert len(made) == 4 and wanted < seen.keys()
    for name, gram in seen.items():
        assert torch.allclose(gram, expected[name], atol=1e-5 * float(gram.abs().max())), name
    assert torch.allclose(direct(stage.finish(model))[1], last, atol=1e-5)


def _scale_in_place(weight: torch.nn.Parameter, factor: torch.Tensor) -> None:
    with torch.no_grad():
        weight.mul_(factor)


def _scale_behind_its_back(weight: torch.nn.Parameter, factor: torch.Tensor) -> None:
    weight.data.mul_(factor)  # no version counter sees this


def _scale_by_numpy(weight: torch.nn.Parameter, factor: torch.Tensor) -> None:
    weight.detach().numpy()[:] *= factor.numpy()


CHANGES = {"in place": _scale_in_place, "data": _scale_behind_its_back, "memory": _scale_by_numpy}


@pytest.mark.parametrize("how", [*CHANGES, "another parameter", "another module"])
@pytest.mark.parametrize("finished", ["up", "gate", "v", "norm", "bias"])
def test_finished_linears_may_change(how: str, finished: str, tiny: Tiny, tmp_path: Path) -> None:
    """Whatever happens to a submodule that the walk had come past, what is passed on is what the layer now gives."""
    model = open_model(tiny("qwen2"))
    first = model.anatomy.layers[0]
    names = {linear.role: linear.name for linear in first.linears} | {"norm": first.norms["input"]}
    name, leaf = (names["q"], "bias") if finished == "bias" else (names[finished], "weight")

    def change(input_group: InputGroup[Gram]) -> None:
        if input_group.linears[0].name != names["down"]:
            return
        weight = getattr(model.get(name), leaf)
        factor = torch.linspace(0.5, 2.0, len(weight)).view(-1, *[1] * (weight.ndim - 1))
        if how in CHANGES:
            CHANGES[how](weight, factor)
            return
        setattr(model.get(name), leaf, torch.nn.Parameter(weight.detach() * factor, requires_grad=False))
        if how == "another module":
            model.replace(name, copy.deepcopy(model.get(name)))

    found: list[torch.Tensor] = []
    for layer_step in walk(model, RecordingStage(tmp_path), TOKENS, batch=2):
        layer_step.compress(Gram, change)
        alone = [layer_step.call.of(model.get(layer_step.layer.name), x).detach() for x in layer_step.hidden]
        layer_step.propagate()
        found.append(torch.cat(list(layer_step.hidden)))
        assert torch.allclose(found[-1], torch.cat(alone), atol=1e-5), layer_step.layer.name
        break


def test_an_exact_rescale_of_a_finished_linear_keeps_what_the_layer_gives(tiny: Tiny, tmp_path: Path) -> None:
    """up / s and down · s: the function is the same, and so is what goes on to the next layer."""
    _, expected = direct(tiny("llama"))
    model = open_model(tiny("llama"))

    def rescale(input_group: InputGroup[Gram]) -> None:
        if input_group.linears[0].role == "down":
            up = next(linear for linear in model.anatomy.linears if linear.name.endswith("0.mlp.up_proj"))
            factor = torch.linspace(0.25, 4.0, up.out_features)
            model.get(up.name).weight.data.div_(factor[:, None])
            model.get(up.name.replace("up_proj", "down_proj")).weight.data.mul_(factor)

    last: Sequence[torch.Tensor] = []
    for layer_step in walk(model, RecordingStage(tmp_path), TOKENS, batch=2):
        if layer_step.layer.index == 0:
            layer_step.compress(Gram, rescale)
        last = layer_step.hidden  # filled with what the layer gives when the walk goes on
    assert torch.allclose(torch.cat(list(last)), expected, atol=1e-4)


@pytest.mark.parametrize("kind", [*DECODERS, "bert", "short_window"])
def test_an_uneven_last_batch(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """Five samples two by two: the last batch is called as a batch of its size, its mask among the rest."""
    folder = tiny("mistral" if kind == "short_window" else kind)
    if kind == "short_window":
        folder = Path(shutil.copytree(folder, tmp_path / "window"))
        config = json.loads((folder / "config.json").read_text("utf-8"))
        (folder / "config.json").write_text(json.dumps({**config, "sliding_window": 8}), "utf-8")

    def given(batch: int) -> tuple[list[torch.Tensor], torch.Tensor]:
        grams: list[torch.Tensor] = []
        model = open_model(folder)
        last: Sequence[torch.Tensor] = []
        for layer_step in walk(model, RecordingStage(tmp_path / str(batch)), TOKENS[:5], batch=batch):
            layer_step.compress(Gram, lambda input_group: grams.append(input_group.statistic.matrix()))
            last = layer_step.hidden
        return grams, torch.cat(list(last))

    (one, alone), (two, together) = given(1), given(2)
    assert together.shape == alone.shape == (5, 20, alone.shape[-1])
    assert torch.allclose(together, alone, atol=1e-5)
    for a, b in zip(one, two, strict=True):
        assert torch.allclose(a, b, atol=1e-5 * float(a.abs().max()))
