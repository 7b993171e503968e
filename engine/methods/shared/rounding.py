"""Which layers are quantized and how, what is wrong with that, and what it will cost: all from shapes."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import torch

from engine.contracts.human import bytes_text
from engine.contracts.problem import Estimate, Problem
from engine.measure import machine
from engine.methods.shared.layers import chosen, pattern_problems
from engine.methods.shared.rounding_settings import RoundingSettings
from engine.methods.shared.weights import CASTS, INTEGERS
from engine.models.anatomy import Anatomy, Linear
from engine.models.container import file_bytes
from engine.models.modules.quantized import Activations, QuantizedLinear, packed_layout
from engine.models.structure import Structure, TensorInfo
from engine.numerics.formats import FORMATS
from engine.numerics.quantize import BLOCK, Clip, Scheme, quantize

BYTES_PER_SECOND = 400e6
"""Assumed of the disk; the work itself is measured."""


def scheme_of(settings: RoundingSettings) -> Scheme | None:
    """The scheme of the weights; None for the formats that are a plain cast."""
    if settings.format in CASTS:
        return None
    return Scheme(
        settings.format,
        settings.symmetric or settings.format not in INTEGERS,
        settings.granularity,
        settings.group_size,
        settings.scale_dtype,
    )


def clip_of(settings: RoundingSettings) -> Clip:
    """How ranges are chosen."""
    return Clip(settings.clip, settings.percentile, settings.mse_exponent, settings.mse_steps)


def activations_of(settings: RoundingSettings) -> Activations | None:
    """How activations are rounded."""
    if settings.activations == "none" or settings.format in CASTS:
        return None
    return Activations(FORMATS[settings.activations].bits, settings.activation_symmetric)


def targets(anatomy: Anatomy, settings: RoundingSettings) -> dict[str, Linear]:
    """The linears of the layers that are quantized, by name."""
    return chosen(anatomy, settings.ignore)


def head_of(anatomy: Anatomy) -> Linear | None:
    """The head as a linear layer."""
    if anatomy.head is None:
        return None
    return Linear(anatomy.head, "other", None, anatomy.hidden_size, anatomy.vocabulary, False, False, "head")


def parts_ways(anatomy: Anatomy, settings: RoundingSettings) -> bool:
    """Whether only one of embedding and tied head is quantized, so that each needs a copy of its own."""
    return anatomy.tied and anatomy.head is not None and settings.quantize_embeddings != settings.quantize_head


# -- problems ----------------------------------------------------------------------------------------------------------
def problems(anatomy: Anatomy, settings: RoundingSettings) -> list[Problem]:
    """All that is wrong with these settings on this model."""
    wide = list(targets(anatomy, settings).values())
    head = head_of(anatomy)
    if (settings.quantize_embeddings and anatomy.embeddings) or (settings.quantize_head and head):
        name = anatomy.embeddings[0] if settings.quantize_embeddings and anatomy.embeddings else str(anatomy.head)
        wide.append(Linear(name, "other", None, anatomy.hidden_size, anatomy.vocabulary, False, False, name))
    found = [*_bad_formats(settings), *_bad_groups(wide, settings)]
    if not wide:
        why = "All linear layers are left alone" if anatomy.linears else "The model has no linear layers"
        found.append(Problem("error", f"There is nothing to quantize: {why[0].lower()}{why[1:]}"))
    found += pattern_problems(anatomy, settings.ignore)
    if settings.quantize_embeddings and not anatomy.embeddings:
        found.append(Problem("warning", "The model has no token embedding that could be quantized"))
    if settings.quantize_head and head is None:
        found.append(Problem("warning", "The model has no head that could be quantized"))
    if parts_ways(anatomy, settings):
        size = bytes_text(2 * anatomy.vocabulary * anatomy.hidden_size)
        one, other = ("embedding", "head") if settings.quantize_embeddings else ("head", "embedding")
        found.append(
            Problem(
                "warning",
                f"Embedding and head are one tensor, and only the {one} is quantized: the {other} keeps a copy of "
                f"its own, {size} in 16 bits",
                where=anatomy.embeddings[0],
                advice="Quantize both or neither",
            )
        )
    return found


def _bad_formats(settings: RoundingSettings) -> list[Problem]:
    found = []
    if not settings.symmetric and settings.format not in INTEGERS:
        found.append(
            Problem("error", f"{settings.format} is always symmetric", advice="Turn Symmetric on, or choose an integer")
        )
    if settings.activations != "none" and settings.format in CASTS:
        found.append(
            Problem(
                "error",
                f"Activations can't be rounded to integers when the weights are {settings.format}",
                advice="Choose int8 or int4 weights, or leave the activations as they are",
            )
        )
    elif settings.activations != "none" and settings.format not in INTEGERS:
        message = f"No other program computes with {settings.format} weights and {settings.activations} activations"
        found.append(Problem("warning", message, advice="It is simulated here"))
    return found


def _bad_groups(linears: Sequence[Linear], settings: RoundingSettings) -> list[Problem]:
    """One problem for each number of inputs that the group size does not divide, naming the first such layer."""
    size = settings.group_size
    if settings.format in CASTS or settings.granularity != "group":
        return []
    misfits: dict[int, list[Linear]] = {}
    for linear in linears:
        if linear.inputs % size:
            misfits.setdefault(linear.inputs, []).append(linear)
    near = " or ".join(map(str, divisors_near(sorted({linear.inputs for linear in linears}), size)))
    found = []
    for inputs, layers in misfits.items():
        first = layers[0]
        place = first.name if first.layer is None else f"{first.name.rpartition('.')[2]} of layer {first.layer}"
        more = f" (and {len(layers) - 1} more)" if len(layers) > 1 else ""
        found.append(
            Problem(
                "error",
                f"{place}{more} has {inputs} inputs, not a multiple of group size {size}",
                where=first.name,
                advice=f"Choose {near}, or per channel" if near else "Choose one scale per channel",
            )
        )
    return found


def divisors_near(inputs: Sequence[int], size: int) -> list[int]:
    """What divides all these numbers of inputs, next to ``size`` below and above; no groups of less than 8, or of all
    inputs of a layer."""
    shared = math.gcd(*inputs)
    divisors = [d for d in range(8, min(inputs, default=0)) if shared % d == 0]
    below, above = [d for d in divisors if d < size], [d for d in divisors if d > size]
    return [*below[-1:], *above[:1]]


# -- costs -------------------------------------------------------------------------------------------------------------
def estimate(structure: Structure, anatomy: Anatomy, settings: RoundingSettings, device: torch.device) -> Estimate:
    """Bytes of the artifact's tensor files, memory on top of what the program takes, seconds."""
    before, after = _tensors(structure, anatomy, settings)
    disk = file_bytes(after, _specs(anatomy, settings)) + file_bytes({}) * (len(anatomy.layers) + 1)
    weights = sum(x.inputs * x.outputs for x in targets(anatomy, settings).values())
    seconds = weights * seconds_per_weight(scheme_of(settings), clip_of(settings), str(device))
    return Estimate(
        disk_bytes=disk,
        memory_bytes=_largest_part(anatomy, before) + _largest_part(anatomy, after) + 16 * BLOCK,
        seconds=seconds + (structure.nbytes + disk) / BYTES_PER_SECOND,
    )


