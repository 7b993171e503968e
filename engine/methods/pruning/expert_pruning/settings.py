"""Expert pruning: whole experts go, those that are missed least."""

from __future__ import annotations

from typing import ClassVar, Literal

import pydantic

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.shared.layers import layer_values

_MEASURED = ("reap", "activation", "frequency", "random")
_EXAMPLE = "layers.0.*=3 7"


class ExpertPruningSettings(CalibrationSettings):
    """Number of experts to remove, their score, the fate of removed experts, the calibration text."""

    PRESETS: ClassVar = {
        "As published": {
            "criterion": "reap",
            "removed": "dropped",
            "compression_ratio": 0.5,
            "num_samples": 1024,
            "sequence_length": 2048,
        }
    }

    compression_ratio: float = setting(
        0.25,
        title="Share of experts to remove",
        help="Of all experts. No layer keeps fewer than each token is sent to. Where the router chooses among groups "
        "of experts, each group keeps equally many.",
        gt=0,
        lt=1,
        step=0.05,
        share=True,
        shown_if=("criterion", _MEASURED),
    )
    expert_allocation: Literal["uniform", "global"] = setting(
        "uniform",
        title="Experts per layer",
        help="Uniform: all layers keep the same number, because config.json has one number for all of them; the result "
        "is a stock model. Global: the experts with the smallest share of their layer's worth go, wherever they are; "
        "only the studio's own container holds such a model.",
        choices={"uniform": "The same in all layers", "global": "By their worth, over all layers"},
        shown_if=("criterion", _MEASURED),
    )
    criterion: Literal["reap", "activation", "frequency", "random", "manual"] = setting(
        "reap",
        title="Criterion",
        help="What an expert is worth. REAP: the mean, over the tokens that reach it, of its router weight times the "
        "norm of its output. Activation: the sum of these norms. Frequency: how many tokens reach it. At random: for "
        "comparison.",
        choices={
            "reap": "REAP (router weight × output)",
            "activation": "Activation norm (EAN)",
            "frequency": "Routing frequency",
            "random": "At random",
            "manual": "By hand",
        },
    )
    removed: Literal["dropped", "merged"] = setting(
        "dropped",
        title="Removed experts",
        help="Dropped: the router chooses among the others. Merged: each is averaged into the one that stays whose "
        "outputs are most like its own, weighted by the tokens that reached each.",
        choices={"dropped": "Dropped", "merged": "Merged into others"},
        shown_if=("criterion", _MEASURED),
    )
    experts: tuple[str, ...] = setting(
        (),
        title="Experts to remove, by number",
        help="PATTERN=NUMBERS, counted from 0, such as layers.0.*=3 7: a pattern of the names of modules of experts. "
        "Each layer has to lose equally many.",
        shown_if=("criterion", ("manual",)),
    )

    @pydantic.field_validator("experts", mode="after")
    @classmethod
    def _are_numbers(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for _, numbers in layer_values(values, _EXAMPLE):
            if not all(number.isdigit() for number in numbers.replace(",", " ").split()):
                raise ValueError(f"'{numbers}' are not numbers of experts, such as {_EXAMPLE}")
        return values

    @pydantic.model_validator(mode="after")
    def _names_experts(self) -> ExpertPruningSettings:
        if self.criterion == "manual" and not self.experts:
            raise ValueError("Name the experts to remove, or choose another criterion")
        return self

    @property
    def by_hand(self) -> list[tuple[str, str]]:
        """(pattern of modules, numbers of experts), in order."""
        return layer_values(self.experts, _EXAMPLE)

    def left_of(self, experts: int, groups: int = 1) -> int:
        """Number of a layer's experts that stay: equally many in each group, at least one (two where there are several
        groups: routers rank groups by their two best)."""
        width = experts // groups
        least = 1 if groups == 1 else min(2, width)
        return groups * min(width, max(least, round(width * (1 - self.compression_ratio))))

    @property
    def is_stock(self) -> bool:
        """True if what is left is a network that other programs build."""
        return self.criterion == "manual" or self.expert_allocation == "uniform"

    def summary(self) -> str:
        """For the block on the canvas."""
        if self.criterion == "manual":
            return "by hand"
        names = {"reap": "REAP", "activation": "activation norm", "frequency": "frequency", "random": "at random"}
        merged = ", merged" if self.removed == "merged" else ""
        spread = "" if self.is_stock else ", global"
        return f"−{self.compression_ratio:.0%} · {names[self.criterion]}{spread}{merged}"


METHOD = MethodInfo(
    id="expert_pruning",
    title="Expert pruning",
    family="pruning",
    summary="Removes the least important experts of a mixture of experts, and their rows of the router. No training; "
    "the result is a stock model with fewer experts.",
    paper="Lasby et al. 2025, REAP, arXiv 2510.13999; Jaiswal et al. 2025, arXiv 2504.05586; "
    "Chen et al. 2024, HC-SMoE, arXiv 2410.08589",
    settings=ExpertPruningSettings,
    choose_for=(("a mixture of experts with fewer experts", ", in one pass over a text"),),
    algorithm="engine.methods.pruning.expert_pruning.method:ExpertPruning",
    needs=frozenset({"data", "anatomy"}),
    keywords=("moe", "experts", "mixture of experts", "reap", "router", "merging", "smaller", "structured"),
)
