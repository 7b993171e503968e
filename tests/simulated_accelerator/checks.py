"""What the simulated devices promise: run by ``tests/engine/devices/test_simulated_accelerator.py`` in a process of its
own, since they are registered for the whole process."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from simulated_accelerator import LEDGER, Device, Simulated, adapt, install

install()
adapt()


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Devices without limits, counting from zero."""
    LEDGER.devices[:] = [Device(), Device()]
    LEDGER.reset()
    yield
    LEDGER.devices[:] = [Device(), Device()]


def test_values_are_those_of_the_cpu() -> None:
    x, w = torch.randn(3, 8), torch.randn(5, 8)
    there = F.linear(x.to("sim:1"), w.to("sim:1")).softmax(-1)
    assert there.device == torch.device("sim", 1) and isinstance(there, Simulated)
    assert torch.equal(there.cpu(), F.linear(x, w).softmax(-1))


def test_fingerprints_are_those_of_the_cpu() -> None:
    """A tensor is compared on its device with what was read on the host."""
    from engine.numerics.fingerprint import fingerprint

    for size in (3, 70_001, 40 * (1 << 16) + 5):
        x = torch.arange(size, dtype=torch.float32)
        assert fingerprint(x.to("sim:1")) == fingerprint(x)


def test_tensors_of_other_devices_are_refused() -> None:
    here, first, second = torch.ones(3), torch.ones(3, device="sim:0"), torch.ones(3, device="sim:1")
    for other in (here, first):
        with pytest.raises(RuntimeError, match="same device"):
            second + other
        with pytest.raises(RuntimeError, match="same device"):
            torch.stack([second, other])
    assert float((second + torch.tensor(2.0)).sum()) == 9.0, "a single number of the host may be added"
    assert second[torch.tensor([0, 2])].shape == (2,), "indices may come from the host"
    with pytest.raises(RuntimeError, match="same device"):
        second.index_select(0, torch.tensor([0, 2]))


def test_numpy_is_refused() -> None:
    with pytest.raises(TypeError, match="to numpy"):
        torch.ones(3, device="sim").numpy()


def test_copies_between_the_devices() -> None:
    x = torch.randn(4, device="sim:0")
    assert x.to("sim:1").device.index == 1 and torch.equal(x.to("sim:1").cpu(), x.cpu())
    assert torch.empty(4, device="sim:1").copy_(x).tolist() == x.tolist()


def test_a_module_moves_and_learns_on_the_second_device() -> None:
    layer = torch.nn.Linear(4, 2)
    weight = layer.weight
    here = copy.deepcopy(layer)
    layer.to("sim:1")
    assert layer.weight is weight, "optimizers that know a parameter go on knowing it"
    x = torch.randn(3, 4)
    for module, inputs in ((layer, x.to("sim:1")), (here, x)):
        module(inputs).square().sum().backward()
    assert torch.equal(layer.weight.grad.cpu(), here.weight.grad)  # type: ignore[union-attr]


def test_a_parameter_takes_other_data() -> None:
    parameter = torch.nn.Parameter(torch.ones(3, device="sim"))
    parameter.data = torch.zeros(3, device="sim")
    assert parameter.sum().item() == 0.0 and parameter.requires_grad
    parameter.data = torch.ones(3, dtype=torch.bfloat16, device="sim")
    assert parameter.dtype == torch.bfloat16 and parameter.requires_grad and isinstance(parameter, torch.nn.Parameter)


def test_generators_belong_to_a_device() -> None:
    there, here = torch.Generator(device="sim:1").manual_seed(3), torch.Generator().manual_seed(3)
    assert isinstance(there, torch.Generator) and isinstance(here, torch.Generator)
    assert there.device == torch.device("sim", 1)
    state = there.get_state()
    drawn = torch.rand(5, device="sim:1", generator=there)
    assert torch.equal(drawn.cpu(), torch.rand(5, generator=here)), "the same numbers as on the CPU"
    there.set_state(state)
    assert torch.equal(torch.rand(5, device="sim:1", generator=there).cpu(), drawn.cpu())
    for wrong in (here, torch.Generator(device="sim:0")):
        with pytest.raises(RuntimeError, match="generator"):
            torch.rand(5, device="sim:1", generator=wrong)


