"""Target layers and their formats, problems, and costs of rounding: all from shapes."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.human import bytes_text
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.tensor_sources import DTYPES
from engine.contracts.problem import Estimate, Problem
from engine.measure import machine
from engine.methods.costs import rates
from engine.methods.costs.bytes import Owners, artifact_bytes, artifact_tensors, largest_part
from engine.methods.costs.primitives import rounding_bytes
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.quantization.common.weights import CASTS, FOUR_BIT_FLOATS, GGML, INTEGERS, MICROSCALED
from engine.methods.shared.layers import QuantizesEnds, chosen, head_of, layer_values, pattern_problems, quantized_ends
from engine.modules import CompressedModule
from engine.modules.packed import packed_linear
from engine.modules.quantized import Activations
from engine.numerics.quantization import ranges
from engine.numerics.quantization.formats import FORMATS
from engine.numerics.quantization.quantize import quantize
from engine.numerics.quantization.scheme import Clip, ClipKind, Scheme


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
        settings.zero_point,
    )


def clip_of(settings: RoundingSettings) -> Clip:
    """Choice of ranges; a search with an importance matrix counts as one without."""
    kind: ClipKind = "mse" if settings.clip == "imatrix_mse" else settings.clip
    return Clip(kind, settings.percentile, settings.mse_exponent, settings.mse_steps)


def activations_of(settings: RoundingSettings) -> Activations | None:
    """Rounding of activations; None if they stay as they are."""
    if settings.activations == "none" or settings.format in CASTS:
        return None
    if settings.activations == "float8_static":
        return Activations(8, format="float8_e4m3")
    if settings.activations in ("float8_e4m3", *MICROSCALED):
        return Activations(FORMATS[settings.activations].bits, format=settings.activations)
    return Activations(FORMATS[settings.activations].bits, settings.activation_symmetric)


def fixed_scale(settings: RoundingSettings, peak: float) -> float:
    """The scale of inputs that is fixed beforehand, of their largest magnitude; 0 where there is none."""
    end = torch.finfo(torch.float8_e4m3fn).max
    if settings.activations == "float8_static":
        return float(torch.tensor(peak / end or 1.0))
    if settings.activations == "nvfp4":  # a power of two, as that of the weights
        return float(2.0 ** math.ceil(math.log2(peak / 6 / end))) if peak > 0 else 1.0
    return 0.0


def scheme_for(linear: Linear, settings: RoundingSettings) -> Scheme | None:
    """The scheme of the weight of one layer, as `scheme_of`."""
    return scheme_of(settings.for_layer(linear))


def tensor_scales(
    linears: Iterable[Linear],
    weight: Callable[[Linear], torch.Tensor],
    scheme_of: Callable[[Linear], Scheme | None],
) -> dict[str, torch.Tensor]:
    """The `tensor_scale` of each linear by name. Those that read one tensor share it: programs that fuse them (q, k, v;
    gate, up) know one. Linears whose format has none have none."""
    groups: dict[tuple[int | None, str, Scheme], list[Linear]] = {}
    for linear in linears:
        scheme = scheme_of(linear)
        if scheme is not None and scheme.number.tensor_scale:
            groups.setdefault((linear.layer, linear.input_group, scheme), []).append(linear)
    scales: dict[str, torch.Tensor] = {}
    for (_, _, scheme), siblings in groups.items():
        unit = ranges.tensor_scale([weight(linear) for linear in siblings], scheme)
        assert unit is not None
        scales |= {linear.name: unit for linear in siblings}
    return scales


def targets(anatomy: Anatomy, settings: RoundingSettings) -> dict[str, Linear]:
    """The linears of the layers that are quantized, by name. Where layers differ, those whose inputs the group size
    does not divide are left; where all are alike, that is a mistake in the settings."""
    misfitting = misfits(anatomy, settings)
    return {name: linear for name, linear in chosen(anatomy, settings.ignore).items() if name not in misfitting}


def misfits(anatomy: Anatomy, settings: RoundingSettings) -> dict[str, Linear]:
    """Linears that `targets` leaves out because the groups do not fit."""
    if not anatomy.irregular:
        return {}
    linears = chosen(anatomy, settings.ignore)
    return {name: linear for name, linear in linears.items() if _is_misfit(linear, scheme_for(linear, settings))}


def _is_misfit(linear: Linear, scheme: Scheme | None) -> bool:
    return scheme is not None and scheme.granularity == "group" and linear.in_features % scheme.group_size != 0


def all_targets(anatomy: Anatomy, settings: RoundingSettings) -> set[str]:
    """The names of all that is quantized: linears of the layers, the embedding, the head."""
    tables = [*(anatomy.embeddings[:1] if settings.quantize_embeddings else ())]
    if settings.quantize_head and anatomy.head is not None:
        tables.append(anatomy.head)
    return {*targets(anatomy, settings), *tables}


def breaks_weight_tying(anatomy: Anatomy, settings: RoundingSettings) -> bool:
    """True if only one of embedding and tied head is quantized, so that each needs a copy of its own."""
    return anatomy.tied and anatomy.head is not None and settings.quantize_embeddings != settings.quantize_head


# -- problems ----------------------------------------------------------------------------------------------------------
def problems(anatomy: Anatomy, settings: RoundingSettings) -> list[Problem]:
    """All that is wrong with these settings on this model."""
    tables = quantized_ends(anatomy, settings)
    wide = [*targets(anatomy, settings).values(), *tables]
    head = head_of(anatomy)
    ways: dict[str, list[Linear]] = {settings.format: []}
    for linear in wide:
        ways.setdefault(settings.format_of(linear), []).append(linear)
    results = []
    for name, linears in ways.items():
        results += [*_bad_formats(settings.in_format(name)), *_bad_groups(linears, settings.in_format(name))]
    results = list(dict.fromkeys(results))
    if not wide:
        why = "All linear layers are left alone" if anatomy.linears else "The model has no linear layers"
        results.append(Problem("error", f"There is nothing to quantize: {why[0].lower()}{why[1:]}"))
    results += pattern_problems(anatomy, settings.ignore)
    results += pattern_problems(anatomy, [pattern for pattern, _ in layer_values(settings.layer_formats)], tables)
    if misfitting := misfits(anatomy, settings):
        first, more = next(iter(misfitting.values())), f" and {len(misfitting) - 1} more" if len(misfitting) > 1 else ""
        inputs = ", ".join(map(str, sorted({linear.in_features for linear in misfitting.values()})))
        message = f"{first.name}{more} stay as they are: their {inputs} inputs are not a multiple of the group size"
        results.append(Problem("warning", message, where=first.name, advice="Choose one scale per channel for all"))
    if settings.quantize_embeddings and not anatomy.embeddings:
        results.append(Problem("warning", "The model has no token embedding that could be quantized"))
    if settings.quantize_head and head is None:
        results.append(Problem("warning", "The model has no head that could be quantized"))
    if table := _shared_table(anatomy, settings):
        results.append(table)
    elif breaks_weight_tying(anatomy, settings):
        size = bytes_text(2 * anatomy.vocabulary * anatomy.hidden_size)
        one, other = ("embedding", "head") if settings.quantize_embeddings else ("head", "embedding")
        results.append(
            Problem(
                "warning",
                f"Embedding and head are one tensor, and only the {one} is quantized: the {other} keeps a copy of "
                f"its own, {size} in 16 bits",
                where=anatomy.embeddings[0],
                advice="Quantize both or neither",
            )
        )
    return results


def _shared_table(anatomy: Anatomy, settings: QuantizesEnds) -> Problem | None:
    """Reason why the table of an encoder-decoder is left: both sides look rows up in it, and where its head is tied
    that reads it too; networks tie all of these or none."""
    tied_head = settings.quantize_head and anatomy.tied
    if anatomy.kind != "encoder_decoder" or not (settings.quantize_embeddings or tied_head):
        return None
    message = "Encoder and decoder look tokens up in tables that are one or are tied, and none of them is packed alone"
    setting = "Quantize embeddings" if settings.quantize_embeddings else "Quantize head"
    return Problem("error", message, where=anatomy.embeddings[0], advice=f"Switch '{setting}' off")


def _bad_formats(settings: RoundingSettings) -> list[Problem]:
    results = []
    if not settings.symmetric and settings.format not in INTEGERS:
        results.append(
            Problem("error", f"{settings.format} is always symmetric", advice="Turn Symmetric on, or choose an integer")
        )
    if settings.clip == "four_over_six" and settings.format not in FOUR_BIT_FLOATS:
        message = f"{settings.format} has no levels 4 and 6 to choose between"
        results.append(Problem("error", message, advice="Search for the smallest error, or choose a 4-bit float"))
    if settings.activations != "none" and settings.format in CASTS:
        results.append(
            Problem(
                "error",
                f"Activations can't be rounded to integers when the weights are {settings.format}",
                advice="Choose int8 or int4 weights, or leave the activations as they are",
            )
        )
    elif settings.activations != "none" and settings.activations not in FORMATS[settings.format].inputs:
        message = f"No other program computes with {settings.format} weights and {settings.activations} activations"
        results.append(Problem("warning", message, advice="It is simulated here"))
    return results


def _bad_groups(linears: Sequence[Linear], settings: RoundingSettings) -> list[Problem]:
    """One problem for each number of inputs that the group size does not divide, naming the first such layer."""
    scheme = scheme_of(settings)
    if scheme is None or scheme.granularity != "group":
        return []
    size = scheme.group_size
    misfits: dict[int, list[Linear]] = {}
    for linear in linears:
        if linear.in_features % size:
            misfits.setdefault(linear.in_features, []).append(linear)
    near = " or ".join(map(str, divisors_near(sorted({linear.in_features for linear in linears}), size)))
    results = []
    for inputs, layers in misfits.items():
        first = layers[0]
        title = first.name if first.layer is None else f"{first.name.rpartition('.')[2]} of layer {first.layer}"
        more = f" (and {len(layers) - 1} more)" if len(layers) > 1 else ""
        results.append(
            Problem(
                "error",
                f"{title}{more} has {inputs} inputs, not a multiple of group size {size}",
                where=first.name,
                advice=f"{settings.format} has no others: ignore these layers, or choose another format"
                if settings.format in (*MICROSCALED, *GGML)
                else f"Choose {near}, or per channel"
                if near
                else "Choose one scale per channel",
            )
        )
    return results


def divisors_near(inputs: Sequence[int], size: int) -> list[int]:
    """Divisors of all these numbers of inputs next to ``size``, below and above; none under 8, or of all inputs of a
    layer."""
    shared = math.gcd(*inputs)
    divisors = [d for d in range(8, min(inputs, default=0)) if shared % d == 0]
    below, above = [d for d in divisors if d < size], [d for d in divisors if d > size]
    return [*below[-1:], *above[:1]]


# -- costs -------------------------------------------------------------------------------------------------------------
def estimate(header: CheckpointHeader, anatomy: Anatomy, settings: RoundingSettings, device: torch.device) -> Estimate:
    """Bytes of the artifact's tensor files, memory on top of what the program takes, seconds."""
    disk = artifact_bytes(header, anatomy, _replaced(header, anatomy, settings))
    before = artifact_tensors(header, anatomy, {}, all_change=True)
    sizes: dict[str, list[int]] = {}
    for linear in targets(anatomy, settings).values():
        sizes.setdefault(settings.format_of(linear), []).append(linear.in_features * linear.out_features)
    largest = max((size for counts in sizes.values() for size in counts), default=0)
    seconds = 0.0
    for name, counts in sizes.items():
        way = settings.in_format(name)
        seconds += sum(counts) * seconds_per_weight(scheme_of(way), clip_of(way), str(device))
    return Estimate(
        disk_bytes=disk,
        memory_bytes=max(
            largest_part(anatomy, before),
            largest_part(anatomy, before, tables=settings.quantize_embeddings or settings.quantize_head)
            + rounding_bytes(device, largest),
        ),
        seconds=seconds + rates.unpacking(header) + (header.nbytes + disk) / rates.BYTES_PER_SECOND,
    )


