"""The shape that is left: from numbers, from a config, or proposed for a budget."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import torch

from engine import devices
from engine.architecture.anatomy import Anatomy, language_config
from engine.architecture.skeleton import build_initialized, build_skeleton
from engine.base.errors import BadInput
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.hub import is_local
from engine.methods.pruning.common.shape_settings import ShapeSettings
from engine.methods.shared.cutting import cut
from engine.models.fresh import read_config
from engine.models.model import Model
from engine.models.slicing import Kept, Shape, places, sliced_config, widths_problem
from engine.models.stage import Stage

SHARES = {"narrow": (1.0, 0.0), "balanced": (0.5, 0.5), "shallow": (0.0, 1.0)}
"""Of a cut by a factor s, widths get s to the first power and layers s to the second."""
UNIT = 8
"""Hidden and inner sizes are multiples of this, as far as the budget allows."""
STEPS = 60


def shape_of_config(config: Mapping[str, Any], anatomy: Anatomy) -> Shape:
    """The shape that a config asks for. Raises `BadInput` if it has no such numbers, or heads of another size."""
    values = language_config(config)
    try:
        hidden, heads = int(values["hidden_size"]), int(values["num_attention_heads"])
        shape = Shape(
            hidden,
            int(values["num_hidden_layers"]),
            heads,
            int(values.get("num_key_value_heads") or heads),
            int(values.get("head_dim") or hidden // heads),
            int(values["intermediate_size"]),
        )
    except (KeyError, TypeError, ValueError):
        raise BadInput("The config does not tell a shape", why="it has no hidden_size, num_hidden_layers …") from None
    if shape.head_dim != anatomy.head_dim:
        raise BadInput(
            "The heads of the config have another size",
            why=f"{shape.head_dim} values, the model's have {anatomy.head_dim}, and heads are kept or cut as a whole",
            advice=f"choose a config with head_dim {anatomy.head_dim}, or give numbers",
        )
    return shape


def shape_of_numbers(settings: ShapeSettings, anatomy: Anatomy) -> Shape:
    """The shape of the settings; 0 is what the model has."""
    before = Shape.of(anatomy)
    heads = settings.num_attention_heads or before.heads
    group = before.heads // before.kv_heads
    kv_heads = settings.num_key_value_heads or (heads // group if heads % group == 0 else before.kv_heads)
    return Shape(
        settings.hidden_size or before.hidden,
        settings.num_hidden_layers or before.layers,
        heads,
        kv_heads,
        before.head_dim,
        settings.intermediate_size or before.inner,
    )


_SIZES = {
    "hidden": "hidden dimensions",
    "layers": "layers",
    "heads": "heads",
    "kv_heads": "key/value heads",
    "inner": "MLP neurons",
}
"""Words for the fields of a shape."""


def shape_problem(before: Shape, after: Shape) -> str:
    """Reason why the model can't be cut to this shape; "" if it can."""
    for name, words in _SIZES.items():
        old, new = getattr(before, name), getattr(after, name)
        if new > old:
            return f"the model has only {old} {words}"
        if new < 1:
            return f"at least one of its {old} {words} has to stay"
    if after.heads % after.kv_heads:
        return f"{after.heads} heads can't share {after.kv_heads} key/value heads"
    if after.heads // after.kv_heads > before.heads // before.kv_heads:
        return f"a key/value head serves {before.heads // before.kv_heads} heads, not {after.heads // after.kv_heads}"
    if after == before:
        return "it is the shape that the model has already"
    return ""


def parameters(anatomy: Anatomy, shape: Shape) -> int:
    """Of a model with these parts in this shape, a tied head counted once."""
    axes = places(anatomy)
    total = anatomy.vocabulary * shape.hidden * (1 if anatomy.tied or anatomy.head is None else 2)
    total += shape.hidden if anatomy.final_norm is not None else 0
    layer = anatomy.layers[0]
    inside = 0
    for linear in layer.linears:
        rows, columns = (shape.size(axis) for axis in axes[linear.name] if axis is not None)
        inside += rows * columns + linear.bias * rows
    axes_of_norms = (axes[name][0] for name in layer.norms.values())
    inside += sum(shape.head_dim if axis is None else shape.size(axis) for axis in axes_of_norms)
    return total + shape.layers * inside


