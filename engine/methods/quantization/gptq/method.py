"""GPTQ: layer by layer, the linears that read one tensor are solved together on the Gram matrix of that tensor."""

from __future__ import annotations

import dataclasses
import functools
import time
from dataclasses import dataclass
from typing import cast

import torch

from engine.calibration.statistics import Gram
from engine.calibration.walk import Site, calibrate
from engine.contracts.errors import BadInput, RunFailed
from engine.contracts.problem import Estimate, Problem
from engine.contracts.stage import Stage
from engine.data.batches import spread, token_ids
from engine.data.texts import load_text
from engine.methods.quantization.gptq.settings import GptqSettings
from engine.methods.quantization.report import compared
from engine.methods.quantization.round_to_nearest import plan
from engine.models.anatomy import Anatomy, Linear
from engine.models.model import Model
from engine.models.modules import CompressedModule
from engine.models.modules.quantized import QuantizedLinear
from engine.models.source import load_tokenizer
from engine.models.structure import Structure
from engine.numerics.gptq import Solution, gptq
from engine.numerics.quantize import Quantized

BATCH_TOKENS = 2048
"""Tokens of one forward pass."""
PASSES = 2.2
"""What calibrating costs in forward passes: linears once, attention and norms a few times."""


class Gptq:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: GptqSettings) -> list[Problem]:
        """Groups that do not fit, patterns that mean nothing, a model without recognised layers."""
        found = plan.problems(_layers_only(anatomy), settings.nearest())
        if not anatomy.layers:
            found.append(
                Problem(
                    "error",
                    f"The model's layers are not recognised: {anatomy.why_unknown}",
                    advice="Round to nearest needs no calibration",
                )
            )
        return found

    def estimate(
        self, structure: Structure, anatomy: Anatomy, settings: GptqSettings, device: torch.device
    ) -> Estimate:
        """As rounding to nearest on disk; memory for the hidden states and one Gram matrix on top; seconds from the
        measured rate of matrix products."""
        anatomy = _layers_only(anatomy)
        nearest = plan.estimate(structure, anatomy, settings.nearest(), device)
        tokens = settings.samples * settings.length
        linears = anatomy.linears
        widest = max((linear.inputs for linear in linears), default=0)
        kept = 4 * tokens * (2 * anatomy.hidden_size + 2 * anatomy.intermediate_size)
        work = sum(2.0 * tokens * x.inputs * x.outputs + x.inputs * (tokens + x.outputs) * x.inputs for x in linears)
        return Estimate(
            nearest.disk_bytes,
            nearest.memory_bytes + kept + 4 * 4 * widest**2,
            (nearest.seconds or 0.0) + PASSES * work / operations_per_second(str(device)),
        )

    def apply(self, model: Model, settings: GptqSettings, stage: Stage) -> Model:
        """Calibrate and quantize. RunFailed names the layer with a NaN or with scales beyond their dtype."""
        tokens = calibration_tokens(model, settings, stage)
        work = _Work(model, settings, stage)
        return calibrate(
            model,
            stage,
            tokens.to(stage.device),
            statistic=functools.partial(Gram, device=stage.device),
            work=work.solve,
            batch=max(1, BATCH_TOKENS // settings.length),
        )


def _layers_only(anatomy: Anatomy) -> Anatomy:
    """Linears outside the layers (a pooler) are not reached by the pass."""
    return dataclasses.replace(anatomy, others=())


def calibration_tokens(model: Model, settings: GptqSettings, stage: Stage) -> torch.Tensor:
    """The calibration set: int64 (samples, length), spread evenly over the text."""
    text = load_text(settings.text, part="train")
    ids = token_ids(load_tokenizer(model), text.text)
    tokens = spread(ids, settings.length, settings.samples)
    stage.figure("calibration", {"text": text.name, "sha256": text.sha256, "tokens": tokens.numel()})
    if len(tokens) < settings.samples:
        stage.log(f"The text gives {len(tokens)} samples, not {settings.samples}", "warning")
    return tokens


@dataclass
class _Work:
    model: Model
    settings: GptqSettings
    stage: Stage

    def __post_init__(self) -> None:
        nearest = self.settings.nearest()
        scheme = plan.scheme_of(nearest)
        assert scheme is not None
        self.scheme = scheme
        self.clip = plan.clip_of(nearest)
        self.targets = plan.targets(_layers_only(self.model.anatomy), nearest)

    def solve(self, site: Site[Gram]) -> None:
        """Quantize the linears of a site together: their outputs do not know of each other."""
        linears = [linear for linear in site.linears if linear.name in self.targets]
        if not linears:
            return
        weights = [self._weight(linear) for linear in linears]
        gram = site.statistic.matrix()
        solution = self._solution(linears, torch.cat(weights), gram)
        start = 0
        for linear, weight in zip(linears, weights, strict=True):
            rows = slice(start, start + linear.outputs)
            start = rows.stop
            made = self._put(linear, _rows(solution.quantized, rows))
            figures, before, after = compared(weight, made)
            self.stage.layer(linear.name, {**figures, "output_error": solution.error}, before, after)

    def _solution(self, linears: list[Linear], weight: torch.Tensor, gram: torch.Tensor) -> Solution:
        names = ", ".join(linear.name for linear in linears)
        try:
            solution = gptq(
                weight, gram, self.scheme, self.clip, damping=self.settings.damping, order=self.settings.order
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

    def _weight(self, linear: Linear) -> torch.Tensor:
        module = self.model.get(linear.name)
        if isinstance(module, CompressedModule):
            weight = module.dense_weight()
        else:
            weight = cast(torch.Tensor, module.weight).detach()
        if (weight.t() if linear.transposed else weight).shape != (linear.outputs, linear.inputs):
            raise BadInput("A layer has another shape than it was recognised with", where=linear.name)
        return (weight.t() if linear.transposed else weight).float()

    def _put(self, linear: Linear, quantized: Quantized) -> QuantizedLinear:
        old = self.model.get(linear.name)
        bias = cast("torch.Tensor | None", old.bias)
        made = QuantizedLinear(self.scheme, linear.outputs, linear.inputs, bias=bias, transposed=linear.transposed)
        made.put(quantized)
        made.hold_dense(torch.float32)
        self.model.replace(linear.name, made)
        return made


def _rows(quantized: Quantized, rows: slice) -> Quantized:
    zeros = quantized.zero_points
    return Quantized(
        quantized.codes[rows].contiguous(),
        quantized.scales[rows].contiguous(),
        None if zeros is None else zeros[rows].contiguous(),
    )


@functools.cache
def operations_per_second(device: str) -> float:
    """Floating-point operations per second of a float32 matrix product, measured once."""
    a = torch.randn(1024, 1024, device=device)
    seconds = 0.0
    for _ in range(2):
        started = time.perf_counter()
        product = a @ a
        if product.is_cuda:
            torch.cuda.synchronize()
        seconds = time.perf_counter() - started
    return 2.0 * 1024**3 / seconds
