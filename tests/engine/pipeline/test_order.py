"""The order of methods: what the studio says while one drags, and that the engine does as it says."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.settings import Settings
from engine.methods.base import MethodInfo
from engine.methods.registry import methods
from engine.pipeline.document import Pipeline
from engine.pipeline.legality import problems
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
TRAINED = ("fine_tuning", "sequence_level_distillation", "logit_distillation", "hidden_state_distillation", "lora")
QUANTIZERS = ("round_to_nearest", "gptq", "nf4", "onebit", "lr_qat")
MASKS = ("lottery_ticket", "one_shot_pruning")
ADAPTER = {"result": "adapter"}
MERGED = {"result": "merged"}


def said(*steps: str | tuple[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """(severity, sentence) of all that is wrong with the order."""
    chain = [(step, {}) if isinstance(step, str) else step for step in steps]
    return [(p.severity, f"{p.message}. {p.advice}") for p in problems(Pipeline.linear([("model", {}), *chain]))]


def severities(*steps: str | tuple[str, dict[str, Any]]) -> list[str]:
    return [severity for severity, _ in said(*steps)]


@pytest.mark.parametrize("later", TRAINED[1:])
@pytest.mark.parametrize("earlier", [info.id for info in methods().values() if not info.is_source])
def test_recovery_may_follow_anything(earlier: str, later: str) -> None:
    assert severities(earlier, later) == []


@pytest.mark.parametrize("later", ["sheared_llama", "width_pruning", "lottery_ticket"])
@pytest.mark.parametrize("earlier", [*QUANTIZERS, "spinquant", "svd", "linformer", ("lora", ADAPTER), "qlora"])
def test_shapes_and_masks_come_before_what_has_no_dense_weights(earlier: Any, later: str) -> None:
    ((severity, sentence),) = said(earlier, later)
    assert severity == "error" and "can't come after" in sentence


@pytest.mark.parametrize("later", ["sheared_llama", "width_pruning", "lottery_ticket", "spinquant"])
@pytest.mark.parametrize(
    "earlier", [("lora", {}), ("lora", MERGED), ("qlora", MERGED), "depth_pruning", "logit_distillation"]
)
def test_merged_adapters_and_other_dense_results_are_in_nobodys_way(earlier: Any, later: str) -> None:
    assert severities(earlier, later) == []


@pytest.mark.parametrize("earlier", [*QUANTIZERS, *MASKS, "svd", ("lora", ADAPTER), "qlora"])
def test_a_rotation_comes_before_what_it_would_destroy(earlier: Any) -> None:
    assert severities(earlier, "spinquant") == ["error"]


@pytest.mark.parametrize("earlier", ["sheared_llama", "depth_pruning", "width_pruning", "linformer"])
def test_a_rotation_may_follow_other_shapes(earlier: str) -> None:
    assert severities(earlier, "spinquant") == []


@pytest.mark.parametrize("later", [*QUANTIZERS, "svd", "one_shot_pruning", "linformer"])
@pytest.mark.parametrize("earlier", [*QUANTIZERS, "spinquant"])
def test_what_is_quantized_already_is_warned_of(earlier: str, later: str) -> None:
    ((severity, sentence),) = said(earlier, later)
    assert severity == "warning" and "shouldn't come after" in sentence


@pytest.mark.parametrize("earlier", MASKS)
def test_which_quantizers_keep_a_mask(earlier: str) -> None:
    assert severities(earlier, "gptq") == severities(earlier, "round_to_nearest") == severities(earlier, "nf4") == []
    assert severities(earlier, "lr_qat") == severities(earlier, "onebit") == ["warning"]


def test_what_counts_is_what_an_earlier_method_leaves_whoever_wrote_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A factorization that no rule of this program names."""
    tucker = MethodInfo(
        id="tucker",
        title="Tucker",
        family="pruning",
        summary="Of another package.",
        settings=Settings,
        algorithm="tucker:Tucker",
        traits=frozenset({"low_rank"}),
    )
    monkeypatch.setitem(methods(), "tucker", tucker)
    for later in ("spinquant", "sheared_llama", "width_pruning", "one_shot_pruning"):
        ((severity, sentence),) = said("tucker", later)
        assert severity == "error" and "can't come after Tucker" in sentence
    assert severities("tucker", "onebit") == ["warning"]
    assert severities("tucker", "gptq") == []


