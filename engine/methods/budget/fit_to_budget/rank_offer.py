"""Ranks of layers as options of a plan, beside the formats that keep a weight whole."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.architecture.anatomy import Linear
from engine.contracts.budget import TARGET_TITLES, Target
from engine.fit.factored import factored_option, stored_as
from engine.methods.base import FormatOffer
from engine.methods.quantization.common.offer import IntegerOffer
from engine.modules import CompressedModule
from engine.modules.quantized_embedding import PackedEmbedding
from engine.numerics import svd
from engine.numerics.quantization.formats import FORMATS

RANK_TARGETS: tuple[Target, ...] = ("container",)
"""Targets whose files hold the factors of a layer."""
SHARES = (0.15, 0.3, 0.45, 0.6, 0.75)
"""Shares of a weight's numbers that the factors of the ranks hold that are priced."""
STEP = 32
"""Ranks are multiples of it, so that groups of weights divide the rows of the second factor."""
LEAST_BITS = 4
"""Of the numbers of factors: an error in one of them reaches a whole row or column."""


@dataclass(frozen=True)
class RankOffer:
    """See `engine.methods.base.FormatOffer`. ``whole``: the formats that are chosen from; each of them may be that of
    two factors too. ``integers``: makes and rounds factors."""

    whole: FormatOffer
    integers: IntegerOffer

    def formats(self, linear: Linear, target: Target) -> tuple[str, ...]:
        """The formats of the layer, and behind them its ranks in those of enough bits. Experts stay whole, some of
        which see so few tokens that any rank would do; so do the embedding and the head."""
        names = self.whole.formats(linear, target)
        if target not in RANK_TARGETS or linear.layer is None or linear.role.startswith("expert_"):
            return names
        kinds = [name for name in names if name in FORMATS and FORMATS[name].bits >= LEAST_BITS]
        ranks = ranks_that_save(linear.out_features, linear.in_features)
        return (*names, *(factored_option(kind, rank) for kind in kinds for rank in ranks))

    def module(self, linear: Linear, option: str, bias: torch.Tensor | None = None) -> CompressedModule:
        """The layer in this format, whole or as factors."""
        kind, rank = stored_as(option)
        if rank is None:
            return self.whole.module(linear, option, bias)
        return self.integers.factored(linear, kind, rank, bias)

    def embedding(self, linear: Linear, option: str, factor: float) -> PackedEmbedding:
        """The token embedding in this format, which is whole."""
        return self.whole.embedding(linear, option, factor)

    def rounded(self, weight: torch.Tensor, option: str, energy: torch.Tensor | None) -> torch.Tensor:
        """The nearest weight that a format has, which is not one of a rank: see `nearest.NearestFactors`."""
        return self.whole.rounded(weight, option, energy)


def ranks_that_save(outputs: int, inputs: int) -> tuple[int, ...]:
    """Ranks of a layer that are priced, rising."""
    step = min(STEP, max(1, min(outputs, inputs) // 8))
    near = (round(svd.rank_for(outputs, inputs, share) / step) * step for share in SHARES)
    return tuple(sorted({rank for rank in near if svd.saves(outputs, inputs, rank)}))


def no_ranks(target: Target) -> str:
    """The reason why a file for this target holds no factors; "" where it does."""
    if target in RANK_TARGETS:
        return ""
    can = " and ".join(f"'{TARGET_TITLES[one]}' ({one})" for one in RANK_TARGETS)
    return f"A file for {TARGET_TITLES[target]} can't hold a layer as two factors; one for {can} can"
