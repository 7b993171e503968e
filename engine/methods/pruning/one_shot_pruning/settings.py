"""One-shot pruning: the least important weights of every layer go at once, without training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import pydantic

from engine.architecture.anatomy import Linear
from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting
from engine.methods.base import MethodInfo, Rule
from engine.methods.pruning.one_shot_pruning.criteria import CRITERIA, Criterion, exceptions, names, sentences
from engine.methods.shared.layers import LAYERS, LayerSettings, layer_values, value_of

if TYPE_CHECKING:
    Score = str
else:
    Score = Literal[tuple(CRITERIA)]
SOLVING = tuple(row.id for row in CRITERIA.values() if row.statistic == "gram")
"""Criteria by which the weights that stay make up for those that go."""


class OneShotPruningSettings(CalibrationSettings, LayerSettings):
    """The score of weights, the sparsity, its pattern, the calibration text."""

    score: Score = setting(
        next(iter(CRITERIA)),
        title="Score",
        help=f"What a weight is worth. {sentences()}.",
        choices={row.id: row.title for row in CRITERIA.values()},
    )
    pattern: Literal["unstructured", "2:4", "4:8"] = setting(
        "unstructured",
        title="Pattern",
        help="Unstructured keeps the best weights wherever they are. 2:4 keeps two of every four neighbors, which the "
        "tensor cores of newer GPUs compute twice as fast.",
        choices={"unstructured": "Unstructured", "2:4": "2 of every 4", "4:8": "4 of every 8"},
    )
    sparsity: float = setting(
        0.5,
        title="Sparsity",
        help="Share of the weights of every layer that is removed, unless an exception says otherwise.",
        gt=0,
        lt=1,
        step=0.05,
        shown_if=("pattern", ("unstructured",)),
        share=True,
    )
    layer_sparsity: tuple[str, ...] = setting(
        (),
        title="Sparsity of some layers",
        help="Exceptions from the sparsity, as PATTERN=SHARE: layers by role or by name with * and ?, such as down=0.3 "
        "or layers.0.*=20%. The first pattern that matches a layer applies. 0 leaves all weights.",
        section=LAYERS,
        kind="layer_values",
        exceptions_from="sparsity",
        shown_if=("pattern", ("unstructured",)),
    )
    comparison_group: Literal["auto", "layer", "block", "row"] = setting(
        "auto",
        title="Comparison group",
        help=f"Which weights compete for the places. Automatic: {exceptions()} compares those of one output, the "
        "others those of the whole layer. SparseGPT can also prune the same share of every block of inputs, as "
        "published; with the layer, blocks whose inputs have much energy keep more, and the error is smaller.",
        choices={
            "auto": "Automatic",
            "layer": "The layer",
            "block": "A block of inputs (SparseGPT as published)",
            "row": "One output",
        },
        shown_if=("pattern", ("unstructured",)),
        advanced=True,
        aliases=("within",),
    )
    act_order: bool = setting(
        True,
        title="Activation order (act-order)",
        help="SparseGPT visits high-energy inputs first, while many others can still compensate for what is removed. "
        "Not with 2:4 and 4:8.",
        shown_if=("score", SOLVING),
        advanced=True,
        aliases=("order",),
    )
    damping: float = setting(
        0.01,
        title="Damping",
        help="Added to the Hessian's diagonal, as a multiple of its mean. It is raised automatically where the Hessian "
        "can't be factorized.",
        gt=0,
        le=1,
        step=0.005,
        shown_if=("score", SOLVING),
        advanced=True,
    )

    @pydantic.field_validator("layer_sparsity", mode="after")
    @classmethod
    def _shares(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for pattern, value in layer_values(values):
            if not 0 <= _share(value) < 1:
                raise ValueError(f"'{pattern}={value}' is not PATTERN=SHARE with a share from 0 to less than 1")
        return values

    def sparsity_of(self, linear: Linear) -> float:
        """Share of the weights of this layer that goes."""
        return value_of(linear, [(p, _share(value)) for p, value in layer_values(self.layer_sparsity)], self.sparsity)

    @property
    def neighbors(self) -> int:
        """Inputs that a pattern looks at together; 1 without one."""
        return int(self.pattern.partition(":")[2] or 1)

    @property
    def criterion(self) -> Criterion:
        """The row of the score."""
        return CRITERIA[self.score]

    def summary(self) -> str:
        """For the block on the canvas."""
        return f"{self.criterion.name} · {f'{self.sparsity:.0%}' if self.pattern == 'unstructured' else self.pattern}"


def _share(text: str) -> float:
    """``0.3``, ``30%``; NaN for other words."""
    number = text.removesuffix("%")
    try:
        return float(number) / (100 if number != text else 1)
    except ValueError:
        return math.nan


METHOD = MethodInfo(
    id="one_shot_pruning",
    title="One-shot pruning",
    family="pruning",
    summary=f"Sets the least important weights of every layer to zero at once, by {names()}; no training. They stay "
    "zero in all blocks after it.",
    paper="; ".join(row.paper for row in CRITERIA.values() if row.paper),
    settings=OneShotPruningSettings,
    choose_for=(("zeros in place, without training", f": {names()}"),),
    algorithm="engine.methods.pruning.one_shot_pruning.method:OneShotPruning",
    needs=frozenset({"data", "anatomy"}),
    traits=frozenset({"mask"}),
    not_after=(
        Rule(
            "quantized",
            why="The weights are quantized: what is left of them would be stored in full precision again",
            advice="Put the pruning before the quantization",
            severity="warning",
        ),
        Rule("low_rank", why="Factors have no weights that could go one by one", advice="Prune first"),
    ),
    keywords=(
        *("sparse", "sparsity", "2:4", "n:m", "unstructured"),
        *(word for row in CRITERIA.values() for word in (row.id, *row.keywords)),
    ),
)
