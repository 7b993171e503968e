"""Which share of a model a block changed, before and after it runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.architecture.coverage import planned
from engine.architecture.structure import larger_than
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.contracts.method_settings import other_dtype
from engine.measure.coverage import coverage, incoming
from engine.methods.base import problems
from engine.methods.registry import method
from engine.models.fewer_experts import with_fewer_experts
from engine.models.source import open_model
from engine.testing.stage import RecordingStage

Tiny = Callable[[str], Path]


@pytest.mark.parametrize(
    ("kind", "name", "settings"),
    [
        ("llama_untied", "round_to_nearest", {"group_size": 32}),
        ("bert", "round_to_nearest", {"group_size": 32}),
        ("llama_untied", "round_to_nearest", {"format": "bfloat16"}),
        ("llama_untied", "round_to_nearest", {"ignore": ["o", "down"], "group_size": 32, "quantize_embeddings": True}),
        ("llama_untied", "nf4", {"ignore": ["layers.1.*"]}),
        ("llama_untied", "one_shot_pruning", {"score": "magnitude", "ignore": ["q", "k"]}),
    ],
)
def test_what_was_changed_is_what_was_planned(
    kind: str, name: str, settings: dict[str, object], tiny: Tiny, tmp_path: Path
) -> None:
    info = method(name)
    chosen = info.settings.parse(settings, where=name)
    model = open_model(tiny(kind))
    targets = info.load().targets(model.anatomy, chosen)  # type: ignore[attr-defined]
    before = incoming(model, targets)
    expected = planned(model.anatomy, targets)
    stage = RecordingStage(tmp_path)
    stage.finish(info.load().apply(model, chosen, stage))
    made = open_model(tmp_path / "artifact")
    found = coverage(before, made, targets)
    assert found.parameters == pytest.approx(expected.parameters) and 0.2 < found.parameters < 0.95
    assert dict(found.left) == pytest.approx(dict(expected.left))
    assert found.bytes == pytest.approx(found.parameters), "all of it came in float32"
    again = coverage(incoming(made), made, ())
    assert again.parameters == 0, "nothing was done to what was compressed before"


def test_layers_that_are_left_beside_compressed_ones_are_not_read_again(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None has moved: what they hold is known from when they were loaded."""
    info = method("nf4")
    chosen = info.settings.parse({"ignore": ["layers.1.*"]})
    model = open_model(tiny("llama_untied"))
    targets = info.load().targets(model.anatomy, chosen)  # type: ignore[attr-defined]
    before = incoming(model, targets)
    stage = RecordingStage(tmp_path)
    stage.finish(info.load().apply(model, chosen, stage))
    expected = coverage(before, model, targets)
    monkeypatch.setattr(before.source, "load", lambda name: pytest.fail(f"{name} is read again"))
    assert coverage(before, model, targets) == expected


@pytest.mark.parametrize("gone", [(0, 1), (2, 3), (1, 3)])
def test_what_only_moved_up_was_not_changed(gone: tuple[int, int], tiny: Tiny) -> None:
    """Whichever of the experts go, those that stay are left: the number is that of what is gone."""
    source = tiny("gpt_oss")
    model = open_model(source)
    before = incoming(model)
    stay = [number for number in range(4) if number not in gone]
    modules = [f"model.layers.{index}.mlp.experts" for index in range(2)]
    fewer = with_fewer_experts(model, {name: tuple(((number, 1.0),) for number in stay) for name in modules})
    experts = sum(n for name, n in before.values.items() if ".experts." in name and "_bias" not in name)
    shorter = sum(n for name, n in before.values.items() if "router" in name or "_bias" in name)
    found = coverage(before, fewer, ())
    assert found.parameters == pytest.approx((experts / 2 + shorter) / sum(before.values.values()))


def test_the_layers_behind_one_that_is_gone_are_left(tiny: Tiny, tmp_path: Path) -> None:
    info = method("depth_pruning")
    model = open_model(tiny("wide"))
    before = incoming(model)
    stage = RecordingStage(tmp_path)
    stage.finish(info.load().apply(model, info.settings.parse({"criterion": "manual", "layers": ["0"]}), stage))
    found = coverage(before, open_model(tmp_path / "artifact"), ())
    layer = sum(count for name, count in before.values.items() if ".layers.0." in name)
    assert found.parameters == pytest.approx(layer / sum(before.values.values()))


