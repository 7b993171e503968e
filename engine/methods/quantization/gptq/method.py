"""GPTQ: layer by layer, the linears that read one tensor are solved together on the Gram matrix of that tensor."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import torch

from engine.architecture.anatomy import Anatomy
from engine.calibration.head_inputs import HEAD_SHARE, head_gram
from engine.calibration.input_energy import Inputs
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, compute_dtype_of
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.primitives import GPTQ, Walk
from engine.methods.quantization.common import asymmetric, rounding
from engine.methods.quantization.common.asymmetric import AsymmetricSolver
from engine.methods.quantization.common.nearest import NearestRounding
from engine.methods.quantization.common.objective import gather_objective, with_objective
from engine.methods.quantization.common.objective_settings import objective_problems
from engine.methods.quantization.common.offer import IntegerOffer, integer_offer
from engine.methods.quantization.common.table_solver import TableSolver, solving_seconds
from engine.methods.quantization.common.weights import INTEGERS
from engine.methods.quantization.gptq.settings import GptqSettings
from engine.methods.shared.layers import layers_only, not_recognized
from engine.models.model import Model
from engine.models.stage import Stage


class Gptq:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: GptqSettings) -> list[Problem]:
        """Groups that do not fit, patterns that mean nothing, a model without recognized layers."""
        if not anatomy.layers:
            return [not_recognized(anatomy, "Round to nearest needs no calibration")]
        problems = rounding.problems(layers_only(anatomy), settings.nearest())
        return problems + objective_problems(anatomy, settings.objective)

    def targets(self, anatomy: Anatomy, settings: GptqSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return rounding.all_targets(layers_only(anatomy), settings.nearest())

    def offer(self, settings: GptqSettings) -> IntegerOffer:
        """See `engine.methods.base.Budgeted`."""
        offer = integer_offer(settings.nearest(), INTEGERS)
        return dataclasses.replace(offer, damping=settings.damping, act_order=settings.act_order)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: GptqSettings, device: torch.device
    ) -> Estimate:
        """As rounding to nearest on disk; memory for the hidden states and one Gram matrix on top; seconds from the
        measured rate of matrix products."""
        anatomy = layers_only(anatomy)
        nearest = rounding.estimate(header, anatomy, settings.nearest(), device)
        walk = Walk.of(settings, GPTQ)
        seconds = (nearest.seconds or 0.0) + walk.seconds(anatomy.linears, device)
        seconds += solving_seconds(settings, anatomy, device) if settings.quantize_head else 0.0
        estimate = Estimate(nearest.disk_bytes, walk.memory(header, anatomy, device), seconds)
        estimate = asymmetric.with_originals(estimate, walk, anatomy, settings.gptaq_alpha, device)
        return with_objective(estimate, settings, anatomy, self.targets(anatomy, settings), device)

    def apply(self, model: Model, settings: GptqSettings, stage: Stage) -> Model:
        """Calibrate and quantize. RunFailed names the layer with a NaN or with scales beyond their dtype."""
        tokens = calibration_tokens(model, settings, stage)
        solver = AsymmetricSolver(model, settings, stage)
        solver.alpha = settings.gptaq_alpha
        tables, begin = self._tables(model, settings, stage)
        solver.objective, span = gather_objective(model, settings, stage, tokens, solver.targets, begin)
        asymmetric.calibrate_gptq(
            model,
            stage,
            tokens.to(stage.device),
            settings.gptaq_alpha,
            on_group=solver.solve,
            batch=max(1, BATCH_TOKENS // settings.sequence_length),
            compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
            prepare=tables.quantize_ends,
            targets=solver.targets,
            span=span,
        )
        if tables.breaks_weight_tying:
            tables.untie()
        return model

    @staticmethod
    def _tables(model: Model, settings: GptqSettings, stage: Stage) -> tuple[NearestRounding, float]:
        """The rounding of the embedding and the head, where settings ask for it: what the head reads is solved. And the
        share of the progress that is done then."""
        gram = head_gram(model, settings, stage) if settings.quantize_head else None
        if gram is None:
            return NearestRounding(model, settings.nearest(), stage, Inputs({}, {})), 0.0
        solver = TableSolver(gram, stage, damping=settings.damping, act_order=settings.act_order)
        return NearestRounding(model, settings.nearest(), stage, Inputs({}, {}), solver), HEAD_SHARE