def propose(anatomy: Anatomy, cost: Callable[[Shape], float], budget: float, prefer: str, steps: int = STEPS) -> Shape:
    """The largest shape of a family whose cost is within the budget: all widths shrink alike, layers by their part.

    Then the inner size is raised as far as the budget allows. Raises `BadInput` if even the smallest costs more.
    """
    before = Shape.of(anatomy)
    low, high = 0.0, 1.0
    for _ in range(steps.bit_length() + 2):
        middle = (low + high) / 2
        low, high = (middle, high) if cost(_scaled(before, middle, prefer)) <= budget else (low, middle)
    shape = _scaled(before, low, prefer)
    if cost(shape) > budget:
        raise BadInput(
            "No shape is within the budget",
            why=f"the smallest costs {cost(shape):.4g}, the budget is {budget:.4g}",
            advice="raise the budget; most of a small model may be its vocabulary",
        )
    step = UNIT if shape.inner >= UNIT else 1
    while (
        shape.inner + step <= before.inner
        and cost(wider := dataclasses.replace(shape, inner=shape.inner + step)) <= budget
    ):
        shape = wider
    return shape


def _scaled(before: Shape, share: float, prefer: str) -> Shape:
    widths, depth = (share**power for power in SHARES[prefer])
    kv_heads, group = _heads(before, widths)
    heads = kv_heads * group
    return Shape(
        _rounded(before.hidden, widths, heads),  # most configs ask for a hidden size that the heads divide
        max(1, round(before.layers * depth)),
        heads,
        kv_heads,
        before.head_dim,
        _rounded(before.inner, widths, 1),
    )


def _heads(before: Shape, share: float) -> tuple[int, int]:
    """Key/value heads and heads of each that come closest to this share of the heads, rather in whole groups."""
    group = before.heads // before.kv_heads
    choices = [(kv, g) for kv in range(1, before.kv_heads + 1) for g in range(1, group + 1)]
    return min(choices, key=lambda choice: (abs(choice[0] * choice[1] - share * before.heads), -choice[1]))


