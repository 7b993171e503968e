"""Asymmetric calibration (GPTAQ): the target is the least-squares one, the inputs are those of the original."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.calibration.asymmetric import GramAndDrift, OriginalLayers, calibrate_asymmetric
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup
from engine.methods.quantization.common.asymmetric import AsymmetricSolver
from engine.methods.registry import method
from engine.models.layerwise import Stored
from engine.models.source import open_model
from engine.numerics.quantization.gptaq import asymmetric_target
from engine.testing.models import DECODERS, IRREGULAR
from engine.testing.stage import Killed, RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
TOKENS = torch.arange(6 * 20).view(6, 20) * 7 % 250
COMMON: dict[str, Any] = {"text": TEXT, "num_samples": 8, "sequence_length": 32, "gptaq_alpha": 0.5}
MOVING = [("gptq", "llama"), ("gptq", "qwen3_moe"), ("gptq", "bart"), ("gguf_quants", "llama"), ("spinquant", "llama")]
"""Methods and architectures whose weights it moves."""
SETTINGS: dict[str, dict[str, Any]] = {
    "gptq": {**COMMON, "format": "int3", "group_size": 32},
    "gguf_quants": {**COMMON, "type": "Q4_0"},
    "spinquant": {**COMMON, "rotation": "hadamard"},
}


def test_the_target_is_the_solution_of_least_squares() -> None:
    generator = torch.Generator().manual_seed(0)
    original = torch.randn(12, 200, generator=generator)
    now = original + 0.3 * torch.randn(12, 200, generator=generator)
    weight = torch.randn(5, 12, generator=generator)
    gram, drift = now @ now.T, (original - now) @ now.T
    solved = torch.linalg.lstsq(now.T.double(), (weight @ original).T.double()).solution.T
    whole = asymmetric_target(weight, gram, drift, 1e-7, 1.0)
    assert torch.allclose(whole.double(), solved, atol=1e-4)
    half = asymmetric_target(weight, gram, drift, 1e-7, 0.5)
    assert torch.allclose(half, (weight + whole) / 2, atol=1e-5)
    damped = asymmetric_target(weight, gram, drift, 0.5, 1.0)
    hessian = gram.double() + 0.5 * gram.double().diagonal().mean() * torch.eye(12, dtype=torch.float64)
    expected = weight.double() + torch.linalg.solve(hessian, (weight.double() @ drift.double()).T).T
    assert torch.allclose(damped.double(), expected, atol=1e-5)


def test_without_drift_or_inputs_the_weight_is_the_target() -> None:
    weight, nothing = torch.randn(3, 4), torch.zeros(4, 4)
    assert torch.equal(asymmetric_target(weight, torch.eye(4), nothing, 0.1, 1.0), weight)
    assert torch.equal(asymmetric_target(weight, nothing, torch.eye(4), 0.1, 1.0), weight)


def inputs_of(folder: Path) -> dict[str, torch.Tensor]:
    """What reaches each linear in the whole model, (tokens, features) by name."""
    model = open_model(folder).load(dtype=torch.float32)
    received: dict[str, list[torch.Tensor]] = {}

    def listener(name: str) -> Callable[..., None]:
        def listen(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            received.setdefault(name, []).append(arguments[0].flatten(0, -2))

        return listen

    for linear in model.anatomy.linears:
        model.get(linear.name).register_forward_pre_hook(listener(linear.name))
    with torch.no_grad():
        for batch in TOKENS.split(2):
            model.module(input_ids=batch)
    return {name: torch.cat(each) for name, each in received.items()}


@pytest.mark.parametrize("kind", [*DECODERS, "bert", *IRREGULAR])
def test_kept_inputs_equal_those_of_the_whole_model(
    kind: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = inputs_of(tiny(kind))
    model = open_model(tiny(kind))
    received: dict[str, torch.Tensor] = {}

    def watched(first: Linear, inputs: dict[str, list[Stored]], device: torch.device) -> Gram:
        if first.name in inputs:
            received[first.name] = torch.cat([batch.get().flatten(0, -2) for batch in inputs[first.name]])
        return statistic(first, inputs, device)

    def damage(group: InputGroup[Gram]) -> None:
        for linear in group.linears:
            for parameter in model.get(linear.name).parameters():
                parameter.data.mul_(0.5)

    statistic = OriginalLayers._statistic
    monkeypatch.setattr(OriginalLayers, "_statistic", staticmethod(watched))
    targets = {linear.name for linear in model.anatomy.linears}
    calibrate_asymmetric(model, RecordingStage(tmp_path), TOKENS, on_group=damage, targets=targets, batch=2)
    assert any(name.startswith(model.anatomy.layers[-1].name) for name in received)
    assert not any(".experts." in name for name in received)
    for name, inputs in received.items():
        assert torch.allclose(inputs, expected[name], atol=1e-5), name


def test_drift_is_the_moment_of_the_change_and_of_the_inputs() -> None:
    x, original = torch.randn(2, 3, 5, 4).unbind()
    statistic = GramAndDrift(4, original=iter(original))
    for batch in x:
        statistic.add(batch)
    x, original = x.flatten(0, 1), original.flatten(0, 1)
    assert statistic.drift is not None
    assert torch.allclose(statistic.drift, (original - x).T @ x, atol=1e-5)
    assert torch.allclose(statistic.matrix(), x.T @ x, atol=1e-5)
    assert GramAndDrift(4).drift is None


def test_without_a_change_there_is_no_drift() -> None:
    """To the bit, also where inputs of the original are held in half of the bytes."""
    x = torch.randn(7, 4)
    statistic = GramAndDrift(4, original=iter([x.bfloat16()]))
    statistic.add(x)
    assert statistic.drift is not None and not statistic.drift.any()


@pytest.mark.parametrize(("method_id", "kind"), MOVING)
def test_weights_move_and_keep_their_format(method_id: str, kind: str, tiny: Tiny, tmp_path: Path) -> None:
    files = []
    for alpha in (0.0, 0.5):
        settings = {**SETTINGS[method_id], "gptaq_alpha": alpha}
        compress(tiny(kind), method_id, settings, tmp_path / str(alpha))
        folder = tmp_path / str(alpha) / "artifact"
        files.append({path.name: path.read_bytes() for path in sorted(folder.glob("*.safetensors"))})
    assert files[0].keys() == files[1].keys() and files[0] != files[1]
    assert all(len(files[0][name]) == len(files[1][name]) for name in files[0])


@pytest.mark.parametrize("kill_at", [1, 2, 3])
@pytest.mark.parametrize("method_id", list(SETTINGS))
def test_a_killed_run_leaves_the_same_bytes(method_id: str, kill_at: int, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), method_id, SETTINGS[method_id], tmp_path / "whole")
    with pytest.raises(Killed):
        compress(tiny("llama"), method_id, SETTINGS[method_id], tmp_path / "killed", kill_at=kill_at)
    compress(tiny("llama"), method_id, SETTINGS[method_id], tmp_path / "killed")
    for path in (tmp_path / "whole" / "artifact").glob("*.safetensors"):
        assert path.read_bytes() == (tmp_path / "killed" / "artifact" / path.name).read_bytes()


@pytest.mark.parametrize("method_id", list(SETTINGS))
def test_the_estimate_has_the_original(method_id: str, tiny: Tiny) -> None:
    model = open_model(tiny("llama"))
    info = method(method_id)
    estimates = [
        info.load().estimate(
            model.header,
            model.anatomy,
            info.settings.parse({**SETTINGS[method_id], "num_samples": 4096, "gptaq_alpha": alpha}),
            torch.device("cpu"),
        )
        for alpha in (0.0, 0.5)
    ]
    assert estimates[1].memory_bytes > estimates[0].memory_bytes
    assert (estimates[1].seconds or 0) > (estimates[0].seconds or 0) > 0
    assert estimates[1].disk_bytes == estimates[0].disk_bytes


def test_refine_solves_toward_the_original_inputs_too(tiny: Tiny, tmp_path: Path) -> None:
    """In the same format and bytes, with other codes; killed while it trains, it goes on with what was solved."""
    compress(tiny("llama"), "round_to_nearest", {"format": "int3", "group_size": 32}, tmp_path / "nearest")
    settings = {"text": TEXT, "sequence_length": 32, "steps": 2, "eval_samples": 2, "learning_rate": 1e-9}

    def refined(name: str, alpha: float, **more: Any) -> dict[str, torch.Tensor]:
        compress(
            tmp_path / "nearest" / "artifact",
            "refine",
            {**settings, "gptaq_alpha": alpha},
            tmp_path / name,
            inputs={"teacher": open_model(tiny("llama"))},
            **more,
        )
        model = open_model(tmp_path / name / "artifact").load()
        return {f"{x}.{key}": t for x, m in model.compressed().items() for key, t in m.packed_tensors().items()}

    plain, asymmetric = refined("plain", 0.0), refined("asymmetric", 0.5)
    assert plain.keys() == asymmetric.keys()
    assert all(plain[key].shape == asymmetric[key].shape for key in plain)
    assert any(not torch.equal(plain[key], asymmetric[key]) for key in plain)
    with pytest.raises(Killed):
        refined("killed", 0.5, kill_at=1)
    again = refined("killed", 0.5)
    assert all(torch.equal(asymmetric[key], again[key]) for key in again)


@pytest.mark.parametrize("rotation", ["hadamard", "orthogonal", "none"])
def test_the_original_of_spinquant_is_rotated_alike(
    rotation: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 8-bit weights and inputs that are not rounded, nearly the same reaches the linears."""
    shares: dict[str, float] = {}
    solve = AsymmetricSolver.solve

    def watched(self: AsymmetricSolver, group: InputGroup[Gram]) -> None:
        assert isinstance(group.statistic, GramAndDrift) and group.statistic.drift is not None
        shares[group.linears[0].name] = float(group.statistic.drift.norm() / group.statistic.matrix().norm())
        solve(self, group)

    monkeypatch.setattr(AsymmetricSolver, "solve", watched)
    settings = {**COMMON, "rotation": rotation, "format": "int8", "activation_bits": 16, "kv_bits": 16}
    compress(tiny("llama"), "spinquant", settings, tmp_path)
    assert len(shares) == 8, "four input groups of two layers"
    assert all(share < 0.02 for share in shares.values())
    assert shares["model.layers.0.self_attn.q_proj"] == 0 < shares["model.layers.1.self_attn.q_proj"]
