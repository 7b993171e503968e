"""Expert pruning: scores are those of the paper, what is left is a stock model with fewer experts."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engine.architecture.expert_counts import COUNTS
from engine.base.errors import BadInput
from engine.calibration.tokens import calibration_tokens
from engine.contracts.events import Grid
from engine.export.registry import export_format
from engine.methods.pruning.expert_pruning.counts import experts_of
from engine.methods.pruning.expert_pruning.saliency import measured
from engine.methods.registry import method
from engine.models.fewer_experts import with_fewer_experts
from engine.models.source import open_model
from engine.numerics.experts import Saliency, best_experts, best_over_layers, nearest_experts, shares
from engine.run.planned_export import planned_problems
from engine.testing.models import byte_tokenizer
from engine.testing.stage import Killed, RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {"text": TEXT, "num_samples": 4, "sequence_length": 32, "compression_ratio": 0.25}
MATRIX_KINDS = ("qwen3_moe", "gpt_oss", "nemotron_h")
INFO = method("expert_pruning")


def stock(source: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32).eval()


@pytest.mark.parametrize("kind", ["qwen3_moe", "gpt_oss"])
def test_scores_are_those_of_the_whole_model(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """REAP by hand: outputs of each expert from the three-dimensional tensors, weights from the router."""
    settings = INFO.settings.parse({**MATRIX_SETTINGS, "compute_dtype": "float32"})
    stage = RecordingStage(tmp_path)
    model = open_model(tiny(kind))
    tokens = calibration_tokens(model, settings, stage)  # type: ignore[arg-type]
    kept = measured(model, settings, stage, tokens)  # type: ignore[arg-type]
    network = stock(tiny(kind))
    called: dict[int, tuple[torch.Tensor, ...]] = {}
    for index, layer in enumerate(network.model.layers):
        layer.mlp.experts.register_forward_pre_hook(lambda _, given, index=index: called.__setitem__(index, given))
    with torch.no_grad():
        network(input_ids=tokens)
    for index, (hidden, chosen, weights) in called.items():
        experts = network.model.layers[index].mlp.experts
        count = experts.down_proj.shape[0]
        worth = torch.zeros(count, dtype=torch.float64)
        for expert in range(count):
            token, place = torch.where(chosen == expert)
            if not len(token):
                continue
            x = hidden[token]
            if kind == "gpt_oss":
                both = experts._apply_gate(x @ experts.gate_up_proj[expert] + experts.gate_up_proj_bias[expert])
                y = both @ experts.down_proj[expert] + experts.down_proj_bias[expert]
            else:
                gate, up = (x @ experts.gate_up_proj[expert].t()).chunk(2, -1)
                y = (torch.nn.functional.silu(gate) * up) @ experts.down_proj[expert].t()
            worth[expert] = (weights[token, place] * y.norm(dim=-1)).double().mean()
        expected = sorted(worth.argsort(descending=True)[: count - count // 4].tolist())
        assert [mix[0][0] for mix in kept[f"model.layers.{index}.mlp.experts"]] == expected
    drawn = {event.chart for event in stage.events if isinstance(event, Grid)}
    assert {"Importance", "Tokens per expert"} <= drawn


@pytest.mark.parametrize("kind", ["qwen3_moe", "mixtral", "gpt_oss", "nemotron_h"])
def test_what_is_left_is_a_stock_model(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny(kind), "expert_pruning", {**MATRIX_SETTINGS, "compression_ratio": 0.5}, tmp_path)
    made = open_model(tmp_path / "artifact")
    before = stock(tiny(kind))
    kind_of_file = export_format("dense")
    kind_of_file.write(made, tmp_path / "dense", kind_of_file.options(), lambda *_: None)
    network, info = AutoModelForCausalLM.from_pretrained(tmp_path / "dense", output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    with torch.no_grad():
        found = network.eval()(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    assert torch.allclose(found, logits(tmp_path / "artifact"), atol=1e-5)
    assert network.num_parameters() < before.num_parameters() and network.config.num_experts_per_tok == 2
    settings = INFO.settings.parse({**MATRIX_SETTINGS, "compression_ratio": 0.5})
    source = open_model(tiny(kind))
    _, foreseen = INFO.load().reshaped(source.header, source.anatomy, settings)  # type: ignore[attr-defined]
    assert [x.name for x in foreseen.linears] == [x.name for x in made.anatomy.linears]
    assert sum(n for _, n in foreseen.remainder) == sum(n for _, n in made.anatomy.remainder)
    old, new = ({n: p for n, p in each.named_parameters() if "experts" in n} for each in (before, network))
    for name, tensor in new.items():
        if "shared" not in name:
            assert 2 * len(tensor) == len(old[name]), "half of them"
            assert all(any(torch.equal(row, other) for other in old[name]) for row in tensor)


def test_routers_choose_as_if_those_that_went_could_not_be_chosen(tiny: Tiny, tmp_path: Path) -> None:
    """The model that is left gives what the whole one gives when its router weighs the experts that went by -inf."""
    compress(tiny("gpt_oss"), "expert_pruning", {**MATRIX_SETTINGS, "compression_ratio": 0.5}, tmp_path)
    network = stock(tiny("gpt_oss"))
    left = open_model(tmp_path / "artifact")
    left.load()
    for index, layer in enumerate(network.model.layers):
        rows = left.tensor(f"model.layers.{index}.mlp.router.weight")
        stays = torch.tensor([any(torch.equal(row, each) for each in rows) for row in layer.mlp.router.weight])
        assert int(stays.sum()) == 2
        layer.mlp.router.bias.data[~stays] = -1e9
    with torch.no_grad():
        expected = network(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    assert torch.allclose(logits(tmp_path / "artifact"), expected, atol=1e-5)


def test_merged_experts_are_means_by_tokens(tiny: Tiny, tmp_path: Path) -> None:
    source = open_model(tiny("gpt_oss"))
    name = "model.layers.{}.mlp.experts"
    mixes = (((0, 0.75), (3, 0.25)), ((2, 1.0),))
    made = with_fewer_experts(source, {name.format(layer): mixes for layer in (0, 1)}).load()
    old = open_model(tiny("gpt_oss")).load()
    one, other = (old.tensor(f"{name.format(1)}.down_proj.{index}.weight").double() for index in (0, 3))
    assert torch.allclose(made.tensor(f"{name.format(1)}.down_proj.0.weight").double(), 0.75 * one + 0.25 * other)
    bias = old.tensor(f"{name.format(1)}.gate_up_proj_bias").double()
    found = made.tensor(f"{name.format(1)}.gate_up_proj_bias").double()
    assert torch.allclose(found[0], 0.75 * bias[0] + 0.25 * bias[3]) and torch.equal(found[1], bias[2])
    router = old.tensor("model.layers.1.mlp.router.weight")
    assert torch.equal(made.tensor("model.layers.1.mlp.router.weight"), router[[0, 2]]), "its own row"


def test_quantized_experts_are_dropped_and_not_merged(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("qwen3_moe"), "round_to_nearest", {"group_size": 32}, tmp_path / "rounded")
    source = tmp_path / "rounded" / "artifact"
    compress(source, "expert_pruning", MATRIX_SETTINGS, tmp_path / "pruned")
    made = open_model(tmp_path / "pruned" / "artifact")
    experts = [name for name in made.compressed() if ".experts." in name]
    assert len(experts) == 2 * 2 * 12 and torch.isfinite(logits(tmp_path / "pruned" / "artifact")).all()
    with pytest.raises(BadInput, match="can't be merged"):
        compress(source, "expert_pruning", {**MATRIX_SETTINGS, "removed": "merged"}, tmp_path / "merged")


def test_a_killed_run_goes_on_to_the_same_bytes(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("mixtral"), "expert_pruning", MATRIX_SETTINGS, tmp_path / "whole")
    with pytest.raises(Killed):
        compress(tiny("mixtral"), "expert_pruning", MATRIX_SETTINGS, tmp_path / "killed", kill_at=2)
    compress(tiny("mixtral"), "expert_pruning", MATRIX_SETTINGS, tmp_path / "killed")
    for file in (tmp_path / "whole" / "artifact").glob("*.safetensors"):
        assert file.read_bytes() == (tmp_path / "killed" / "artifact" / file.name).read_bytes()


@pytest.mark.parametrize("kind", ["qwen3_moe", "gpt_oss", "mixtral"])
def test_layers_may_keep_as_many_as_they_need(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """It gives what the whole model gives when its routers weigh the experts that went by -inf."""
    name, stay = "model.layers.{}.mlp.experts", ((0, 2), (0, 1, 3))
    source = open_model(tiny(kind))
    stage = RecordingStage(tmp_path / "stage")
    kept = {name.format(layer): tuple(((n, 1.0),) for n in each) for layer, each in enumerate(stay)}
    stage.finish(with_fewer_experts(source, kept))
    found = open_model(tmp_path / "stage" / "artifact")
    assert found.config["experts_per_layer"] == {name.format(0): 2, name.format(1): 3}
    assert found.config[next(key for key in COUNTS if key in found.config)] == 3
    network = stock(tiny(kind))
    for layer, each in zip(network.model.layers, stay, strict=True):
        weigh_only(layer, each)
    with torch.no_grad():
        expected = network(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    assert torch.allclose(logits(tmp_path / "stage" / "artifact"), expected, atol=1e-5)
    for id in ("dense", "compressed-tensors", "gptq", "gguf"):
        entry = export_format(id)
        problem = entry.check(found, entry.options())[0]
        assert problem.severity == "error" and "different numbers of experts" in str(problem)


def weigh_only(layer: Any, stay: tuple[int, ...]) -> None:
    """Let a layer's router weigh all other experts by -inf: logits of one without a bias are masked."""
    router = layer.mlp.router if hasattr(layer.mlp, "router") else layer.mlp.gate
    gone = torch.tensor([number not in stay for number in range(len(router.weight))])
    if getattr(router, "bias", None) is not None:
        router.bias.data[gone] = -1e9
        return
    linear = torch.nn.functional.linear

    def forward(hidden: torch.Tensor) -> Any:
        with mock.patch("torch.nn.functional.linear", lambda *a: linear(*a).masked_fill(gone, -1e9)):
            return type(router).forward(router, hidden)

    router.forward = forward


