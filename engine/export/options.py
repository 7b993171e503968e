"""The options of export formats."""

from __future__ import annotations

from typing import Literal

import torch

from engine.contracts.settings import Settings, setting


class ExportOptions(Settings):
    """The choices of a format; none here."""


class DtypeOptions(ExportOptions):
    """The dtype of the floating tensors."""

    dtype: Literal["stored", "float32", "bfloat16", "float16"] = setting(
        "stored",
        title="Dense tensors as",
        help="What tensors that are not packed are stored in. 'As it is' keeps them to the bit.",
        choices={"stored": "As it is", "float32": "float32", "bfloat16": "bfloat16", "float16": "float16"},
        value_aliases={"as stored": "stored"},
    )

    def cast(self, stored: torch.dtype) -> torch.dtype:
        """The dtype in which a tensor that is ``stored`` now is written."""
        chosen = getattr(torch, self.dtype, None)
        return chosen if stored.is_floating_point and isinstance(chosen, torch.dtype) else stored
