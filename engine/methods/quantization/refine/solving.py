"""Codes solved by GPTQ toward the original's weights, on the scales that are stored, before the training."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from engine.architecture.anatomy import Linear
from engine.calibration.asymmetric import Original, OriginalLayers
from engine.calibration.statistics import Gram
from engine.calibration.walk import BATCH_TOKENS, InputGroup, compute_dtype_of, share, walk
from engine.checkpoints import checksum
from engine.methods.quantization.common import asymmetric
from engine.methods.quantization.common.objective_settings import DAMPING
from engine.methods.quantization.refine.forms import QuantizedModule, form_of
from engine.methods.quantization.refine.layer import RefinedLinear, RefinedWeight
from engine.methods.shared.report import report_damping
from engine.models import ranks
from engine.models.layer import LinearLayer, dense_linear
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.numerics.column_walk import SharedWalks
from engine.numerics.quantization.grid_gptq import solved_ranks


def solved_layers(
    original: Model,
    layers: Mapping[str, RefinedWeight],
    tokens: torch.Tensor,
    stage: Stage,
    alpha: float,
    progress: float = 1.0,
) -> dict[str, QuantizedModule]:
    """Copies of quantized layers with codes that GPTQ chose on their scales, by name. Left out are layers whose codes
    are not those nearest to the original's weights, and layers whose output loses no less with the new codes.

    original: a model that was opened for this alone. The tokens run through it, layer by layer, and each layer is
        replaced by the quantized one, so that those after it see what it gives.
    layers: in training, by the names of their linears. tokens: int64 (samples, length), the calibration set.
    alpha: share of the change of inputs by the quantized layers before it that a layer makes up for (GPTAQ).
    progress: what is shown at the end, as a share of the stage.

    The result stays in the stage's folder: a run that was killed does not solve again.
    """
    file = stage.folder / "solved.safetensors"
    if ranks.on_main(lambda: checksum.is_sound(file, stage.log)):
        return _restored(checksum.load(file, stage.device), layers)
    solving = _Solving(original, layers, stage, alpha)
    mine = share(tokens).to(stage.device)
    batch = max(1, BATCH_TOKENS // tokens.shape[1])
    dtype = compute_dtype_of("auto", stage.device)
    originals = None
    if alpha:
        originals = OriginalLayers(
            Original(original.opened_again()), stage, mine, layers, batch=batch, compute_dtype=dtype
        )
    steps = walk(
        original,
        stage,
        mine,
        batch=batch,
        compute_dtype=dtype,
        store=False,
        span=(0.0, progress),
        targets=layers,
    )
    statistic = functools.partial(Gram, device=stage.device)
    for step in steps:
        if originals is None:
            step.compress(statistic, solving.solve, solving.rounded_input, layers)
        else:
            originals.compress(step, solving.solve, solving.rounded_input)
    if ranks.is_main():
        tensors = {f"{name}/{key}": x for name, layer in solving.solved.items() for key, x in _codes(layer).items()}
        checksum.save(tensors, file)
    return solving.solved


@dataclass
class _Solving:
    """A walk over the original in which the layers become the quantized ones."""

    original: Model
    layers: Mapping[str, RefinedWeight]
    stage: Stage
    alpha: float
    solved: dict[str, QuantizedModule] = field(default_factory=dict)

    def rounded_input(self, linear: Linear, x: torch.Tensor) -> torch.Tensor:
        """The input of a layer, rounded where the layer rounds it."""
        layer = self.layers.get(linear.name)
        rounding = layer.layer.activations if isinstance(layer, RefinedLinear) else None
        return x if rounding is None else rounding.rounded(x)

    def solve(self, group: InputGroup[Gram]) -> None:
        """Solve the layers of an input group, and put what they give in the place of the original's."""
        walks: SharedWalks | None = None
        for linear in group.linears:
            layer = self.layers.get(linear.name)
            if layer is None:
                continue
            if layer.is_nearest:
                if walks is None:
                    walks = SharedWalks(group.statistic.matrix(), DAMPING, act_order=True)
                solved = self._solved(linear, layer, walks, group.statistic)
                if solved is not None:
                    self.solved[linear.name] = solved
            self._set_weight(linear, self.solved.get(linear.name, layer.layer).matrix())

    def _solved(
        self, linear: Linear, layer: RefinedWeight, walks: SharedWalks, gathered: Gram
    ) -> QuantizedModule | None:
        """A copy of the layer with other codes; None where they are no better."""
        form = layer.form
        weight = LinearLayer(self.original, linear).weight.float()
        walk = walks.over(asymmetric.target(weight, gathered, walks.gram, DAMPING, self.alpha))
        chosen = solved_ranks(walk, form.levels, *form.group_parameters(form.numbers))
        report_damping(self.stage, linear.name, DAMPING, None if chosen is None else walk.damping, "its codes stay")
        if chosen is None:
            return None
        solved = copy.deepcopy(layer.layer)
        form_of(solved).store(form.numbers, chosen)
        return solved if walk.error_of(solved.matrix()) < walk.error_of(layer.layer.matrix()) else None

    def _set_weight(self, linear: Linear, weight: torch.Tensor) -> None:
        layer = LinearLayer(self.original, linear)
        if isinstance(layer.module, CompressedModule):
            layer.replace(dense_linear(linear, weight, layer.bias))
        else:
            layer.set_weight(weight)


def _codes(layer: QuantizedModule) -> dict[str, torch.Tensor]:
    """The packed tensors without the bias."""
    return {key: tensor for key, tensor in layer.packed_tensors().items() if key != "bias"}


def _restored(tensors: Mapping[str, torch.Tensor], layers: Mapping[str, RefinedWeight]) -> dict[str, QuantizedModule]:
    """The layers whose tensors were kept."""
    results: dict[str, QuantizedModule] = {}
    for key, tensor in tensors.items():
        name, _, buffer = key.partition("/")
        if name not in results:
            results[name] = copy.deepcopy(layers[name].layer)
        setattr(results[name], buffer, tensor)
    return results