def test_the_least_worth_go_wherever_they_are(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "compression_ratio": 0.5, "expert_allocation": "global", "criterion": "frequency"}
    compress(tiny("qwen3_moe"), "expert_pruning", settings, tmp_path / "one")
    compress(tmp_path / "one" / "artifact", "round_to_nearest", {"group_size": 32}, tmp_path / "two")
    made = open_model(tmp_path / "two" / "artifact")
    assert torch.isfinite(logits(tmp_path / "two" / "artifact")).all()
    before, left = (experts_of(open_model(each).anatomy) for each in (tiny("qwen3_moe"), tmp_path / "two" / "artifact"))
    assert sum(left.values()) == sum(before.values()) // 2 and min(left.values()) >= 2
    assert made.anatomy.experts_per_token == 2
    wanted = [INFO.settings.parse(settings)]
    refused = planned_problems(made.anatomy, wanted, export_format("dense"))
    assert [x.severity for x in refused] == ["error"] and "different numbers" in str(refused[0])
    assert not planned_problems(made.anatomy, wanted, export_format("container"))


def test_shares_are_compared_over_layers() -> None:
    small, large = torch.tensor([4.0, 3.0, 2.0, 1.0]), torch.tensor([100.0, 1.0, 1.0, 0.0])
    assert best_over_layers([small, large], 5, 1) == [[0, 1, 2, 3], [0]], "1 of 10 is more than 1 of 102"
    assert best_over_layers([small, large], 5, 2) == [[0, 1, 2], [0, 1]]
    with pytest.raises(ValueError, match="fewer than 3 in each of 2 layers"):
        best_over_layers([small, large], 5, 3)