def _rounded(size: int, share: float, divisor: int) -> int:
    """A multiple of ``divisor``, and of `UNIT` where that is fine enough."""
    unit = math.lcm(divisor, UNIT)
    unit = unit if 4 * unit <= size else divisor
    return min(size // unit, max(1, round(size * share / unit))) * unit


def expected_shape(anatomy: Anatomy, settings: ShapeSettings, header: CheckpointHeader | None = None) -> Shape | None:
    """The shape as far as it is known without the model's weights; None where it is not. Never uses the network."""
    if settings.target == "numbers":
        return shape_of_numbers(settings, anatomy)
    if settings.target == "config":
        try:
            is_here = settings.config.endswith(".json") or is_local(settings.config)
        except BadInput:
            is_here = True
        return shape_of_config(read_config(settings.config), anatomy) if is_here else None
    budget = parameter_budget(settings, anatomy, header)
    if budget is None:
        return None
    return propose(anatomy, lambda shape: float(parameters(anatomy, shape)), budget, settings.prefer)


def parameter_budget(settings: ShapeSettings, anatomy: Anatomy, header: CheckpointHeader | None) -> float | None:
    """The budget in parameters; None for milliseconds, and for megabytes without the headers of the model."""
    if settings.budget_unit == "percent":
        return parameters(anatomy, Shape.of(anatomy)) * settings.budget / 100
    if settings.budget_unit == "parameters":
        return settings.budget * 1e6
    if settings.budget_unit == "megabytes" and header is not None:
        return settings.budget * 1e6 / (header.nbytes / max(1, header.parameters))
    return None


def headers_of_target(
    header: CheckpointHeader, anatomy: Anatomy, settings: ShapeSettings
) -> tuple[CheckpointHeader, Anatomy] | None:
    """Headers and anatomy of a model that is cut to the target; None where the target is not known or does not fit."""
    try:
        shape = None if widths_problem(anatomy) else expected_shape(anatomy, settings, header)
    except BadInput:
        return None
    return None if shape is None or shape_problem(Shape.of(anatomy), shape) else cut(header, anatomy, shape)


def target_shape(model: Model, settings: ShapeSettings, stage: Stage, length: int) -> Shape:
    """The shape for these settings; what was measured for it is remembered in the stage's folder. ``length``: tokens
    of a sample, where time is measured. Raises `BadInput`."""
    anatomy = model.anatomy
    memory = stage.folder / "target.json"
    stored = checksum.load_values(memory, stage.log)
    if stored is not None:
        return Shape(**stored)
    if settings.target == "config":
        shape = shape_of_config(read_config(settings.config), anatomy)
    elif settings.target == "numbers":
        shape = shape_of_numbers(settings, anatomy)
    else:
        shape = _proposed(model, settings, stage, length)
    why = shape_problem(Shape.of(anatomy), shape)
    if why:
        raise BadInput("The model can't be cut to this shape", why=why, advice="choose a smaller target")
    _check_config(model, shape)
    checksum.save_values(memory, dataclasses.asdict(shape))
    return shape


def _check_config(model: Model, shape: Shape) -> None:
    """Ask the architecture before anything is trained."""
    config = sliced_config(model, Kept(layers=tuple(range(shape.layers))), shape)
    try:
        build_skeleton(dataclasses.replace(model.header, config=config))
    except BadInput as error:
        raise BadInput(
            "The architecture can't have this shape", why=error.why, advice="choose another target"
        ) from None


def _proposed(model: Model, settings: ShapeSettings, stage: Stage, length: int) -> Shape:
    anatomy = model.anatomy
    whole = parameters(anatomy, Shape.of(anatomy))
    budget = parameter_budget(settings, anatomy, model.header)
    if budget is None:
        chosen = propose(anatomy, _Timer(model, length, stage), settings.budget, settings.prefer, steps=8)
        stage.log(f"Proposed for {settings.budget:g} ms: {_words(chosen)}, {parameters(anatomy, chosen):,} parameters")
        return chosen

    def cost(shape: Shape) -> float:
        return float(parameters(anatomy, shape))

    chosen = propose(anatomy, cost, budget, settings.prefer)
    stage.log(f"Proposed, {settings.prefer}: {_words(chosen)}, {parameters(anatomy, chosen):,} of {whole:,} parameters")
    for other in SHARES:
        with contextlib.suppress(BadInput):
            shape = propose(anatomy, cost, budget, other)
            if shape != chosen:
                stage.log(f"Or, {other}: {_words(shape)}, {parameters(anatomy, shape):,} parameters")
    return chosen


def _words(shape: Shape) -> str:
    return (
        f"{shape.layers} layers, hidden {shape.hidden}, {shape.heads} heads with {shape.kv_heads} key/value heads, "
        f"inner {shape.inner}"
    )


class _Timer:
    """Milliseconds that a model of a shape takes to read one sample: a median, on random weights."""

    REPETITIONS = 5

    def __init__(self, model: Model, length: int, stage: Stage) -> None:
        self.model, self.stage = model, stage
        self.tokens = torch.zeros(1, length, dtype=torch.int64, device=stage.device)
        self.milliseconds: dict[Shape, float] = {}

    @torch.no_grad()
    def __call__(self, shape: Shape) -> float:
        if shape not in self.milliseconds:
            self.stage.checkpoint()
            self.stage.progress(0.0, f"Measuring {_words(shape)}")
            layers = Kept(layers=tuple(range(shape.layers)))
            header = dataclasses.replace(self.model.header, config=sliced_config(self.model, layers, shape))
            module = build_initialized(header, 0)[0].to(self.stage.device)
            self.milliseconds[shape] = 1000 * median(self._seconds(module) for _ in range(self.REPETITIONS))
        return self.milliseconds[shape]

    def _seconds(self, module: torch.nn.Module) -> float:
        started = time.perf_counter()
        module(input_ids=self.tokens, use_cache=False)
        devices.synchronize(self.tokens.device)
        return time.perf_counter() - started
