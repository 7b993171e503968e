"""What is on the device at a time: run in a process of its own, as ``checks.py`` is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import resources
from engine.measure.costs import measuring_bytes
from engine.measure.evaluate import Measurement, evaluate
from engine.methods.registry import method
from engine.models.layerwise import HiddenStates, TensorStore
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules import CompressedModule
from engine.numerics.fingerprint import fingerprint
from engine.testing.models import tiny_model
from engine.testing.stage import compress, logits
from simulated_accelerator import LEDGER, Device, adapt, install
from tests.engine.methods.test_matrix import SETTINGS

install()
adapt()
SIM = torch.device("sim:1")
WANDA = {"score": "wanda", "num_samples": 24, "sequence_length": 64, "compute_dtype": "float32"}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Devices without limits, counting from zero."""
    LEDGER.devices[:] = [Device(), Device()]
    LEDGER.reset()
    yield
    LEDGER.devices[:] = [Device(), Device()]


def measure(folder: Path, reference: Path | None, device: torch.device | str, **options: Any) -> Measurement:
    return evaluate(
        open_model(folder),
        text="sample",
        window=64,
        windows=4,
        reference=None if reference is None else open_model(reference),
        speed=False,
        device=device,
        progress=lambda fraction, text: None,
        checkpoint=lambda: None,
        **options,
    )


def test_a_shelf_keeps_on_the_device_what_it_has_room_for() -> None:
    shelf = TensorStore(SIM, room=2 * 4 * 6)
    states = HiddenStates(shelf, (torch.full((1, 2, 3), float(number), device=SIM) for number in range(4)))
    assert LEDGER.devices[1].alive == 2 * 4 * 6, "two of four"
    assert [float(state.mean()) for state in states] == [0.0, 1.0, 2.0, 3.0]
    assert all(state.device == SIM for state in states)
    states[3] = torch.full((1, 2, 3), 7.0, device=SIM)
    before = states.copy()
    states[0] = torch.full((1, 2, 3), 8.0, device=SIM)
    assert [float(state.mean()) for state in (*before, *states)] == [0.0, 1.0, 2.0, 7.0, 8.0, 1.0, 2.0, 7.0]
    del states, before
    assert LEDGER.devices[1].alive == 0 and shelf.room == 2 * 4 * 6


def test_hidden_states_that_do_not_fit_are_on_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bits, in less memory."""
    source = tiny_model("llama", tmp_path / "model")
    found = []
    for name, share in (("device", 4), ("host", 1 << 60)):
        monkeypatch.setattr("engine.models.layerwise.STORE_SHARE", share)
        LEDGER.reset()
        compress(source, "one_shot_pruning", WANDA, tmp_path / name, device="sim:1")
        found.append((LEDGER.devices[1].peak, logits(tmp_path / name / "artifact")))
    (much, expected), (little, same) = found
    assert torch.equal(expected, same)
    states = 24 * 64 * 64 * 4
    assert much - little > 2 * states, "hidden states before and behind a layer"


def test_measuring_holds_one_layer_of_one_model(tmp_path: Path) -> None:
    source = tiny_model("llama_untied", tmp_path / "model")
    other = tiny_model("llama_untied", tmp_path / "other", seed=1)
    on_cpu = measure(other, source, "cpu")
    LEDGER.reset()
    found = measure(other, source, SIM)
    assert found.metrics == pytest.approx(on_cpu.metrics, rel=1e-6)
    weights = (source / "model.safetensors").stat().st_size
    states = 2 * 4 * 64 * 64 * 4
    working = 8 * 64 * 260 * 4  # logits of a window, some copies
    assert LEDGER.devices[1].peak < weights + states + working, "both models together are twice as large"
    assert LEDGER.devices[1].alive < 256, "but for rotary frequencies, which no file holds"


def test_measuring_computes_in_what_weights_are_stored_in(tmp_path: Path) -> None:
    """And in float32 on request, or where the units are not there."""
    source = tiny_model("llama", tmp_path / "model", dtype=torch.bfloat16)
    exact = measure(source, None, "cpu")
    fast = measure(source, None, SIM)
    asked = measure(source, None, SIM, dtype="float32")
    LEDGER.devices[1].has_bf16 = False
    emulated = measure(source, None, SIM)
    assert [each.protocol["dtype"] for each in (exact, fast, asked, emulated)] == ["float32", "bfloat16"] + 2 * [
        "float32"
    ]
    assert asked.metrics == emulated.metrics == pytest.approx(exact.metrics, rel=1e-6)
    assert 0 < abs(fast.metrics["loss"] - exact.metrics["loss"]) < 0.05


@pytest.mark.parametrize("method_id", ["lr_qat", "onebit"])
@pytest.mark.parametrize("native", [True, False])
def test_teachers_are_held_in_bfloat16(
    method_id: str, native: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In what they are stored in where that is emulated."""
    source = tiny_model("llama", tmp_path / "model")
    LEDGER.devices[1].has_bf16 = native
    held: list[torch.dtype] = []
    ready = Model.ready

    def looking(model: Model, dtype: torch.dtype, device: torch.device) -> Model:
        made = ready(model, dtype, device)
        held.extend({tensor.dtype for tensor in made.module.parameters()})
        return made

    monkeypatch.setattr(Model, "ready", looking)
    compress(source, method_id, {**SETTINGS[method_id], "steps": 1}, tmp_path / "out", device="sim:1")
    assert held == [torch.bfloat16 if native else torch.float32]


