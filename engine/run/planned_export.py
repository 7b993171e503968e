"""Whether what a run will leave can be written in a format that was named beforehand: from settings and shapes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from engine.calibration.order import is_expert
from engine.contracts.problem import Problem
from engine.contracts.settings import Settings
from engine.export.base import ExportFormat
from engine.export.int32_layout import fused_problems
from engine.methods.shared import rounding
from engine.methods.shared.rounding_settings import RoundingSettings
from engine.models.anatomy import Anatomy
from engine.models.expert_counts import UNEVEN
from engine.models.model import Model
from engine.models.modules.packed import PackedLinear, packed_linear


def planned_problems(
    anatomy: Anatomy, steps: Iterable[Settings], kind: ExportFormat, model: Model | None = None
) -> list[Problem]:
    """What stands in the way of the linear layers that these settings quantize, as far as the format tells layer by
    layer. Layers whose groups do not fit are for the method's own check. ``model``: what the steps begin with, where
    it is there, for what depends on its network."""
    steps = list(steps)
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
        asked = kind.why_not_expert or kind.why_not if name in experts else kind.why_not
        reason = unpackable.get(name, "") if asked is None else asked(module) or unpackable.get(name, "")
        if reason:
            reasons.setdefault(reason, []).append(name)
    found = [
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
    if kind.together is not None:
        refused = {name for names in reasons.values() for name in names}
        found += kind.together({name: each for name, each in schemes.items() if name not in refused}, experts)
    if kind.one_format_fused and layers:
        found += fused_problems(anatomy, schemes, kind.one_format_fused)
    return found


def _nearest(settings: Settings) -> RoundingSettings | None:
    """Format, ranges and layers of a block that quantizes weights; None for another one."""
    if isinstance(settings, RoundingSettings):
        return settings
    make = getattr(settings, "nearest", None)
    if make is None or getattr(settings, "weight_method", "") == "none":
        return None
    found = make()
    return found if isinstance(found, RoundingSettings) else None