def test_a_damaged_table_of_experts_is_told(tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(tiny("qwen3_moe"), folder)
    config = json.loads((folder / "config.json").read_text())
    number = next(config[key] for key in COUNTS if key in config)
    unknown = {"model.layers.9.mlp.experts": 2, "model.layers.0.mlp.experts": number}
    for entry, told in (([], "not a table"), (unknown, "has no model.layers.9.mlp.experts")):
        (folder / "config.json").write_text(json.dumps({**config, "experts_per_layer": entry}))
        with pytest.raises(BadInput, match=told):
            open_model(folder)


def test_what_can_not_be_is_said_before_a_run(tiny: Tiny, tmp_path: Path) -> None:
    def refused(source: Path, ratio: float) -> str:
        settings = INFO.settings.parse({**MATRIX_SETTINGS, "compression_ratio": ratio})
        return " ".join(str(problem) for problem in INFO.load().check(open_model(source).anatomy, settings))

    assert "no experts to remove" in refused(tiny("llama"), 0.5)
    assert "1 of 4 experts would be left, and each token is sent to 2" in refused(tiny("gpt_oss"), 0.75)
    grouped = dataclasses.replace(open_model(tiny("gpt_oss")).anatomy, expert_groups=2)
    wanted = INFO.settings.parse({**MATRIX_SETTINGS, "compression_ratio": 0.5, "expert_allocation": "global"})
    assert "2 groups of experts" in str(INFO.load().check(grouped, wanted)[0])
    for numbers, uneven in (("0 1", True), ("0 2", False)):
        by_hand = INFO.settings.parse({"criterion": "manual", "experts": [f"*={numbers}"]})
        problems = INFO.load().check(grouped, by_hand)
        assert bool(problems) == uneven and (not uneven or "groups of experts" in str(problems[0]))
    assert "No expert would go" in refused(tiny("gpt_oss"), 0.1) and not refused(tiny("gpt_oss"), 0.5)
    config = AutoConfig.for_model(
        "llama4_text", vocab_size=260, hidden_size=32, intermediate_size=32, intermediate_size_mlp=32, head_dim=8,
        num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2, num_local_experts=4,
    )  # fmt: skip
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "llama4")
    byte_tokenizer().save_pretrained(tmp_path / "llama4")
    with pytest.raises(BadInput, match="hands every expert all tokens"):
        compress(tmp_path / "llama4", "expert_pruning", MATRIX_SETTINGS, tmp_path / "made")


