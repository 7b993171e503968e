"""ShearedLlama: what is cut out computes what was masked, the shape is exactly the target, on every kind of decoder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from engine.base.errors import BadInput
from engine.contracts.events import Grid, Metric
from engine.methods.pruning.common.target_shape import parameters, propose, shape_problem
from engine.methods.pruning.sheared_llama import method as shearing
from engine.methods.pruning.sheared_llama.masking import fold, masked
from engine.methods.pruning.sheared_llama.method import TOLERANCE
from engine.methods.pruning.sheared_llama.objective import Gates
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.slicing import Kept, Shape, sliced
from engine.models.source import open_model
from engine.numerics import hard_concrete
from engine.testing.stage import RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
TRAINING = {"text": TEXT, "sequence_length": 32, "steps": 2, "batch_size": 2, "micro_batch_size": 2, "eval_samples": 2}
NUMBERS = {
    "target": "numbers",
    "num_hidden_layers": 1,
    "hidden_size": 40,
    "num_attention_heads": 2,
    "intermediate_size": 56,
}
MATRIX_SETTINGS: dict[str, Any] = {**TRAINING, **NUMBERS}
MATRIX_KINDS = ("llama", "llama_untied", "mistral", "qwen2", "qwen3", "gemma", "gemma2")
KINDS = {
    "llama": Shape(40, 1, 2, 1, 16, 56),
    "llama_untied": Shape(44, 2, 2, 2, 16, 96),
    "mistral": Shape(64, 1, 4, 2, 16, 40),
    "qwen2": Shape(40, 1, 4, 2, 16, 56),
    "qwen3": Shape(48, 2, 2, 1, 32, 40),
    "gemma": Shape(32, 1, 2, 2, 16, 56),
    "gemma2": Shape(40, 1, 2, 1, 16, 56),
    "odd": Shape(45, 1, 3, 3, 10, 37),
}


def random_gates(model: Model, after: Shape) -> Gates:
    gates = Gates(Shape.of(model.anatomy), after, torch.Generator().manual_seed(0))
    with torch.no_grad():
        for index, log_alpha in enumerate(gates.log_alpha.values()):
            log_alpha.copy_(2 * torch.randn(log_alpha.shape, generator=torch.Generator().manual_seed(index)))
    return gates


@pytest.mark.parametrize("kind", KINDS)
def test_the_masked_model_and_the_sliced_one_agree(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """All masks at once, soft values folded, to 1e-5 of the logits; the shape is exactly the target."""
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    gates = random_gates(model, KINDS[kind])
    tokens = torch.arange(48).view(2, 24) * 7 % 250
    with torch.no_grad(), masked(model, gates.deterministic):
        wanted = model.module(input_ids=tokens).logits
    whole = model.module(input_ids=tokens).logits
    fold(model, gates.deterministic())
    stage = RecordingStage(tmp_path)
    stage.finish(sliced(model, gates.indices(), stage))
    small = open_model(tmp_path / "artifact").load()
    with torch.no_grad():
        found = small.module(input_ids=tokens).logits
    assert not torch.allclose(whole, wanted, atol=1e-2)
    assert torch.allclose(found, wanted, rtol=1e-5, atol=1e-5)
    assert Shape.of(small.anatomy) == KINDS[kind]
    assert sum(p.numel() for p in small.module.parameters()) == parameters(model.anatomy, KINDS[kind])


def test_the_formula_of_the_parameters(tiny: Tiny) -> None:
    anatomy = open_model(tiny("llama_untied")).anatomy
    d, layers, h, kv, hd, inner, v = 40, 1, 2, 1, 16, 56, 260
    expected = 2 * v * d + layers * (2 * d * h * hd + 2 * d * kv * hd + 3 * d * inner + 2 * d) + d
    assert parameters(anatomy, Shape(d, layers, h, kv, hd, inner)) == expected


@pytest.mark.parametrize("kind", ["llama", "llama_untied"])
def test_from_end_to_end(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(tiny(kind), "sheared_llama", {**MATRIX_SETTINGS, "steps": 4, "eval_steps": 2}, tmp_path)
    model = open_model(tmp_path / "artifact")
    assert Shape.of(model.anatomy) == KINDS["llama"]
    assert stage.details["shape"] == dataclasses.asdict(KINDS["llama"])
    names = {event.name for event in stage.events if isinstance(event, Metric)}
    assert {"sparsity/hidden", "sparsity/hidden_target", "lambda_1/hidden", "lambda_2/hidden", "loss/train"} <= names
    grids = {event.series: event for event in stage.events if isinstance(event, Grid)}
    assert set(grids) == {"hidden", "layers", "kv heads", "inner"}
    assert len(grids["inner"].values) == 2 and len(grids["inner"].values[0]) <= 64
    stock = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "artifact")
    assert stock.config.hidden_size == 40 and stock.generate(torch.tensor([[5, 6]]), max_new_tokens=3).shape == (1, 5)


def test_the_held_out_loss_is_that_of_the_result(tiny: Tiny, tmp_path: Path) -> None:
    from engine.training.batches import text_batches
    from engine.training.language_model import LanguageModeling

    together = {**MATRIX_SETTINGS, "mask_schedule": "together"}
    stage = compress(tiny("llama"), "sheared_llama", together, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    settings = method("sheared_llama").settings.parse(together)
    batches = text_batches(model, settings, stage)
    objective = LanguageModeling(model.module, batches, stage).eval()
    losses = [objective(batch)["loss"].item() for batch in batches.held_out()]
    assert sum(losses) / len(losses) == pytest.approx(stage.details["held-out loss of the cut"], abs=1e-5)


def test_the_masks_reach_the_target(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "steps": 100, "batch_size": 1, "sequence_length": 8, "train_weights": False}
    stage = compress(tiny("llama"), "sheared_llama", settings, tmp_path)
    told = [event for event in stage.events if isinstance(event, Metric) and event.name.startswith("sparsity/")]
    sparsity = {event.name.removeprefix("sparsity/"): event.value for event in told}
    for name in ("hidden", "layers", "kv_heads", "inner"):
        assert sparsity[name] == pytest.approx(sparsity[f"{name}_target"], abs=TOLERANCE)


@pytest.mark.parametrize("share", [0.5, 0.2, 0.9])
def test_the_expected_cut_is_held_at_the_target_in_the_end(share: float) -> None:
    """Within the method's own tolerance, whatever loss and multipliers do; the order stays."""
    gates = hard_concrete.ordered_log_alpha(torch.linspace(0, 1, 60).repeat(3, 1))
    moved = hard_concrete.shift_to_share(gates, share)
    assert torch.allclose(hard_concrete.open_probability(moved).mean(-1), torch.tensor(share), atol=TOLERANCE / 10)
    assert (moved.diff() >= 0).all()


