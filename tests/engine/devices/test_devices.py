"""What is known of devices that are not here: their modules are stood in for."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from engine import devices
from engine.run.environment import pick_device

CUDA = torch.device("cuda", 1)
MPS = torch.device("mps", 0)


def card(capability: tuple[int, int], *, native: bool) -> SimpleNamespace:
    """A card of NVIDIA: torch says that all of them have bfloat16, if emulated units count."""
    return SimpleNamespace(
        device=lambda device: nullcontext(),
        is_bf16_supported=lambda including_emulation=True: including_emulation or native,
        get_device_capability=lambda device: capability,
        get_device_properties=lambda device: SimpleNamespace(name="Card", total_memory=100),
        mem_get_info=lambda device: (40, 100),
        memory_reserved=lambda device: 30,
        memory_allocated=lambda device: 20,
        max_memory_allocated=lambda device: 25,
    )


@pytest.mark.parametrize(
    ("capability", "native", "wanted"),
    [((9, 0), True, torch.bfloat16), ((7, 5), False, torch.float16), ((6, 1), False, torch.float32)],
    ids=["Hopper", "Turing", "Pascal"],
)
def test_a_training_computes_in_what_the_units_compute_in(
    capability: tuple[int, int], native: bool, wanted: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_device_module", lambda device: card(capability, native=native))
    assert devices.has_bfloat16(CUDA) == native
    assert devices.training_dtype(CUDA) == wanted


def test_memory_that_torch_keeps_for_reuse_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_device_module", lambda device: card((9, 0), native=True))
    assert devices.free_memory(CUDA) == 50 and devices.total_memory(CUDA) == 100
    assert devices.allocated(CUDA) == 20 and devices.peak_allocated(CUDA) == 25
    assert devices.info(CUDA) == {"device": "cuda:1", "name": "Card", "memory": 100}


def test_mps_has_other_words_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[Any] = []
    module = SimpleNamespace(
        recommended_max_memory=lambda: 100,
        driver_allocated_memory=lambda: 30,
        current_allocated_memory=lambda: 20,
        synchronize=lambda *device: waited.append(device),
    )
    monkeypatch.setattr(torch, "get_device_module", lambda device: module)
    monkeypatch.setattr(torch.backends.mps, "get_name", lambda: "Apple M1 Pro", raising=False)
    monkeypatch.setattr(torch.backends.mps, "is_macos_or_newer", lambda *version: True)
    assert devices.info("mps") == {"device": "mps:0", "name": "Apple M1 Pro", "memory": 100}
    assert devices.free_memory(MPS) == 70 and devices.allocated(MPS) == 20 and devices.peak_allocated(MPS) is None
    devices.synchronize(MPS)
    devices.reset_peak(MPS)
    with devices.current(MPS):
        assert waited == [()]
    assert not devices.has_bfloat16(MPS) and devices.training_dtype(MPS) == torch.float32
    monkeypatch.setattr(torch.backends.mps, "get_name", lambda: "Apple M3", raising=False)
    assert devices.training_dtype(MPS) == torch.bfloat16


def test_the_cpu() -> None:
    info = devices.info("cpu")
    assert info["device"] == "cpu" and info["name"] and int(info["memory"]) > 10**8
    assert info["threads"] == torch.get_num_threads()
    assert not devices.is_accelerator(devices.CPU) and devices.allocated(devices.CPU) is None
    assert devices.training_dtype(devices.CPU) == devices.frozen_dtype(devices.CPU) == torch.float32
    assert devices.has_float64(devices.CPU) and not devices.has_bitsandbytes(devices.CPU)
    devices.synchronize(devices.CPU)
    with devices.current(devices.CPU):
        assert 0 < devices.free_memory(devices.CPU) <= devices.total_memory(devices.CPU)


@pytest.mark.parametrize(
    ("here", "chosen"),
    [({"cpu": 1}, "cpu"), ({"cpu": 1, "mps": 1}, "mps:0"), ({"cpu": 1, "xpu": 2, "mps": 1}, "xpu:0")],
)
def test_the_first_accelerator_is_the_default(
    here: dict[str, int], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one without float64, as on Apple silicon: what needs that is computed on the host."""
    monkeypatch.setattr(devices, "available", lambda: here)
    monkeypatch.delenv("COMPRESSION_STUDIO_DEVICE", raising=False)
    assert pick_device() == devices.default() == torch.device(chosen)


def test_the_number_belongs_to_a_device() -> None:
    assert devices.whole("cuda") == torch.device("cuda", 0) and devices.whole("xpu:2") == torch.device("xpu", 2)
    assert devices.whole("cpu") == torch.device("cpu")
