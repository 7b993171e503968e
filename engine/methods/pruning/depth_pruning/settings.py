"""Depth pruning: whole layers go, those whose absence changes least."""

from __future__ import annotations

from typing import Literal

import pydantic

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.methods.shared.patterns import layer_numbers


class DepthPruningSettings(CalibrationSettings):
    """Number of layers to remove, the criterion, the calibration text."""

    criterion: Literal["block_influence", "angular_distance", "loss", "manual"] = setting(
        "block_influence",
        title="Criterion",
        help="Block influence measures how much a layer rotates its input; the layers with the least influence are "
        "removed. A run of neighbors: the one whose input and output directions differ least. By loss: each layer is "
        "removed on trial, and the one that raises the loss least is removed; better, and much slower.",
        choices={
            "block_influence": "Block influence",
            "angular_distance": "A run of neighbors (angular distance)",
            "loss": "Loss without them, one by one",
            "manual": "By hand",
        },
        aliases=("by",),
        value_aliases={"influence": "block_influence", "block": "angular_distance", "given": "manual"},
    )
    num_pruned_layers: int = setting(
        1,
        title="Layers to remove",
        help="Number of layers to remove.",
        ge=1,
        le=10_000,
        shown_if=("criterion", ("block_influence", "angular_distance", "loss")),
        aliases=("remove",),
    )
    layers: tuple[str, ...] = setting(
        (),
        title="Layers to remove, by number",
        help="Numbers from 0, e.g. 20, 21, 25-27.",
        shown_if=("criterion", ("manual",)),
        kind="layers",
    )
    num_samples: int = with_default(CalibrationSettings, "num_samples", 32)
    loss_samples: int = setting(
        8,
        title="Samples for the loss",
        help="Number of samples that are evaluated for every layer that is removed on trial.",
        ge=1,
        le=65536,
        shown_if=("criterion", ("loss",)),
        section="Calibration",
        aliases=("tried",),
    )

    @pydantic.model_validator(mode="after")
    def _are_numbers(self) -> DepthPruningSettings:
        if self.criterion == "manual" and not self.named_layers():
            raise ValueError("name the layers that go, e.g. 20, 21, 25-27")
        return self

    def named_layers(self) -> tuple[int, ...]:
        """The layers that are named, in order. ValueError for what is not a number."""
        for word in self.layers:
            if not layer_numbers([word]):
                raise ValueError(f"'{word}' is neither a number nor a range like 25-27")
        return tuple(sorted(layer_numbers(self.layers)))

    def summary(self) -> str:
        """For the block on the canvas."""
        if self.criterion == "manual":
            return f"without {', '.join(self.layers)}"
        names = {"block_influence": "block influence", "angular_distance": "neighbors", "loss": "loss"}
        return f"{self.num_pruned_layers} layer{'s' if self.num_pruned_layers > 1 else ''} · {names[self.criterion]}"


METHOD = MethodInfo(
    id="depth_pruning",
    title="Depth pruning",
    family="pruning",
    summary="Removes the least important layers. No training; the result is a stock model with fewer layers, which "
    "recovers with fine-tuning or distillation.",
    paper="Men et al. 2024, ShortGPT, arXiv 2403.03853; Gromov et al. 2024, arXiv 2403.17887",
    settings=DepthPruningSettings,
    choose_for=(("a smaller model in seconds", ": whole layers"),),
    algorithm="engine.methods.pruning.depth_pruning.method:DepthPruning",
    needs=frozenset({"data", "anatomy"}),
    keywords=("layers", "structured", "block influence", "shortgpt", "angular distance", "smaller", "shallow"),
)