def test_packed_layers_beside_adapters_are_unpacked_to_16_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tiny_model("llama", tmp_path / "model")
    compress(source, "round_to_nearest", {"format": "int4", "group_size": 32, "clip": "absmax"}, tmp_path / "packed")
    found: set[torch.dtype] = set()
    cache = CompressedModule.cache_dense_weight

    def looking(module: CompressedModule, dtype: torch.dtype | None) -> None:
        found.update({dtype} - {None})
        cache(module, dtype)

    monkeypatch.setattr(CompressedModule, "cache_dense_weight", looking)
    settings = {**SETTINGS["lora"], "steps": 1, "result": "adapter"}
    compress(tmp_path / "packed" / "artifact", "lora", settings, tmp_path / "out", device="sim:1")
    assert found == {torch.bfloat16}


@pytest.mark.parametrize(
    ("method_id", "settings"),
    [
        ("round_to_nearest", {"clip": "absmax"}),
        ("one_shot_pruning", {"num_samples": 1, "sequence_length": 32}),
        ("depth_pruning", {"num_samples": 4, "sequence_length": 512}),
    ],
)
def test_methods_take_what_they_estimate(method_id: str, settings: dict[str, Any], tmp_path: Path) -> None:
    """Of all methods: ``tests/benchmarks/estimates.py``."""
    source = resources.path("sample", "model")
    fingerprint(torch.zeros(1 << 17, device=SIM))  # its tables stay
    info, model = method(method_id), open_model(source)
    promised = info.load().estimate(model.header, model.anatomy, info.settings.parse(settings), SIM).memory_bytes
    LEDGER.reset()
    before = LEDGER.devices[1].alive
    compress(source, method_id, settings, tmp_path, device="sim:1")
    assert LEDGER.devices[1].peak - before == pytest.approx(promised, rel=0.15)


@pytest.mark.parametrize("compared", [True, False])
def test_measuring_takes_what_the_plan_says(compared: bool) -> None:
    """Weights, hidden states and logits of the sample model, in short windows."""
    source, window, windows = resources.path("sample", "model"), 64, 2
    model = open_model(source)
    headers = (model.structure, model.anatomy)
    promised = measuring_bytes(headers, headers if compared else None, window, windows, SIM)
    evaluate(
        open_model(source),
        text="sample",
        window=window,
        windows=windows,
        reference=open_model(source) if compared else None,
        speed=False,
        device=SIM,
        progress=lambda fraction, text: None,
        checkpoint=lambda: None,
    )
    assert LEDGER.devices[1].peak == pytest.approx(promised, rel=0.15)


def test_a_decomposition_holds_no_copy_of_its_metric() -> None:
    """The Gram matrix of a wide layer is the largest tensor of a model of 13 billion: 0.76 GB in float32. Checked and
    doubled whole it took five times that beside itself."""
    from engine.numerics import svd

    weight, inputs = torch.randn(100, 1200), torch.randn(2400, 1200)
    gram = inputs.T @ inputs
    there = weight.to("sim:0"), gram.to("sim:0")
    LEDGER.reset()
    before = LEDGER.devices[0].peak
    found = svd.decompose(*there)
    assert LEDGER.devices[0].peak - before < 1.5 * 4 * gram.numel()
    torch.testing.assert_close(found.values.cpu(), svd.decompose(weight, gram).values)