def test_scores_and_choices_by_hand() -> None:
    saliency = Saliency(3)
    saliency.add(0, torch.tensor([0.5, 0.25]), torch.tensor([[3.0, 4.0], [0.0, 2.0]]))
    saliency.add(2, torch.tensor([1.0]), torch.tensor([[0.0, 1.0]]))
    assert saliency.scores("reap").tolist() == [1.5, 0, 1]  # (0.5 · 5 + 0.25 · 2) / 2
    assert saliency.scores("activation").tolist() == [7, 0, 1]
    assert saliency.scores("frequency").tolist() == [2, 0, 1]
    assert best_experts(torch.tensor([1.0, 3, 2, 3]), 2) == [1, 3]
    assert best_experts(torch.tensor([9.0, 8, 1, 2]), 2, groups=2) == [0, 3], "one in each group"
    with pytest.raises(ValueError, match="equally many"):
        best_experts(torch.ones(4), 3, groups=2)
    outputs = torch.tensor([[1.0, 0], [0, 1], [2, 0.1], [0.1, 3]])
    assert nearest_experts(outputs, [0, 1]) == {2: 0, 3: 1}
    assert nearest_experts(outputs, [1, 2], groups=2) == {0: 1, 3: 2}, "within its group"
    mixes = shares([0, 1], {2: 0, 3: 1}, torch.tensor([3.0, 0, 1, 0]))
    assert mixes == [((0, 0.75), (2, 0.25)), ((1, 0.5), (3, 0.5))]
    settings = INFO.settings.parse({"compression_ratio": 0.5})
    assert settings.left_of(16) == 8 and settings.left_of(16, 4) == 8 and settings.left_of(8, 4) == 8  # type: ignore[attr-defined]
