"""The solver of GPTQ in a calibration: the linears that read one tensor together, on the Gram matrix of it."""

from __future__ import annotations

from typing import Protocol

import torch

from engine.architecture.anatomy import Linear
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup
from engine.methods.quantization.common import factors
from engine.methods.quantization.common.layer_rounding import HasWeightFormat, LayerRounding
from engine.methods.quantization.common.objective import KlObjective
from engine.methods.shared.report import report_damping
from engine.models.layer import refusing, stacked_masks
from engine.modules.low_rank import LowRankLinear
from engine.numerics.ggml.layouts import LAYOUTS
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.output_hessian import OutputHessian
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme, Solution


class GptqOptions(HasWeightFormat, Protocol):
    """Settings of GPTQ, whichever method uses it."""

    @property
    def damping(self) -> float:
        """Share of the Hessian's mean diagonal."""

    @property
    def act_order(self) -> bool:
        """True to round inputs with much energy first."""


class Solver(LayerRounding[GptqOptions]):
    """Quantizes the input groups of a calibration by GPTQ.

    objective: the Hessian factors of outputs; None: the error of each layer's output counts.
    """

    objective: KlObjective | None = None

    def solve(self, input_group: InputGroup[Gram]) -> None:
        """Quantize the linears of an input group, those of one format at once: outputs are independent."""
        linears = [linear for linear in input_group.linears if linear.name in self.targets]
        gram = input_group.statistic.matrix()
        for linear in linears:
            module = self.model.get(linear.name)
            if isinstance(module, LowRankLinear):
                self._factors(linear, module, gram)
        by_format: dict[tuple[Scheme, Clip], list[Linear]] = {}
        for linear in linears:
            if not isinstance(self.model.get(linear.name), LowRankLinear):
                by_format.setdefault((self.scheme(linear), self.clip(linear)), []).append(linear)
        for number, group in enumerate(by_format.values()):
            is_last = number == len(by_format) - 1
            self._together(group, gram if is_last else gram.clone())

    def _together(self, linears: list[Linear], gram: torch.Tensor) -> None:
        """``gram`` (in, in) is used up."""
        stacked = self.weight(linears[0])
        if len(linears) > 1:
            stacked = torch.cat([stacked, *(self.weight(linear) for linear in linears[1:])])
        hessian = None if self.objective is None else self.objective.of(linears)
        solution = self._solution(linears, stacked, gram, self.scheme(linears[0]), hessian)
        start = 0
        for linear in linears:
            rows = slice(start, start + linear.out_features)
            start = rows.stop
            module = self.replace(linear, _rows(solution.quantized, rows))
            self.layer(linear).report(self.stage, stacked[rows], module, output_error=solution.error)

    def _factors(self, linear: Linear, layer: LowRankLinear, gram: torch.Tensor) -> None:
        """Quantize the factors of a low-rank layer one behind the other."""
        hessians = iter(self._factor_hessians(linear, layer))

        def solve(weight: torch.Tensor, scheme: Scheme, reaching: torch.Tensor | None) -> Quantized:
            assert reaching is not None
            return self._solution([linear], weight, reaching.clone(), scheme, next(hessians)).quantized

        module = factors.quantized_factors(layer, self.scheme(linear), solve, gram=gram)
        module.cache_dense_weight(torch.float32)
        self.layer(linear).replace(module)
        self.stage.layer(linear.name, *factors.report(layer, module))

    def _factor_hessians(self, linear: Linear, layer: LowRankLinear) -> list[OutputHessian | None]:
        """Those of the outputs of the first factor and of the second one."""
        matrix = None if self.objective is None else self.objective.matrix(linear)
        if matrix is None or matrix.ndim == 1:
            return [None, None]
        return [OutputHessian([one]) for one in factors.factor_hessians(layer, matrix)]

    def _solution(
        self,
        linears: list[Linear],
        weight: torch.Tensor,
        gram: torch.Tensor,
        scheme: Scheme,
        hessian: OutputHessian | None = None,
    ) -> Solution:
        names = ", ".join(linear.name for linear in linears)
        with refusing("quantized", names):
            solution = gptq(
                weight,
                gram,
                scheme,
                self.clip(linears[0]),
                damping=self.settings.damping,
                act_order=self.settings.act_order,
                mask=self._mask(linears, scheme),
                hessian=hessian,
            )
        report_damping(self.stage, names, self.settings.damping, solution.damping, "rounded to nearest")
        return solution

    def _mask(self, linears: list[Linear], scheme: Scheme) -> torch.Tensor | None:
        """True for the weights that earlier pruning kept, (out, in) of all linears; None if no layer was pruned."""
        mask = stacked_masks([self.layer(linear) for linear in linears])
        minima = scheme.zero_point == "float" or (scheme.format in LAYOUTS and LAYOUTS[scheme.format].minimum)
        if mask is not None and minima:
            self.stage.log(f"{linears[0].name}: pruned weights become small numbers: the format has minima", "warning")
        return mask


def _rows(quantized: Quantized, rows: slice) -> Quantized:
    zeros = quantized.zero_points
    return Quantized(
        quantized.codes[rows].contiguous(),
        quantized.scales[rows].contiguous(),
        None if zeros is None else zeros[rows].contiguous(),
        quantized.tensor_scale,
    )