def test_sixteen_bits_are_in_nobodys_way() -> None:
    half = ("round_to_nearest", {"format": "bfloat16"})
    assert [severities(half, later) for later in ("gptq", "sheared_llama", "svd", "spinquant")] == [[], [], [], []]
    untouched = ("spinquant", {"weight_method": "none", "variant": "no_had", "activation_bits": 16, "kv_bits": 16})
    assert severities(untouched, "gptq") == severities(untouched, "svd") == []
    assert severities(("spinquant", {"weight_method": "none"}), "width_pruning") == ["error"]


def test_every_trait_of_a_rule_is_a_trait_of_a_method() -> None:
    asked = {rule.after for info in methods().values() for rule in info.not_after}
    left = {trait for info in methods().values() for trait in info.traits_of(info.settings())}
    assert asked <= left | {"adapters"} and asked - left == {"adapters"} - left  # adapters are merged by default


def test_all_of_the_lineage_counts_and_nothing_beside_it() -> None:
    assert severities("gptq", "logit_distillation", "sheared_llama") == ["error"]
    assert severities("sheared_llama", "logit_distillation", "spinquant") == []


def test_a_wrong_setting_is_told_once() -> None:
    ((severity, sentence),) = said(("lora", {"result": "elsewhere"}), "sheared_llama")
    assert severity == "error" and "come after" not in sentence


def quick(method_id: str) -> dict[str, Any]:
    """The cheap settings of a method's own tests."""
    path = Path(__file__).parents[1] / "methods" / methods()[method_id].family / f"test_{method_id}.py"
    spec = importlib.util.spec_from_file_location(f"order_{method_id}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.MATRIX_SETTINGS)


REFUSED = [
    ("svd", {}, "spinquant"),
    ("one_shot_pruning", {}, "spinquant"),
    ("lora", ADAPTER, "spinquant"),
    ("lora", ADAPTER, "sheared_llama"),
    ("lora", ADAPTER, "lottery_ticket"),
    ("svd", {}, "lottery_ticket"),
    ("linformer", {}, "lottery_ticket"),
    ("svd", {}, "width_pruning"),
]


@pytest.mark.parametrize(("earlier", "settings", "later"), REFUSED)
def test_what_is_an_error_is_refused_by_the_method_too(
    earlier: str, settings: dict[str, Any], later: str, tiny: Tiny, tmp_path: Path
) -> None:
    """Where only the model tells, for example an artifact of another run."""
    assert "error" in severities((earlier, settings), later)
    compress(tiny("llama"), earlier, {**quick(earlier), **settings}, tmp_path / "first")
    with pytest.raises(BadInput) as caught:
        compress(tmp_path / "first" / "artifact", later, quick(later), tmp_path / "second")
    assert "model.layers.0" in str(caught.value)


TAKEN = [
    ("lora", MERGED, "lottery_ticket"),
    ("lora", MERGED, "spinquant"),
    ("sheared_llama", {}, "onebit"),
    ("depth_pruning", {}, "spinquant"),
    ("svd", {}, "lora"),
    ("spinquant", {}, "lora"),
]


@pytest.mark.parametrize(("earlier", "settings", "later"), TAKEN)
def test_what_is_no_error_works(earlier: str, settings: dict[str, Any], later: str, tiny: Tiny, tmp_path: Path) -> None:
    assert "error" not in severities((earlier, settings), later)
    compress(tiny("llama"), earlier, {**quick(earlier), **settings}, tmp_path / "first")
    compress(tmp_path / "first" / "artifact", later, quick(later), tmp_path / "second")
    assert torch.isfinite(logits(tmp_path / "second" / "artifact")).all()


@pytest.mark.parametrize("later", ["gptq", "round_to_nearest", "nf4"])
def test_zeros_of_a_mask_stay_zeros(later: str, tiny: Tiny, tmp_path: Path) -> None:
    from engine.models.source import open_model

    compress(tiny("llama"), "one_shot_pruning", quick("one_shot_pruning"), tmp_path / "first")
    compress(tmp_path / "first" / "artifact", later, quick(later), tmp_path / "second")
    before, after = open_model(tmp_path / "first" / "artifact"), open_model(tmp_path / "second" / "artifact")
    before.load(), after.load()
    for name, module in before.compressed().items():
        zero = module.dense_weight() == 0
        assert zero.float().mean() > 0.2
        assert (after.get(name).dense_weight()[zero] == 0).all(), name
