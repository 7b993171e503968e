"""One-shot pruning: the least important weights of every layer go at once, without training."""

from __future__ import annotations

from typing import Literal

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting
from engine.methods.base import MethodInfo, Rule
from engine.methods.shared.layers import LayerSettings


class OneShotPruningSettings(CalibrationSettings, LayerSettings):
    """What a weight is worth, how many go, in which pattern, what the layers are calibrated on."""

    score: Literal["sparsegpt", "wanda", "magnitude"] = setting(
        "sparsegpt",
        title="Score",
        help="What a weight is worth. SparseGPT asks how much of the error the other weights can't make up for, and "
        "lets them do it; Wanda takes the weight times the norm of its input; the magnitude alone needs no text, and "
        "loses far more.",
        choices={
            "sparsegpt": "Second order (SparseGPT)",
            "wanda": "Weight × input (Wanda)",
            "magnitude": "Magnitude",
        },
    )
    pattern: Literal["unstructured", "2:4", "4:8"] = setting(
        "unstructured",
        title="Pattern",
        help="Unstructured keeps the best weights wherever they are. 2:4 keeps two of every four neighbours, which the "
        "tensor cores of newer GPUs compute twice as fast.",
        choices={"unstructured": "Unstructured", "2:4": "2 of every 4", "4:8": "4 of every 8"},
    )
    sparsity: float = setting(
        0.5,
        title="Sparsity",
        help="Share of the weights of every layer that goes.",
        gt=0,
        lt=1,
        step=0.05,
        shown_if=("pattern", ("unstructured",)),
        share=True,
    )
    comparison_group: Literal["auto", "layer", "row"] = setting(
        "auto",
        title="Comparison group",
        help="Which weights compete for the places. As published: Wanda compares those of one output, the others those "
        "of the whole layer (SparseGPT block by block of inputs).",
        choices={"auto": "As published", "layer": "The layer", "row": "One output"},
        shown_if=("pattern", ("unstructured",)),
        advanced=True,
        aliases=("within",),
    )
    act_order: bool = setting(
        True,
        title="Activation order (act-order)",
        help="SparseGPT visits inputs with much energy first, while there are many others left to make up for what "
        "goes. Not with 2:4 and 4:8.",
        shown_if=("score", ("sparsegpt",)),
        advanced=True,
        aliases=("order",),
    )
    damping: float = setting(
        0.01,
        title="Damping",
        help="Added to the diagonal of the Hessian as a share of its mean. Raised by itself where it is not enough.",
        gt=0,
        le=1,
        step=0.005,
        shown_if=("score", ("sparsegpt",)),
        advanced=True,
    )

    @property
    def neighbours(self) -> int:
        """Inputs that a pattern looks at together; 1 without one."""
        return int(self.pattern.partition(":")[2] or 1)

    def summary(self) -> str:
        """For the block on the canvas."""
        names = {"sparsegpt": "SparseGPT", "wanda": "Wanda", "magnitude": "magnitude"}
        return f"{names[self.score]} · {f'{self.sparsity:.0%}' if self.pattern == 'unstructured' else self.pattern}"


METHOD = MethodInfo(
    id="one_shot_pruning",
    title="One-shot pruning",
    family="pruning",
    summary="Sets the least important weights of every layer to zero at once, by magnitude, with their inputs (Wanda) "
    "or second order (SparseGPT); no training. They stay zero in all blocks after it.",
    paper="Frantar & Alistarh 2023, SparseGPT, arXiv 2301.00774; Sun et al. 2023, Wanda, arXiv 2306.11695",
    settings=OneShotPruningSettings,
    choose_for=(("zeros in place, without training", ": magnitude, Wanda or SparseGPT"),),
    algorithm="engine.methods.pruning.one_shot_pruning.method:OneShotPruning",
    needs=frozenset({"data", "anatomy"}),
    leaves=frozenset({"mask"}),
    not_after=(
        Rule(
            "quantized",
            why="The weights are quantized: what is left of them would be stored in full precision again",
            advice="Put the pruning before the quantization",
            severity="warning",
        ),
        Rule("low_rank", why="Factors have no weights that could go one by one", advice="Prune first"),
    ),
    keywords=("sparse", "sparsity", "sparsegpt", "wanda", "magnitude", "2:4", "n:m", "unstructured"),
)