def test_what_was_stored_as_it_was_read_is_not_read_again(tiny: Tiny, tmp_path: Path) -> None:
    class Unread:
        def names(self) -> list[str]:
            return []

        def load(self, name: str) -> torch.Tensor:
            raise AssertionError(name)

    model = open_model(tiny("llama"))
    targets = {linear.name for linear in model.anatomy.linears}
    before = incoming(model, targets)
    stage = RecordingStage(tmp_path)
    for part in stage.parts(model):
        if part.name == "head":
            model.get("model.norm").weight.data[3] += 1.0  # type: ignore[index, union-attr]  # no version counts this
    assert [name for name, same in model.unchanged.items() if not same] == ["model.norm.weight"]
    left = {name: names for name, names in before.slots.items() if name.removesuffix(".weight") not in targets}
    found = coverage(dataclasses.replace(before, source=Unread(), slots=left), model, targets)
    assert found.parameters * sum(before.values.values()) == pytest.approx(before.values["model.norm.weight"])


def test_a_cast_of_what_is_left_is_not_coverage(tiny: Tiny, tmp_path: Path) -> None:
    info = method("round_to_nearest")
    chosen = info.settings.parse({"group_size": 32, "other_dtype": "bfloat16"}, where="")
    model = open_model(tiny("llama_untied"))
    before = incoming(model)
    stage = RecordingStage(tmp_path)
    stage.describe_output(model, (), other_dtype(chosen))
    stage.finish(info.load().apply(model, chosen, stage))
    assert open_model(tmp_path / "artifact").tensor("lm_head.weight").dtype == torch.bfloat16
    left = dict(coverage(before, open_model(tmp_path / "artifact"), ()).left)
    assert left.keys() >= {"lm_head", "model.embed_tokens", "model.layers.*.input_layernorm"}


def test_what_is_left_is_named_once_for_all_layers_and_experts(tiny: Tiny) -> None:
    anatomy = open_model(tiny("qwen3_moe")).anatomy
    left = planned(anatomy, [x.name for x in anatomy.linears if ".experts." not in x.name]).left
    names = [name for name, _ in left]
    assert "model.layers.*.mlp.experts.gate_up_proj.*" in names and not any(".0" in name for name in names)


def test_little_is_a_warning_and_nothing_an_error(tiny: Tiny) -> None:
    anatomy = open_model(tiny("llama")).anatomy
    info = method("gptq")
    settings = info.settings.parse({"group_size": 32}, where="")
    assert problems(info.load(), anatomy, settings) == []
    experts = tuple((f"model.layers.{i}.mlp.experts.gate_up_proj", 500_000) for i in range(2))
    large = dataclasses.replace(anatomy, remainder=(*anatomy.remainder, *experts))
    (found,) = problems(info.load(), large, settings)
    assert found.severity == "warning" and "Only 5." in found.message
    assert "model.layers.*.mlp.experts.gate_up_proj (9" in found.advice
    outside = dataclasses.replace(anatomy, others=anatomy.linears, layers=())
    assert [p.severity for p in problems(info.load(), outside, settings)] == ["error"], "no layers to calibrate"


def test_a_result_that_is_larger_than_its_source_says_why(tmp_path: Path) -> None:
    def header(*tensors: tuple[str, int]) -> CheckpointHeader:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        with open(folder / "model.safetensors", "wb") as file:
            file.truncate(sum(size for _, size in tensors))
        infos = (
            TensorInfo(f"{dtype}{number}", (1,), dtype, size, "model.safetensors")
            for number, (dtype, size) in enumerate(tensors)
        )
        return CheckpointHeader(folder, "safetensors", {}, tuple(infos))

    packed = header(("Q4_1", 60_000_000), ("F32", 1_000_000))
    assert larger_than(packed, header(("U8", 40_000_000), ("BF16", 10_000_000))) == ""
    said = larger_than(packed, header(("U8", 40_000_000), ("F32", 113_000_000), ("F32", 1_000_000)))
    assert "154 MB against 61.0 MB" in said and "114 MB of F32, 40.0 MB of U8" in said and "60.0 MB of Q4_1" in said
