"""The embedding and the head by GPTQ (Frantar et al. 2022, arXiv 2210.17323): a table that the head reads is solved on
the Gram matrix of the head's inputs.

A tied table is looked up too. Its errors there count for little: in SmolLM2 with 4 bits the head loses six to eight
times as much, and lookups lose as much with solved rows as with the nearest ones.
"""

from __future__ import annotations

import torch

from engine.architecture.anatomy import Anatomy
from engine.calibration.head_inputs import head_samples
from engine.methods.costs.primitives import GPTQ, Walk
from engine.methods.costs.rates import Calibrating
from engine.methods.shared.layers import head_of, layers_only
from engine.methods.shared.report import report_damping
from engine.models.layer import refusing
from engine.models.stage import Stage
from engine.numerics.column_walk import SharedWalks
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme

PIECE = 1 << 22
"""Weights that are solved at once: rows are independent of each other, and a vocabulary of them is large."""


def read_by_head(anatomy: Anatomy) -> frozenset[str]:
    """Names of the modules whose table the head multiplies with: its own, and the embedding that is tied to it."""
    if anatomy.head is None:
        return frozenset()
    return frozenset((anatomy.head, *(anatomy.embeddings[:1] if anatomy.tied else ())))


def solving_seconds(settings: Calibrating, anatomy: Anatomy, device: torch.device) -> float:
    """Seconds of gathering the Gram matrix of the head's inputs and of solving its table; 0 without a head."""
    head = head_of(anatomy)
    if head is None or anatomy.final_norm is None:
        return 0.0
    tokens = head_samples(settings.num_samples, settings.sequence_length, head.in_features) * settings.sequence_length
    walk = Walk(tokens, settings.compute_dtype)
    return walk.seconds(layers_only(anatomy).linears, device) + GPTQ.seconds([head], tokens, device)


class TableSolver:
    """Solves tables on one Gram matrix (in, in) of what reaches the head."""

    def __init__(self, gram: torch.Tensor, stage: Stage, *, damping: float, act_order: bool = True) -> None:
        self.gram, self.stage, self.damping, self.act_order = gram, stage, damping, act_order
        self.walks = SharedWalks(gram, damping, act_order=act_order)

    def solve(
        self,
        name: str,
        weight: torch.Tensor,
        scheme: Scheme,
        clip: Clip | None = None,
        mask: torch.Tensor | None = None,
    ) -> Quantized:
        """Quantize the table ``name``, (rows, in). ``mask``: as of `engine.numerics.quantization.gptq.gptq`. RunFailed
        names a table with a NaN."""
        shares_scale = scheme.number.tensor_scale or scheme.granularity == "tensor"
        rows = len(weight) if shares_scale else max(1, PIECE // weight.shape[1])
        pieces: list[Quantized] = []
        needed: float | None = self.damping
        for start in range(0, len(weight), rows):
            self.stage.checkpoint()
            some = slice(start, start + rows)
            with refusing("quantized", name):
                solution = gptq(
                    weight[some],
                    self.gram,
                    scheme,
                    clip,
                    damping=self.damping,
                    act_order=self.act_order,
                    mask=None if mask is None else mask[some],
                    along=self.walks,
                )
            needed = solution.damping
            pieces.append(solution.quantized)
        report_damping(self.stage, name, self.damping, needed, "rounded to nearest")
        return _stacked(pieces)


def _stacked(pieces: list[Quantized]) -> Quantized:
    """Rows below each other."""
    if len(pieces) == 1:
        return pieces[0]
    zeros = [piece.zero_points for piece in pieces if piece.zero_points is not None]
    return Quantized(
        torch.cat([piece.codes for piece in pieces]),
        torch.cat([piece.scales for piece in pieces]),
        torch.cat(zeros) if zeros else None,
    )
