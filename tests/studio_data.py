"""Events and inspections for the tests of the window: really quantized, really trained, really measured; only small."""

from __future__ import annotations

import dataclasses
import functools
import math
import time

import psutil
import torch

from engine.contracts.events import Curve, Event, Grid, Histogram, LayerDone, Memory, Metric
from engine.contracts.inspection import Inspection, LayerStatistics
from engine.contracts.rotation import MatrixStatistics, Place, PlaceStatistics, RotationInspection, Surface
from engine.numerics.hadamard import walsh_hadamard
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Scheme
from engine.numerics.statistics import histogram, moments, relative_error, sqnr_db
from engine.record.comparison import Variant

torch.set_num_threads(1)  # what is worked on here is too small for more
LINEARS = (
    ("self_attn.q_proj", "q", (64, 64)),
    ("self_attn.k_proj", "k", (32, 64)),
    ("self_attn.v_proj", "v", (32, 64)),
    ("self_attn.o_proj", "o", (64, 64)),
    ("mlp.gate_proj", "gate", (160, 64)),
    ("mlp.up_proj", "up", (160, 64)),
    ("mlp.down_proj", "down", (64, 160)),
)


def weights(layers: int = 6, seed: int = 0) -> dict[str, torch.Tensor]:
    """Linears of a small model; the tails grow heavier with depth, as in real ones."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for layer in range(layers):
        for name, _, shape in LINEARS:
            weight = torch.randn(shape, generator=generator) * 0.02
            outliers = torch.rand(shape, generator=generator) < 0.002
            found[f"model.layers.{layer}.{name}"] = torch.where(outliers, weight * (2 + layer), weight)
    return found


@functools.cache
def inspection(form: str = "int4", group_size: int = 32, layers: int = 6) -> Inspection:
    """The linears of `weights`, quantized, against themselves."""
    scheme = Scheme(form, group_size=group_size)
    rows = []
    for name, weight in weights(layers).items():
        quantized = quantize(weight, scheme)
        after = dequantize(quantized, scheme)
        found = moments(after)
        largest = float(weight.abs().max())
        role = next(role for tail, role, _ in LINEARS if name.endswith(tail))
        bits = scheme.number.bits + 16 / group_size
        rows.append(
            LayerStatistics(
                name=name,
                layer=int(name.split(".")[2]),
                role=role,
                shape=tuple(weight.shape),
                format=f"{form} g{group_size} sym",
                parameters=weight.numel(),
                bits_per_weight=bits,
                sparsity=found.sparsity,
                minimum=found.minimum,
                maximum=found.maximum,
                mean=found.mean,
                standard_deviation=found.standard_deviation,
                kurtosis=found.kurtosis,
                finite=found.finite,
                histogram=Histogram(-largest, largest, histogram(after, -largest, largest)),
                sqnr_db=sqnr_db(weight, after),
                error=relative_error(weight, after),
                reference=Histogram(-largest, largest, histogram(weight, -largest, largest)),
            )
        )
    count = sum(row.parameters for row in rows)
    stored = sum(row.size_bytes for row in rows)
    totals = {"size_bytes": stored, "bits_per_weight": 8 * stored / count, "parameters": float(count)}
    return Inspection(f"artifacts/{form}", "artifacts/source", None, 0, tuple(rows), **totals)


def layer_events(run: str = "run", block: str = "round_to_nearest_1", form: str = "int4") -> list[Event]:
    """What a method tells while it works through the layers."""
    rows = inspection(form).layers
    return [
        LayerDone(
            run=run,
            block=block,
            layer=row.name,
            index=index,
            count=len(rows),
            metrics={
                "sparsity": row.sparsity,
                "bits_per_weight": row.bits_per_weight,
                "kurtosis": row.kurtosis,
                "sqnr_db": row.sqnr_db or 0.0,
                "error": row.error or 0.0,
            },
            before=row.reference,
            after=row.histogram,
        )
        for index, row in enumerate(rows)
    ]


def spectra(run: str = "run", block: str = "svd_1", layers: int = 2) -> list[Event]:
    """The singular values of the linears of `weights`, a curve for each."""
    found: list[Event] = []
    for name, weight in weights(layers).items():
        values = torch.linalg.svdvals(weight)
        x, y = tuple(map(float, range(1, len(values) + 1))), tuple(values.tolist())
        titles = {"x_title": "number", "y_title": "singular value"}
        found.append(Curve(run=run, block=block, chart="Singular values", series=name, x=x, y=y, log_y=True, **titles))
    return found


def activations(rotated: bool, layer: int = 0) -> torch.Tensor:
    """Tokens (64, 128) with a few channels of outliers, as they are or in a Hadamard basis."""
    x = torch.randn(64, 128, generator=torch.Generator().manual_seed(layer))
    x[:, 3 + layer] *= 40
    return walsh_hadamard(x) / math.sqrt(128) if rotated else x


def kurtosis_grids(run: str = "run", block: str = "spinquant_1") -> list[Event]:
    """Kurtosis of layers × places before and after a rotation, two series of one chart."""
    names = {"rows": ("0", "1"), "columns": ("q, k, v input", "down input"), "row_title": "layer", "unit": "kurtosis"}
    found: list[Event] = []
    for series, rotated in (("before", False), ("after", True)):
        values = tuple(
            tuple(moments(activations(rotated, 2 * row + column)).kurtosis for column in (0, 1)) for row in (0, 1)
        )
        found.append(Grid(run=run, block=block, chart="Kurtosis", series=series, values=values, log=True, **names))
    return found


def rotation_inspection(reference: bool = True) -> RotationInspection:
    """Two places of two layers, rotated by a Hadamard matrix and not."""
    places: tuple[Place, ...] = ("qkv_input", "down_input")
    sides = [
        tuple(
            _place(layer, place, activations(rotated, 2 * layer + column))
            for layer in (0, 1)
            for column, place in enumerate(places)
        )
        for rotated in (False, True)
    ]
    matrix = MatrixStatistics("R1", 128, "random Hadamard", 0.25, 12.5, 3e-7)
    before = sides[0] if reference else ()
    return RotationInspection("model", "source" if reference else None, "sample", 64, before, sides[1], (matrix,), ())


def _place(layer: int, place: Place, x: torch.Tensor) -> PlaceStatistics:
    scaled = x / x.square().mean().sqrt()
    logs = scaled.abs().clamp_min(1e-3).log10()
    return PlaceStatistics(
        layer=layer,
        place=place,
        channels=x.shape[1],
        kurtosis=sum(moments(row).kurtosis for row in x) / len(x),
        kurtosis_pooled=moments(x).kurtosis,
        peak=float((x.abs().amax(1) / x.abs().median(1).values).mean()),
        largest=float(x.abs().max()),
        rms=float(x.square().mean().sqrt()),
        distribution=Histogram(-8.0, 8.0, histogram(scaled, -8.0, 8.0)),
        tail=Histogram(-3.0, 3.0, histogram(logs, -3.0, 3.0)),
        surface=Surface(*x.shape, x.abs().contiguous().numpy().tobytes(), *x.shape),
    )


def training_events(run: str = "run", block: str = "logit_distillation_1", steps: int = 300) -> list[Event]:
    """Loss and learning rate of a small network that is trained here and now, validated every 20 steps."""
    return [dataclasses.replace(event, run=run, block=block) for event in _trained(steps)[1]]


@functools.cache
def _trained(steps: int) -> tuple[tuple[torch.Tensor, torch.Tensor, torch.Tensor], tuple[Metric, ...]]:
    """The weights (first, second, teacher), and what was told on the way."""
    generator = torch.Generator().manual_seed(0)
    teacher = torch.randn(16, 8, generator=generator)
    first = torch.nn.Parameter(torch.randn(16, 32, generator=generator) * 0.2)
    second = torch.nn.Parameter(torch.randn(32, 8, generator=generator) * 0.2)
    events: list[Metric] = []
    run = block = ""
    for step in range(steps):
        loss = _loss(torch.randn(32, 16, generator=generator), first, second, teacher)
        rate = 0.3 * math.sin(math.pi * (step + 1) / (steps + 1))
        with torch.no_grad():
            for weight, gradient in zip((first, second), torch.autograd.grad(loss, (first, second)), strict=True):
                weight -= rate * gradient
        events.append(Metric(run=run, block=block, name="loss/train", value=loss.item(), step=step))
        events.append(Metric(run=run, block=block, name="learning_rate", value=rate, step=step))
        if step % 20 == 0:
            with torch.no_grad():
                value = _loss(torch.randn(256, 16, generator=generator), first, second, teacher).item()
            events.append(Metric(run=run, block=block, name="loss/eval", value=value, step=step))
    return (first.detach(), second.detach(), teacher), tuple(events)


def _loss(x: torch.Tensor, first: torch.Tensor, second: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(torch.relu(x @ first) @ second, (x @ teacher).argmax(1))


def variants() -> list[Variant]:
    """The trained network as it is and in five formats: its loss on the same inputs, its size."""
    (first, second, teacher), _ = _trained(300)
    x = torch.randn(2048, 16, generator=torch.Generator().manual_seed(1))
    count = first.numel() + second.numel()
    protocol = {"text": "2048 random inputs", "window": 16, "windows": 128, "dtype": "float32"}
    found = []
    for form in ("float32", "int8", "int4", "nf4", "int3", "int2"):
        bits = 32.0
        pair = first, second
        if form != "float32":
            scheme = Scheme(form, group_size=8)
            bits = scheme.number.bits + 16 / 8
            pair = tuple(dequantize(quantize(w.T.contiguous(), scheme), scheme).T for w in pair)
        loss = _loss(x, *pair, teacher).item()
        metrics = {"perplexity": math.exp(loss), "loss": loss, "size_bytes": count * bits / 8, "bits_per_weight": bits}
        title = "Source" if form == "float32" else f"Round to nearest {form}"
        found.append(Variant(form, title, metrics, protocol, f"artifacts/{form}"))
    return found


def memory_events(run: str = "run", seconds: int = 90) -> list[Event]:
    """The resident set of this process while tensors come and go; a reading stands for a second."""
    process, peak, events = psutil.Process(), 0, []
    start = time.time()
    held: list[torch.Tensor] = []
    for second in range(seconds):
        if second % 15 == 10:
            held.clear()
        elif second % 3 == 0:
            held.append(torch.ones(2_000_000))
        now = process.memory_info().rss
        peak = max(peak, now)
        events.append(Memory(run=run, time=start + second, process=now, process_peak=peak))
    return list[Event](events)
