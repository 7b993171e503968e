"""The solver of GPTQ in a calibration: the linears that read one tensor together, on the Gram matrix of it."""

from __future__ import annotations

from typing import Protocol

import torch

from engine.architecture.anatomy import Linear
from engine.base.errors import RunFailed
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup
from engine.methods.quantization.common import factors
from engine.methods.quantization.common.layer_rounding import LayerRounding, WeightsWanted
from engine.methods.shared.report import compared
from engine.modules.low_rank import LowRankLinear
from engine.modules.sparse import SparseLinear
from engine.numerics.ggml.layouts import LAYOUTS
from engine.numerics.quantization.gptq import Solution, gptq
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme


class Wanted(WeightsWanted, Protocol):
    """The settings that a solver reads."""

    @property
    def damping(self) -> float:
        """Share of the Hessian's mean diagonal."""

    @property
    def act_order(self) -> bool:
        """Whether inputs are ordered by energy."""


class Solver(LayerRounding[Wanted]):
    """Quantizes the input groups of a calibration by GPTQ."""

    def solve(self, input_group: InputGroup[Gram]) -> None:
        """Quantize the linears of an input group, those of one format at once: outputs do not know of each other."""
        linears = [linear for linear in input_group.linears if linear.name in self.targets]
        gram = input_group.statistic.matrix()
        for linear in linears:
            module = self.model.get(linear.name)
            if isinstance(module, LowRankLinear):
                self._factors(linear, module, gram)
        alike: dict[tuple[Scheme, Clip], list[Linear]] = {}
        for linear in linears:
            if not isinstance(self.model.get(linear.name), LowRankLinear):
                alike.setdefault((self.scheme(linear), self.clip(linear)), []).append(linear)
        for number, some in enumerate(alike.values()):
            is_last = number == len(alike) - 1
            self._together(some, gram if is_last else gram.clone())

    def _together(self, linears: list[Linear], gram: torch.Tensor) -> None:
        """``gram`` (in, in) is used up."""
        stacked = self.weight(linears[0])
        if len(linears) > 1:
            stacked = torch.cat([stacked, *(self.weight(linear) for linear in linears[1:])])
        solution = self._solution(linears, stacked, gram, self.scheme(linears[0]))
        start = 0
        for linear in linears:
            rows = slice(start, start + linear.out_features)
            start = rows.stop
            made = self.put(linear, _rows(solution.quantized, rows))
            metrics, before, after = compared(stacked[rows], made)
            self.stage.layer(linear.name, {**metrics, "output_error": solution.error}, before, after)

    def _factors(self, linear: Linear, layer: LowRankLinear, gram: torch.Tensor) -> None:
        """Quantize the factors of a low-rank layer one behind the other."""

        def solve(weight: torch.Tensor, scheme: Scheme, reaching: torch.Tensor | None) -> Quantized:
            assert reaching is not None
            return self._solution([linear], weight, reaching.clone(), scheme).quantized

        made = factors.quantized_factors(layer, self.scheme(linear), solve, gram=gram)
        made.cache_dense_weight(torch.float32)
        self.model.replace(linear.name, made)
        self.stage.layer(linear.name, *factors.report(layer, made))

    def _solution(self, linears: list[Linear], weight: torch.Tensor, gram: torch.Tensor, scheme: Scheme) -> Solution:
        names = ", ".join(linear.name for linear in linears)
        try:
            solution = gptq(
                weight,
                gram,
                scheme,
                self.clip(linears[0]),
                damping=self.settings.damping,
                act_order=self.settings.act_order,
                mask=self._mask(linears, weight, scheme),
            )
        except ValueError as error:
            raise RunFailed(
                "A layer can't be quantized", where=names, why=str(error), advice="check the model"
            ) from None
        if solution.damping is None:
            self.stage.log(
                f"{names}: the Hessian could not be factorized, rounded to nearest. More calibration text may help",
                "warning",
            )
        elif solution.damping > self.settings.damping:
            self.stage.log(f"{names}: damping was raised to {solution.damping:g} to factorize the Hessian")
        return solution

    def _mask(self, linears: list[Linear], weight: torch.Tensor, scheme: Scheme) -> torch.Tensor | None:
        """Where weights are left, (out, in) alike; None if no layer was pruned."""
        modules = [self.model.get(linear.name) for linear in linears]
        if not any(isinstance(module, SparseLinear) for module in modules):
            return None
        if scheme.zero_point == "float" or (scheme.format in LAYOUTS and LAYOUTS[scheme.format].minimum):
            self.stage.log(f"{linears[0].name}: pruned weights become small numbers: the format has minima", "warning")
        masks = [
            module.kept_mask()
            if isinstance(module, SparseLinear)
            else torch.ones(x.out_features, x.in_features, dtype=torch.bool)
            for x, module in zip(linears, modules, strict=True)
        ]
        return torch.cat([mask.to(weight.device) for mask in masks])


def _rows(quantized: Quantized, rows: slice) -> Quantized:
    zeros = quantized.zero_points
    return Quantized(
        quantized.codes[rows].contiguous(),
        quantized.scales[rows].contiguous(),
        None if zeros is None else zeros[rows].contiguous(),
        quantized.tensor_scale,
    )
