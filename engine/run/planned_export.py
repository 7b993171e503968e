"""Check before a run that its result can be exported in a named format: from settings and shapes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterable

from engine.architecture.anatomy import Anatomy
from engine.architecture.expert_counts import UNEVEN
from engine.calibration.order import is_expert
from engine.contracts.problem import Problem
from engine.contracts.settings import Settings
from engine.export.base import ExportFormat
from engine.export.folder import came_packed, unheld_words
from engine.export.layer_problems import unlike_siblings
from engine.methods.low_rank.lora.settings import LoraSettings
from engine.methods.low_rank.qlora.settings import QloraSettings
from engine.methods.quantization.common import rounding
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.registry import methods
from engine.models.model import Model
from engine.modules.adapted import AdaptedLinear
from engine.modules.blockwise import BlockwiseLinear
from engine.modules.ggml import GgmlWeight
from engine.modules.low_rank import LowRankLinear
from engine.modules.packed import PackedLinear, packed_linear
from engine.modules.quantized import QuantizedWeight


def planned_problems(
    anatomy: Anatomy, steps: Iterable[Settings], kind: ExportFormat, model: Model | None = None
) -> list[Problem]:
    """Problems of the format with the linear layers that these settings quantize, as far as it tells layer by layer;
    that it will find nothing to write, or what it has no place for; tensors that grow because it can't keep them as
    they came. Layers whose groups do not fit are for the method's own check. ``model``: what the steps begin with,
    where it is there, for what depends on its network."""
    steps = list(steps)
    if nothing := _without(kind, steps, model):
        return [nothing]
    if not kind.keeps_online and not all(settings.is_stock for settings in steps):
        advice = "Let all layers keep the same number, or export in the studio's container"
        return [Problem("error", UNEVEN.format(kind.title), advice=advice)]
    sequential = () if model is None else kind.sequential(model)
    layers: dict[str, PackedLinear] = {}
    experts = {x.name for x in anatomy.linears if is_expert(x) and x.name.rpartition(".")[0] not in sequential}
    for settings in steps:
        nearest = _nearest(settings)
        if nearest is None:
            continue
        for name, linear in rounding.targets(anatomy, nearest).items():
            way = nearest.for_layer(linear)
            scheme = rounding.scheme_of(way)
            if scheme is None:
                continue
            with contextlib.suppress(ValueError):
                layers[name] = packed_linear(
                    scheme,
                    linear.out_features,
                    linear.in_features,
                    transposed=linear.transposed,
                    activations=rounding.activations_of(way),
                )
    unpackable = {} if model is None else kind.unpackable(model, layers)
    reasons: dict[str, list[str]] = {}
    for name, module in layers.items():
        reason = kind.why_not_expert(module) if name in experts else kind.why_not(module)
        if reason := reason or unpackable.get(name, ""):
            reasons.setdefault(reason, []).append(name)
    problems_found = [
        Problem(
            "error",
            f"{names[0]}{f' (and {len(names) - 1} more layers)' if len(names) > 1 else ''} could not be written as "
            f"{kind.title}: {reason}",
            where=names[0],
            advice="Change the block's settings, or export in another format",
        )
        for reason, names in reasons.items()
    ]
    schemes = {name: module.scheme for name, module in layers.items()}
    refused = {name for names in reasons.values() for name in names}
    problems_found += kind.together({name: scheme for name, scheme in schemes.items() if name not in refused}, experts)
    if kind.one_format_fused and layers:
        problems_found += unlike_siblings(anatomy, schemes, kind.one_format_fused)
    return problems_found + _growing(kind, model, layers)


def _traits_of_result(steps: Iterable[Settings], model: Model | None) -> set[str]:
    """Traits (`engine.methods.base.Trait`) of the result of the last of these blocks, those of the model included."""
    kinds_in_model = {type(module) for module in model.compressed().values()} if model is not None else set()
    words: dict[str, tuple[type, ...]] = {
        "quantized": (QuantizedWeight, GgmlWeight, BlockwiseLinear),
        "adapters": (AdaptedLinear,),
        "low_rank": (LowRankLinear,),
    }
    traits: set[str] = {
        word
        for word, kinds in words.items()
        if any(issubclass(kind_in_model, kinds) for kind_in_model in kinds_in_model)
    }
    for settings in steps:
        if isinstance(settings, LoraSettings):
            keeps = settings.result == "adapter" or (settings.result == "auto" and "quantized" in traits)
            traits = traits | {"adapters"} if keeps else traits - {"adapters"}
            continue
        if isinstance(settings, QloraSettings):
            traits -= {"quantized", "adapters"}
        info = next((info for info in methods().values() if info.settings is type(settings)), None)
        traits |= set() if info is None else info.traits_of(settings)
    return traits


def _without(kind: ExportFormat, steps: list[Settings], model: Model | None) -> Problem | None:
    """Problem of a format that finds nothing to write, or adapters that it has no place for."""
    if any(info.origin for info in methods().values() if info.settings in {type(step) for step in steps}):
        return None  # a plug-in may leave what it does not say
    traits = _traits_of_result(steps, model)
    words = {"quantized": "quantized layers", "adapters": "adapters", "low_rank": "factorized layers"}
    if kind.needs and not kind.needs & traits:
        needs = " or ".join(words[need] for need in sorted(kind.needs))
        merged = any(isinstance(trait, LoraSettings | QloraSettings) for trait in steps) and "adapters" in kind.needs
        advice = "Set 'Adapters after training' to 'Keep the adapters' (result=adapter)" if merged else ""
        message = f"{kind.title} holds {needs}, and these settings leave none"
        return Problem("error", message, advice=advice or "Export in another format, or add a method that leaves them")
    for word in ("adapters", "low_rank"):
        if kind.needs and word in traits and word not in kind.needs:
            message = f"{kind.title} has no place for {words[word]}, which these settings leave"
            advice = "Merge them (result=merged), or export in another format"
            return Problem("error", message, advice=advice if word == "adapters" else "Export in another format")
    return None


def _growing(kind: ExportFormat, model: Model | None, layers: Collection[str]) -> list[Problem]:
    """A warning for tensors that came packed, that no block makes anew and that the format writes out in full."""
    if model is None or not kind.writes_out:
        return []
    weights = {f"{name}.weight" for name in layers}
    names = sorted(came_packed(model) - weights)
    infos = [info for info in model.header.tensors if info.name in names]
    before, after = sum(info.nbytes for info in infos), sum(2 * math.prod(info.shape) for info in infos)
    if not infos or after <= before:
        return []
    message = f"{kind.title}: {unheld_words(model, names)}"
    advice = "Export as GGUF or in the studio's container, which keep it as it came"
    return [Problem("warning", message, where=infos[0].name, advice=advice)]


def _nearest(settings: Settings) -> RoundingSettings | None:
    """Format, ranges and layers of a block that quantizes weights; None for another one."""
    if isinstance(settings, RoundingSettings):
        return settings
    make = getattr(settings, "nearest", None)
    if make is None or getattr(settings, "weight_method", "") == "none":
        return None
    result = make()
    return result if isinstance(result, RoundingSettings) else None