Shapes = dict[str, tuple[tuple[int, ...], int]]
"""Name -> shape and bytes."""


def _tensors(structure: Structure, anatomy: Anatomy, settings: RoundingSettings) -> tuple[Shapes, Shapes]:
    """The tensors as loaded, and as they will lie on disk."""
    replaced = _replaced(anatomy, settings)
    embedding = anatomy.embeddings[0] if anatomy.embeddings else None
    before: Shapes = {}
    after: Shapes = {}
    for info in structure.tensors:
        loaded = _loaded_bytes(info, structure.format)
        if anatomy.tied and anatomy.head is not None and _is_of(info.name, [anatomy.head]):
            continue
        before[info.name] = (info.shape, loaded)
        owner = _is_of(info.name, replaced)
        if owner is None or info.name.endswith(".bias"):
            after[info.name] = (info.shape, _rest_bytes(info, loaded, settings))
        if parts_ways(anatomy, settings) and settings.quantize_embeddings and _is_of(info.name, [str(embedding)]):
            after[f"{anatomy.head}.weight"] = (info.shape, _rest_bytes(info, loaded, settings))
    for name, linear in replaced.items():
        after.update(_packed(name, linear, settings))
    return before, after


def _replaced(anatomy: Anatomy, settings: RoundingSettings) -> dict[str, Linear]:
    """All that will be quantized, embedding and head too."""
    replaced = targets(anatomy, settings)
    head = head_of(anatomy)
    if settings.quantize_head and head is not None and not (anatomy.tied and settings.quantize_embeddings):
        replaced[head.name] = head
    if settings.quantize_embeddings and anatomy.embeddings:
        name = anatomy.embeddings[0]
        replaced[name] = Linear(name, "other", None, anatomy.hidden_size, anatomy.vocabulary, False, False, name)
    return replaced