def test_the_state_of_the_default_generators() -> None:
    state = torch.sim.get_rng_state(1)  # type: ignore[attr-defined]
    first = torch.rand(3, device="sim:1")
    torch.sim.set_rng_state(state, 1)  # type: ignore[attr-defined]
    assert torch.equal(torch.rand(3, device="sim:1").cpu(), first.cpu())


def test_autocast() -> None:
    x = torch.randn(4, 4, device="sim", requires_grad=True)
    with torch.autocast("sim", dtype=torch.bfloat16):
        product = x @ x
        assert product.dtype == torch.bfloat16
        assert product.softmax(-1).dtype == torch.float32
        with torch.autocast("sim", enabled=False):
            assert (x @ x).dtype == torch.float32
    product.float().sum().backward()
    assert x.grad is not None and x.grad.dtype == torch.float32


def test_attention_is_that_of_the_cpu_to_the_bit() -> None:
    found = []
    for device in ("cpu", "sim:1"):
        generator = torch.Generator().manual_seed(0)
        query = torch.randn(1, 4, 8, 16, generator=generator).to(device).requires_grad_()
        keys = torch.randn(1, 2, 8, 16, generator=generator).to(device).requires_grad_()
        output = F.scaled_dot_product_attention(query, keys, keys, is_causal=True, enable_gqa=True)
        output.square().sum().backward()
        found.append([tensor.detach().cpu() for tensor in (output, query.grad, keys.grad) if tensor is not None])
    assert len(found[0]) == 3 and all(torch.equal(one, other) for one, other in zip(*found, strict=True))
    with pytest.raises(RuntimeError, match="same device"):
        F.scaled_dot_product_attention(query, keys, keys.cpu())


def test_streams_and_events_do_nothing() -> None:
    module = torch.sim  # type: ignore[attr-defined]
    stream, event = module.Stream(), module.Event()
    with module.stream(stream):
        event.record(stream)
    module.current_stream().wait_event(event)
    stream.wait_stream(module.current_stream())
    assert event.query() and stream.query()
    torch.accelerator.synchronize("sim:1")
    assert LEDGER.totals["synchronize"] == 1


def test_pinned_memory() -> None:
    x = torch.ones(3)
    assert not x.is_pinned() and x.pin_memory().is_pinned()
    with pytest.raises(RuntimeError, match="pin"):
        x.to("sim").pin_memory()


def test_bytes_alive_and_their_peak_by_device() -> None:
    second = LEDGER.devices[1]
    before = second.alive
    x = torch.zeros(1000, device="sim:1")
    y = x * 2
    assert second.alive - before == 8000
    assert x.view(10, 100)[3:].device == x.device and second.alive - before == 8000, "views take nothing"
    del x, y
    assert second.alive == before and second.peak >= before + 8000
    assert LEDGER.devices[0].peak == LEDGER.devices[0].alive, "the other device knows nothing of it"


def test_the_limit() -> None:
    LEDGER.devices[1].limit = LEDGER.devices[1].alive + 10_000
    kept = torch.zeros(2000, device="sim:1")
    with pytest.raises(torch.OutOfMemoryError):
        torch.zeros(1000, device="sim:1")
    del kept
    torch.zeros(1000, device="sim:1")


def test_waits_and_copies_are_counted() -> None:
    x = torch.arange(6.0).to("sim")
    LEDGER.reset()
    y = (x + 1).view(2, 3)
    assert LEDGER.totals == {"launch": 1}, "views start no kernel, and nobody waits"
    float(y[0, 0]), y.tolist(), bool((y > 0).all()), y.nonzero(), y[y > 2]
    assert LEDGER.totals["sync"] == 5
    y.cpu()
    assert LEDGER.totals["sync"] == 6 and LEDGER.totals["to host, bytes"] == 24
    y.to("cpu", non_blocking=True)
    assert LEDGER.totals["sync"] == 6
    assert LEDGER.lines("sync") == {"outside": 6}


def test_what_a_device_lacks() -> None:
    LEDGER.devices[1] = Device(lacks=frozenset(("float64", "linalg_qr")))
    x = torch.eye(3, device="sim:1")
    with pytest.raises(TypeError, match="float64"):
        x.double()
    with pytest.raises(NotImplementedError, match="linalg_qr"):
        torch.linalg.qr(x)
    assert torch.linalg.qr(torch.eye(3, device="sim:0"))[0].device.index == 0


