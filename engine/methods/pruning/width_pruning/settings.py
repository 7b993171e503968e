"""Width pruning: heads, inner and hidden values go that say least on a text."""

from __future__ import annotations

from typing import Literal

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.methods.pruning.common.shape_settings import ShapeSettings, prefer_setting
from engine.methods.shared.orders import needs_dense


class WidthPruningSettings(ShapeSettings, CalibrationSettings):
    """The target shape, the importance of structures, the calibration text."""

    importance: Literal["output", "activation"] = setting(
        "output",
        title="Importance",
        help="What a head or a value is worth: its size on the text times the weights that read it, which is what it "
        "adds; or its size alone, as published.",
        choices={"output": "What it adds", "activation": "Its size (Minitron)"},
    )
    prefer: Literal["narrow", "balanced", "shallow"] = prefer_setting("narrow")
    budget: float = with_default(ShapeSettings, "budget", 75.0)

    def summary(self) -> str:
        """For the block on the canvas."""
        return self.shape_words()


METHOD = MethodInfo(
    id="width_pruning",
    title="Width pruning",
    family="pruning",
    summary="Cuts heads, inner and hidden values that say least on a text, down to a target shape. No training; the "
    "result is a stock model, narrower, which heals with fine-tuning or distillation.",
    paper="Muralidharan et al. 2024, Minitron, arXiv 2407.14679",
    settings=WidthPruningSettings,
    choose_for=(("a narrower model in a minute", ": heads and channels"),),
    algorithm="engine.methods.pruning.width_pruning.method:WidthPruning",
    needs=frozenset({"data", "anatomy"}),
    not_after=needs_dense("Prune first"),
    keywords=("structured", "minitron", "heads", "neurons", "channels", "hidden", "smaller", "narrow"),
)
