"""The torch-free half: what the command line and the window show before anything is loaded."""

from __future__ import annotations

from engine.plugin import LayerSettings, MethodInfo, setting


class TernarySettings(LayerSettings):
    """How small a weight has to be to become zero."""

    threshold: float = setting(
        0.7,
        title="Threshold",
        help="Weights below this share of the mean |w| of their row become zero. 0.7 is the paper's choice.",
        ge=0.0,
        le=2.0,
        step=0.05,
    )

    def summary(self) -> str:
        """For the block on the canvas."""
        return f"ternary · {self.threshold:g}"


METHOD = MethodInfo(
    id="ternary",
    title="Ternary weights",
    family="quantization",
    summary="Every weight becomes −α, 0 or α, with one α for each output: 2 bits a weight, no data needed.",
    paper="Li et al. 2016, arXiv 1605.04711",
    settings=TernarySettings,
    algorithm="ternary_weights.method:Ternary",
    keywords=("twn", "2 bit", "1.58 bit"),
)