@pytest.mark.parametrize("steps", [20, 3300])
def test_masks_first_in_short_runs(steps: int) -> None:
    settings = method("sheared_llama").settings.parse({**MATRIX_SETTINGS, "steps": steps})
    assert settings.mask_steps() == (2 if steps == 20 else 0)
    assert settings.replace(mask_schedule="together").mask_steps() == 0
    assert settings.replace(mask_schedule="masks_first").mask_steps() == steps // 10
    assert settings.replace(mask_schedule="masks_first", train_weights=False).mask_steps() == 0


def test_masks_first_cut_the_weights_as_they_were_and_go_on_with_further_samples(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen while masks are learned; nothing is folded; the samples of the recovery are those behind."""
    real = shearing.train
    seen: dict[str, tuple[dict[str, torch.Tensor], bool, list[int]]] = {}
    kept: list[Kept] = []

    def train(objective: Any, batches: Any, *others: Any, name: str = "training", **options: Any) -> Any:
        weights = {n: p.detach().clone() for n, p in objective.model.named_parameters()}
        steps: set[int] = set()

        def batch(step: int, rows: range) -> Any:
            steps.add(step)
            return type(batches).batch(batches, step, rows)

        batches.batch = batch
        done = real(objective, batches, *others, name=name, **options)
        moved = any(not torch.equal(weights[n], p) for n, p in objective.model.named_parameters())
        seen[name] = (weights, moved, sorted(steps))
        if name == "masks":
            kept.append(objective.gates.indices())
        return done

    monkeypatch.setattr(shearing, "train", train)
    stage = compress(tiny("llama"), "sheared_llama", {**MATRIX_SETTINGS, "steps": 20}, tmp_path)
    before, moved, first = seen["masks"]
    assert not moved and first == [0, 1]
    start, moved, then = seen["training"]
    assert moved and then == list(range(2, 20))
    assert kept[0].layers and kept[0].inner and kept[0].hidden is not None
    (old,) = kept[0].layers
    expected = before[f"model.layers.{old}.mlp.down_proj.weight"][kept[0].hidden][:, kept[0].inner[old]]
    assert torch.equal(start["model.layers.0.mlp.down_proj.weight"], expected), "as they were, cut"
    assert Shape.of(open_model(tmp_path / "artifact").anatomy) == KINDS["llama"]
    assert {"held-out loss of the cut", "held-out loss after recovery"} <= stage.details.keys()


def test_what_the_loss_depends_on_closes_last(tiny: Tiny, tmp_path: Path) -> None:
    """Inner values that nothing reads have no gradient: they are first to go, as no noise of a training moves them."""
    settings = {**TRAINING, "target": "numbers", "intermediate_size": 56, "steps": 1, "mask_lr": 1e-6}
    model = open_model(tiny("llama")).load()
    idle = torch.arange(96) % 12 < 5
    for layer in model.anatomy.layers:
        down = next(linear.name for linear in layer.linears if linear.role == "down")
        model.get(down).weight.data[:, idle] = 0
    info, stage = method("sheared_llama"), RecordingStage(tmp_path)
    stage.finish(info.load().apply(model, info.settings.parse(settings), stage))
    small = open_model(tmp_path / "artifact").load()
    for linear in (x for x in small.anatomy.linears if x.role == "down"):
        assert (small.get(linear.name).weight != 0).any(dim=0).all()


def test_domains_move_while_shearing(tiny: Tiny, tmp_path: Path) -> None:
    domains = {
        "domains": ("stories=sample:stories", "dialogue=sample:dialogue"),
        "eval_steps": 1,
        "sequence_length": 64,
    }
    stage = compress(tiny("llama"), "sheared_llama", {**MATRIX_SETTINGS, **domains}, tmp_path)
    assert stage.details["reference losses"].keys() == {"stories", "dialogue"}
    assert sum(e.name == "domain/stories" for e in stage.events if isinstance(e, Metric)) == 2


# -- targets -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("prefer", ["narrow", "balanced", "shallow"])
@pytest.mark.parametrize("kind", ["llama", "odd", "qwen3"])
def test_proposals_use_the_budget(kind: str, prefer: str, tiny: Tiny) -> None:
    anatomy = open_model(tiny(kind)).anatomy
    before = Shape.of(anatomy)
    budget = 0.65 * parameters(anatomy, before)
    shape = propose(anatomy, lambda each: parameters(anatomy, each), budget, prefer)
    assert shape_problem(before, shape) == ""
    assert 0.4 * budget < parameters(anatomy, shape) <= budget
    assert shape.layers == before.layers or prefer != "narrow"
    assert shape.layers < before.layers or prefer != "shallow"
    with pytest.raises(BadInput, match="smallest costs"):
        propose(anatomy, lambda each: parameters(anatomy, each), 10, prefer)


def test_a_budget_of_time_is_measured(tiny: Tiny, tmp_path: Path) -> None:
    budget = {**TRAINING, "target": "budget", "budget_unit": "milliseconds", "budget": 10_000, "prefer": "narrow"}
    with pytest.raises(BadInput, match="the model has already"):  # anything is fast enough
        compress(tiny("llama"), "sheared_llama", budget, tmp_path / "slow")
    with pytest.raises(BadInput, match="within the budget"):
        compress(tiny("llama"), "sheared_llama", {**budget, "budget": 1e-3}, tmp_path / "fast")


def test_a_budget_in_megabytes_and_the_shape_of_a_config(tiny: Tiny, tmp_path: Path) -> None:
    size = sum(file.stat().st_size for file in tiny("llama").glob("*.safetensors")) / 1e6
    budget = {**TRAINING, "target": "budget", "budget_unit": "megabytes", "budget": 0.6 * size}
    compress(tiny("llama"), "sheared_llama", budget, tmp_path / "small")
    small = sum(file.stat().st_size for file in (tmp_path / "small" / "artifact").glob("*.safetensors")) / 1e6
    assert 0.4 * size < small < 0.65 * size
    config = {**TRAINING, "target": "config", "config": str(tmp_path / "small" / "artifact" / "config.json")}
    compress(tiny("llama"), "sheared_llama", config, tmp_path / "alike")
    assert Shape.of(open_model(tmp_path / "alike" / "artifact").anatomy) == Shape.of(
        open_model(tmp_path / "small" / "artifact").anatomy
    )


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({"num_attention_heads": 3}, "3 heads can't share 2 key/value heads"),
        ({"hidden_size": 99}, "the model has only 64 hidden dimensions"),
        ({"num_attention_heads": 4, "num_key_value_heads": 1}, "serves 2 heads, not 4"),
        ({}, "already"),
    ],
)
def test_targets_that_do_not_fit_are_refused(numbers: dict[str, int], sentence: str, tiny: Tiny) -> None:
    info = method("sheared_llama")
    settings = info.settings.parse({"target": "numbers", **numbers})
    problems = info.load().check(open_model(tiny("llama")).anatomy, settings)
    assert sentence in problems[0].message


def test_a_hidden_size_that_the_config_forbids_is_refused_before_training(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a multiple"):
        compress(tiny("llama"), "sheared_llama", {**TRAINING, "target": "numbers", "hidden_size": 41}, tmp_path)


@pytest.mark.parametrize(
    ("kind", "sentence"), [("gpt2", "not RMSNorm"), ("phi3", "separate q, k, v"), ("bert", "next token")]
)
def test_architectures_that_can_t_be_masked_are_refused(kind: str, sentence: str, tiny: Tiny) -> None:
    info = method("sheared_llama")
    problems = info.load().check(open_model(tiny(kind)).anatomy, info.settings())
    assert sentence in problems[0].message


def test_a_config_with_other_heads_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    values = json.loads((tiny("llama") / "config.json").read_text())
    config.write_text(json.dumps({**values, "head_dim": 8}))
    info = method("sheared_llama")
    settings = info.settings.parse({"target": "config", "config": str(config)})
    problems = info.load().check(open_model(tiny("llama")).anatomy, settings)
    assert "another size" in problems[0].message
