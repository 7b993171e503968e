"""Width pruning: heads, inner and hidden values go that say least on a text."""

from __future__ import annotations

from typing import Literal

import pydantic

from engine.base.ranges import ranges_of
from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.methods.pruning.common.shape_settings import SHAPE, ShapeSettings, prefer_setting
from engine.methods.shared.layers import layer_values
from engine.methods.shared.orders import needs_dense

_MEASURED = ("numbers", "config", "budget")
_EXAMPLE = "layers.0=0-3 7"


class WidthPruningSettings(ShapeSettings, CalibrationSettings):
    """The target shape, the importance of structures, the calibration text."""

    target: Literal["numbers", "config", "budget", "manual"] = setting(  # type: ignore[assignment]  # one more
        "budget",
        title="Target",
        help="The target shape: in numbers, that of another model, one that is proposed for a budget, or what remains "
        "without the listed heads and channels.",
        choices={
            "numbers": "Numbers",
            "config": "The shape of a config",
            "budget": "Proposed for a budget",
            "manual": "By hand",
        },
        section=SHAPE,
    )
    removed_heads: tuple[str, ...] = setting(
        (),
        title="Heads to remove, by number",
        help="PATTERN=NUMBERS, counted from 0, such as layers.0=0-2 7: a pattern of the names of decoder layers. Each "
        "layer has to lose equally many: whole groups that share a key/value head, or equally many of each group.",
        shown_if=("target", ("manual",)),
        section=SHAPE,
    )
    removed_channels: tuple[str, ...] = setting(
        (),
        title="MLP channels to remove, by number",
        help="PATTERN=NUMBERS, counted from 0, such as layers.0=0-31 77: a pattern of the names of decoder layers. "
        "Each layer has to lose equally many.",
        shown_if=("target", ("manual",)),
        section=SHAPE,
    )
    importance: Literal["output", "activation"] = setting(
        "output",
        title="Importance",
        help="Importance of a head or a dimension: its magnitude on the text times the weights that read it, which is "
        "its contribution; or its magnitude alone, as published.",
        choices={"output": "What it adds", "activation": "Its size (Minitron)"},
        shown_if=("target", _MEASURED),
    )
    prefer: Literal["narrow", "balanced", "shallow"] = prefer_setting("narrow")
    budget: float = with_default(ShapeSettings, "budget", 75.0)

    @pydantic.field_validator("removed_heads", "removed_channels", mode="after")
    @classmethod
    def _are_numbers(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for _, numbers in layer_values(values, _EXAMPLE):
            ranges_of(numbers)
        return values

    @pydantic.model_validator(mode="after")
    def _names_some(self) -> WidthPruningSettings:
        if self.target == "manual" and not (self.removed_heads or self.removed_channels):
            raise ValueError("Name the heads or channels to remove, or choose another target")
        return self

    @property
    def heads_by_hand(self) -> list[tuple[str, str]]:
        """(pattern of decoder layers, numbers of heads), in order."""
        return layer_values(self.removed_heads, _EXAMPLE)

    @property
    def channels_by_hand(self) -> list[tuple[str, str]]:
        """(pattern of decoder layers, numbers of channels), in order."""
        return layer_values(self.removed_channels, _EXAMPLE)

    def summary(self) -> str:
        """For the block on the canvas."""
        if self.target == "manual":
            return "by hand"
        return self.shape_words()


METHOD = MethodInfo(
    id="width_pruning",
    title="Width pruning",
    family="pruning",
    summary="Removes the heads, intermediate and hidden dimensions that are least important on a text, down to a "
    "target shape. No training; the result is a narrower stock model, which recovers with fine-tuning or "
    "distillation.",
    paper="Muralidharan et al. 2024, Minitron, arXiv 2407.14679",
    settings=WidthPruningSettings,
    choose_for=(("a narrower model in a minute", ": heads and channels"),),
    algorithm="engine.methods.pruning.width_pruning.method:WidthPruning",
    needs=frozenset({"data", "anatomy"}),
    not_after=needs_dense("Prune first"),
    keywords=("structured", "minitron", "heads", "neurons", "channels", "hidden", "smaller", "narrow"),
)
