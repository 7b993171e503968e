"""GPTQ and the GGUF quants under the KL divergence of the model: beside the objective of the layer's output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.calibration import output_gradients as gradients
from engine.calibration.output_hessians import output_hessians
from engine.methods.registry import method
from engine.models.source import open_model
from engine.numerics.quantization.output_hessian import OutputHessian
from engine.testing.stage import Killed, RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
COMMON: dict[str, Any] = {"text": TEXT, "num_samples": 8, "sequence_length": 32, "objective": "kl"}
SETTINGS: dict[str, dict[str, Any]] = {
    "gptq": {**COMMON, "format": "int3", "group_size": 32},
    "gguf_quants": {**COMMON, "type": "Q4_0"},
}


def codes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "artifact").glob("*.safetensors"))}


@pytest.mark.parametrize(
    ("method_id", "kind"), [("gptq", "llama"), ("gptq", "qwen3_moe"), ("gptq", "gpt2"), ("gguf_quants", "llama")]
)
def test_weights_move_and_keep_their_format(method_id: str, kind: str, tiny: Tiny, tmp_path: Path) -> None:
    both = {
        objective: compress(
            tiny(kind), method_id, {**SETTINGS[method_id], "objective": objective}, tmp_path / objective
        )
        for objective in ("output", "kl")
    }
    assert both["kl"].layers.keys() == both["output"].layers.keys()
    files = [codes(tmp_path / objective) for objective in both]
    assert files[0].keys() == files[1].keys() and files[0] != files[1]
    assert all(len(files[0][name]) == len(files[1][name]) for name in files[0])
    fractions = both["kl"].fractions[: both["kl"].fractions.index(1.0)]  # of the work, before it is stored
    assert fractions == sorted(fractions)


def test_the_solver_gets_the_hessian_of_its_linears(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs: list[list[int]] = []

    class Watched(OutputHessian):
        def __init__(self, blocks: Any, *options: Any) -> None:
            outputs.append([len(block) for block in blocks])
            assert all(torch.equal(block, block.T) for block in blocks)
            super().__init__(blocks, *options)

    monkeypatch.setattr("engine.methods.quantization.common.objective.OutputHessian", Watched)
    stage = compress(tiny("llama"), "gptq", SETTINGS["gptq"], tmp_path)
    anatomy = open_model(tiny("llama")).anatomy
    expected: dict[tuple[int, str], list[int]] = {}
    for layer in anatomy.layers:
        for linear in layer.linears:
            expected.setdefault((layer.index, linear.input_group), []).append(linear.out_features)
    assert outputs == list(expected.values())
    assert not list(stage.folder.glob("output_gradients*"))


@pytest.mark.parametrize(("method_id", "kill_at"), [("gptq", 1), ("gptq", 3), ("gguf_quants", 2)])
def test_a_killed_run_leaves_the_same_bytes(method_id: str, kill_at: int, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), method_id, SETTINGS[method_id], tmp_path / "whole")
    with pytest.raises(Killed):
        compress(tiny("llama"), method_id, SETTINGS[method_id], tmp_path / "killed", kill_at=kill_at)
    compress(tiny("llama"), method_id, SETTINGS[method_id], tmp_path / "killed")
    assert codes(tmp_path / "killed") == codes(tmp_path / "whole")


def test_gradients_are_gathered_once(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that a killed run has stored are read; a damaged file is gathered again."""
    tokens = torch.randint(0, 64, (3, 12), generator=torch.Generator().manual_seed(3))
    model = open_model(tiny("llama"))
    targets = {linear.name for layer in model.anatomy.layers for linear in layer.linears}
    walks: list[int] = []
    walk = gradients.backward_walk

    def counted(*arguments: Any, **options: Any) -> None:
        walks.append(1)
        walk(*arguments, **options)

    monkeypatch.setattr(gradients, "backward_walk", counted)

    def gather() -> torch.Tensor:
        stage = RecordingStage(tmp_path)
        found = output_hessians(model, stage, tokens, targets, batch=1, compute_dtype=torch.float32, span=(0.0, 1.0))
        return found.of(model.anatomy.layers[0].linears[0])

    first = gather()
    assert torch.equal(gather(), first) and len(walks) == 1
    shard = next(tmp_path.rglob("output_hessians-0-1.*-0.safetensors"))
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)
    assert torch.equal(gather(), first) and len(walks) == 2


