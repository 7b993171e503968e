"""The claims of the survey, section by section."""

from __future__ import annotations

from engine.claims.catalog.combinations import COMBINATIONS
from engine.claims.catalog.distillation import DISTILLATION
from engine.claims.catalog.low_rank import LOW_RANK
from engine.claims.catalog.pruning import PRUNING
from engine.claims.catalog.quantization import QUANTIZATION
from engine.contracts.claims import Claim

CLAIMS: tuple[Claim, ...] = tuple(
    claim.check() for claim in (*QUANTIZATION, *PRUNING, *DISTILLATION, *LOW_RANK, *COMBINATIONS)
)
"""All claims, in the order of the survey."""