def test_the_engine_asks_it_by_the_names_of_cuda() -> None:
    from engine import devices

    second = torch.device("sim", 1)
    LEDGER.devices[1] = Device("Simulated card", 1000, lacks=frozenset(("float64",)), has_bf16=False)
    x = torch.zeros(25, device=second)
    assert devices.info(second) == {"device": "sim:1", "name": "Simulated card", "memory": 1000}
    assert devices.allocated(second) == devices.peak_allocated(second) == 100 and devices.free_memory(second) == 900
    del x
    assert devices.peak_allocated(second) == 100
    devices.reset_peak(second)
    assert devices.peak_allocated(second) == 0
    assert devices.available()["sim"] == 2 and devices.is_accelerator(second)
    assert devices.default() == devices.whole("sim") == torch.device("sim", 0)
    assert not devices.has_bfloat16(second) and devices.has_bfloat16(torch.device("sim", 0))
    assert not devices.has_float64(second) and devices.has_float64(torch.device("sim", 0))
    assert devices.training_dtype(torch.device("sim", 0)) == torch.bfloat16
    assert devices.training_dtype(second) == torch.float32, "emulated units count as none"
    assert not devices.has_bitsandbytes(second)
    with devices.current(second):
        assert torch.sim.current_device() == 1  # type: ignore[attr-defined]
    assert torch.sim.current_device() == 0  # type: ignore[attr-defined]


def test_a_training_is_on_the_device_that_was_chosen() -> None:
    from types import SimpleNamespace

    from engine.training.loop import _accelerator

    settings = SimpleNamespace(batch_size=2, mixed_precision="auto")
    for name, word in (("sim:1", "bf16"), ("sim:0", "bf16"), ("cpu", "no"), ("sim:1", "bf16")):
        accelerator = _accelerator(settings, torch.device(name))  # type: ignore[arg-type]
        assert accelerator.device == torch.device(name) and accelerator.mixed_precision == word


@pytest.mark.parametrize("name", ["IQ2_XS", "IQ3_S", "Q2_K"])
def test_gptq_into_blocks_is_that_of_the_cpu(name: str) -> None:
    """And what waits for the device does not grow with the columns."""
    from engine.numerics.ggml.gptq import gptq
    from engine.numerics.ggml.layouts import FORMATS

    generator = torch.Generator().manual_seed(0)
    weight, inputs = torch.randn(16, 512, generator=generator), torch.randn(1024, 512, generator=generator)
    gram = inputs.T @ inputs
    here = gptq(weight, gram.clone(), FORMATS[name], damping=0.1)
    waits = []
    for columns in (256, 512):
        there = weight[:, :columns].contiguous().to("sim"), gram[:columns, :columns].clone().to("sim")
        LEDGER.reset()
        found = gptq(*there, FORMATS[name], damping=0.1)
        waits.append(LEDGER.totals["sync"])
    assert found.quantized.codes.device.type == "sim"
    assert (found.quantized.codes.cpu() == here.quantized.codes).float().mean() > 0.99
    assert found.error == pytest.approx(here.error, rel=1e-3)
    assert waits[0] == waits[1]


def test_an_encoder_decoder_is_calibrated_as_on_the_cpu(tmp_path: Path) -> None:
    """Which linears read the same tensor is found by running: a device need not say where its tensors lie."""
    from engine.calibration.statistics import Gram
    from engine.calibration.walk import walk
    from engine.models.source import open_model
    from engine.testing.models import tiny_model
    from engine.testing.stage import RecordingStage

    source, tokens = tiny_model("bart", tmp_path / "model"), torch.arange(60).view(3, 20) * 7 % 250
    found: dict[str, dict[str, torch.Tensor]] = {}
    for device in ("cpu", "sim:1"):
        stage, seen = RecordingStage(tmp_path / device[:3], device=device), found.setdefault(device, {})
        for step in walk(open_model(source), stage, tokens.to(device), batch=2):
            step.compress(
                functools.partial(Gram, device=device),
                lambda group, seen=seen: seen.update({x.name: group.statistic.matrix().cpu() for x in group.linears}),
            )
    assert len(found["cpu"]) == 32
    assert all(torch.equal(gram, found["sim:1"][name]) for name, gram in found["cpu"].items())