def test_another_format_reads_what_the_first_has_gathered(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[int] = []
    walk = gradients.backward_walk

    def counted(*arguments: Any, **options: Any) -> None:
        walks.append(1)
        walk(*arguments, **options)

    monkeypatch.setattr(gradients, "backward_walk", counted)
    whole = codes_of_int4(tiny, tmp_path / "alone")
    monkeypatch.setattr(RecordingStage, "cache", property(lambda _: tmp_path / "cache"))
    compress(tiny("llama"), "gptq", SETTINGS["gptq"], tmp_path / "first")
    assert codes_of_int4(tiny, tmp_path / "second") == whole and len(walks) == 2


def codes_of_int4(tiny: Tiny, folder: Path) -> dict[str, bytes]:
    compress(tiny("llama"), "gptq", {**SETTINGS["gptq"], "format": "int4"}, folder)
    return codes(folder)


@pytest.mark.parametrize(("noise", "groups"), [(0.05, 16), (0.2, 8)])
def test_strongly_correlated_outputs_are_rounded_in_more_groups(
    noise: float, groups: int, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested: set[int] = set()

    class Watched(OutputHessian):
        def __init__(self, blocks: Any, groups: int) -> None:
            requested.add(groups)
            super().__init__(blocks, groups)

    monkeypatch.setattr("engine.calibration.output_hessians.noise_share", lambda *_: noise)
    monkeypatch.setattr("engine.methods.quantization.common.objective.OutputHessian", Watched)
    compress(tiny("llama"), "gptq", SETTINGS["gptq"], tmp_path)
    assert requested == {groups}


def test_correlations_that_parts_of_the_text_disagree_about_are_left_out(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all of them are noise the outputs are rounded each by itself."""
    monkeypatch.setattr("engine.calibration.output_hessians.noise_share", lambda *_: 0.96)
    for objective in ("output", "kl"):
        compress(tiny("llama"), "gptq", {**SETTINGS["gptq"], "objective": objective}, tmp_path / objective)
    assert codes(tmp_path / "kl") == codes(tmp_path / "output")


def test_outputs_beyond_the_limit_are_independent(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.calibration.output_hessians.LARGEST", 1)
    for objective in ("output", "kl"):
        compress(tiny("llama"), "gptq", {**SETTINGS["gptq"], "objective": objective}, tmp_path / objective)
    assert codes(tmp_path / "kl") == codes(tmp_path / "output")


@pytest.mark.parametrize("method_id", SETTINGS)
def test_what_is_no_decoder_is_refused(method_id: str, tiny: Tiny, tmp_path: Path) -> None:
    info = method(method_id)
    settings = info.settings.parse(SETTINGS[method_id])
    problems = info.load().check(open_model(tiny("bert")).anatomy, settings)
    assert [x.message for x in problems if x.severity == "error"] == [
        "The objective 'kl' needs a model that predicts the next token: this is an encoder"
    ]
    assert not info.load().check(open_model(tiny("llama")).anatomy, settings)
    with pytest.raises(BadInput):
        compress(tiny("bert"), method_id, SETTINGS[method_id], tmp_path)


@pytest.mark.parametrize("method_id", SETTINGS)
def test_the_estimate_has_the_gradients(method_id: str, tiny: Tiny) -> None:
    model, info = open_model(tiny("llama")), method(method_id)
    found = [
        info.load().estimate(
            model.header,
            model.anatomy,
            info.settings.parse({**SETTINGS[method_id], "objective": objective}),
            torch.device("cpu"),
        )
        for objective in ("output", "kl")
    ]
    assert found[0].disk_bytes == found[1].disk_bytes
    assert found[0].memory_bytes < found[1].memory_bytes
    assert found[0].seconds is not None and found[1].seconds is not None
    assert found[0].seconds < found[1].seconds