def _specs(anatomy: Anatomy, settings: RoundingSettings) -> dict[str, dict[str, Any]]:
    """How the compressed modules will be described."""
    scheme = scheme_of(settings)
    if scheme is None:
        return {}
    made = {
        name: QuantizedLinear(
            _fitting(scheme, linear.inputs),
            linear.outputs,
            linear.inputs,
            transposed=linear.transposed,
            activations=activations_of(settings),
        )
        for name, linear in _replaced(anatomy, settings).items()
    }
    return {name: module.spec() for name, module in made.items()}


def _fitting(scheme: Scheme, inputs: int) -> Scheme:
    """Groups that do not fit are refused by the check; an estimate still says something."""
    misfit = scheme.granularity == "group" and inputs % scheme.group_size
    return replace(scheme, granularity="channel") if misfit else scheme


def _packed(name: str, linear: Linear, settings: RoundingSettings) -> Shapes:
    scheme = scheme_of(settings)
    if scheme is None:
        return {f"{name}.weight": ((linear.outputs, linear.inputs), 2 * linear.outputs * linear.inputs)}
    scheme = _fitting(scheme, linear.inputs)
    layout = packed_layout(scheme, linear.outputs, linear.inputs)
    return {f"{name}.{key}": (shape, dtype.itemsize * shape[0] * shape[1]) for key, (dtype, shape) in layout.items()}


def _is_of(tensor: str, modules: Iterable[str]) -> str | None:
    """The module that a tensor belongs to; checkpoints may lack or add the prefix of the whole model."""
    owner = tensor.rpartition(".")[0]
    names = modules if isinstance(modules, dict) else set(modules)
    if owner in names:
        return owner
    shorter = owner.partition(".")[2]
    if shorter in names:
        return shorter
    return next((name for name in names if name.partition(".")[2] == owner), None) if owner else None


def _loaded_bytes(info: TensorInfo, form: str) -> int:
    """GGUF blocks are dequantized to float32."""
    count = 1
    for size in info.shape:
        count *= size
    return 4 * count if form == "gguf" else info.nbytes


def _rest_bytes(info: TensorInfo, loaded: int, settings: RoundingSettings) -> int:
    floating = info.dtype.upper() in ("F64", "F32") or loaded != info.nbytes
    count = loaded // (8 if info.dtype.upper() == "F64" else 4)
    return 2 * count if settings.unquantized_dtype != "stored" and floating else loaded


def _largest_part(anatomy: Anatomy, tensors: Shapes) -> int:
    sizes: dict[str, int] = {}
    names = [layer.name for layer in anatomy.layers]
    for tensor, (_, nbytes) in tensors.items():
        part = next((name for name in names if f"{tensor}.".startswith(f"{name}.") or f".{name}." in tensor), "")
        part = part or ("head" if anatomy.head and tensor.startswith(anatomy.head) else "embeddings")
        sizes[part] = sizes.get(part, 0) + nbytes
    return max(sizes.values(), default=0)


@functools.cache
def seconds_per_weight(scheme: Scheme | None, clip: Clip, device: str) -> float:
    """Measured once on each machine, on a small weight."""
    weight = torch.linspace(-1.0, 1.0, 256 * 512, device=device).view(512, 256).t().contiguous()
    fitting = scheme and _fitting(scheme, weight.shape[1])

    def work() -> torch.Tensor:
        return weight.to(torch.bfloat16) if fitting is None else quantize(weight, fitting, clip).codes

    taken = machine.seconds(f"rounding of 256 x 512: {fitting}, {clip}", device, work)
    return 2 * taken / weight.numel()  # packing and statistics take about as long as the rounding