def _replaced(
    header: CheckpointHeader, anatomy: Anatomy, settings: RoundingSettings
) -> dict[str, CompressedModule | torch.Tensor]:
    """Replacements for everything that is quantized, including the embedding and the head, on the meta device. A head
    that was tied to a quantized embedding gets a dense weight of its own."""
    head, embedding = head_of(anatomy), anatomy.embeddings[0] if anatomy.embeddings else None
    linears = targets(anatomy, settings) | {end.name: end for end in quantized_ends(anatomy, settings)}
    modules = {name: _empty_module(linear, settings.for_layer(linear)) for name, linear in linears.items()}
    if (
        breaks_weight_tying(anatomy, settings)
        and settings.quantize_embeddings
        and embedding is not None
        and head is not None
    ):
        owners = Owners((embedding,))
        info = next(info for info in header.tensors if owners.of(info.name))
        modules[head.name] = torch.empty(info.shape, dtype=DTYPES.get(info.dtype, torch.float32), device="meta")
    return modules


def _empty_module(linear: Linear, settings: RoundingSettings) -> CompressedModule | torch.Tensor:
    scheme = scheme_of(settings)
    if scheme is None:
        return torch.empty(linear.out_features, linear.in_features, dtype=FORMATS[settings.format].dtype, device="meta")
    return packed_linear(
        _fitting(scheme, linear.in_features),
        linear.out_features,
        linear.in_features,
        transposed=linear.transposed,
        activations=activations_of(settings),
    )


def _fitting(scheme: Scheme, inputs: int) -> Scheme:
    """Groups that do not fit are refused by the check; an estimate still says something."""
    misfit = scheme.granularity == "group" and inputs % scheme.group_size
    return replace(scheme.free(), granularity="channel") if misfit else scheme


@functools.cache
def seconds_per_weight(scheme: Scheme | None, clip: Clip, device: str) -> float:
    """Measured on a small weight."""
    weight = torch.linspace(-1.0, 1.0, 256 * 512, device=device).view(512, 256).t().contiguous()
    fitting = scheme and _fitting(scheme, weight.shape[1])

    def quantize_once() -> torch.Tensor:
        return weight.to(torch.bfloat16) if fitting is None else quantize(weight, fitting, clip).codes

    seconds = machine.seconds(f"rounding of 256 x 512: {fitting}, {clip}", device, quantize_once)
    return 2 * seconds / weight.numel()  # packing and statistics take about as long as the rounding
