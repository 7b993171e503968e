"""The shape that a model is cut to: the settings of all methods that make it really smaller. Torch-free."""

from __future__ import annotations

from typing import Any, Literal

import pydantic

from engine.contracts.settings import Settings, setting

SHAPE = "Target shape"


def prefer_setting(default: str = "balanced") -> Any:
    """The field ``prefer``, for a class with another default."""
    return setting(
        default,
        title="Rather",
        help="Where the budget is saved. Shallow models are faster, narrow ones often keep more of what was learned.",
        choices={"narrow": "Narrower", "balanced": "Both", "shallow": "Shallower"},
        shown_if=("target", ("budget",)),
        section=SHAPE,
    )


class ShapeSettings(Settings):
    """Which shape: numbers, that of a config, or a budget for which one is proposed."""

    target: Literal["numbers", "config", "budget"] = setting(
        "budget",
        title="Target",
        help="The shape that is left: in numbers, that of another model, or one that is proposed for a budget.",
        choices={"numbers": "Numbers", "config": "The shape of a config", "budget": "Proposed for a budget"},
        section=SHAPE,
    )
    config: str = setting(
        "",
        title="Config",
        help="A config.json, or a model or hub id with the wanted shape.",
        kind="model",
        shown_if=("target", ("config",)),
        section=SHAPE,
    )
    layers: int = setting(
        0, title="Layers", help="0: all stay.", ge=0, shown_if=("target", ("numbers",)), section=SHAPE
    )
    hidden: int = setting(
        0, title="Hidden size", help="0: all stays.", ge=0, shown_if=("target", ("numbers",)), section=SHAPE
    )
    heads: int = setting(0, title="Heads", help="0: all stay.", ge=0, shown_if=("target", ("numbers",)), section=SHAPE)
    kv_heads: int = setting(
        0,
        title="Key heads",
        help="Fewer of them: whole groups of heads go. As many as before: each group loses equally many heads. 0: "
        "fewer if the groups stay whole that way, otherwise all stay.",
        ge=0,
        shown_if=("target", ("numbers",)),
        section=SHAPE,
    )
    inner: int = setting(
        0, title="Inner size", help="Of the MLP; 0: all stays.", ge=0, shown_if=("target", ("numbers",)), section=SHAPE
    )
    budget: float = setting(
        50.0, title="Budget", help="What the new model may take.", gt=0, shown_if=("target", ("budget",)), section=SHAPE
    )
    unit: Literal["percent", "parameters", "megabytes", "milliseconds"] = setting(
        "percent",
        title="Of what",
        help="Share of the parameters, parameters in millions, megabytes on disk as the model is stored, or "
        "milliseconds that this machine takes to read one sample, which is measured on random weights.",
        choices={
            "percent": "% of the parameters",
            "parameters": "Million parameters",
            "megabytes": "Megabytes",
            "milliseconds": "Milliseconds a sample",
        },
        shown_if=("target", ("budget",)),
        section=SHAPE,
    )
    prefer: Literal["narrow", "balanced", "shallow"] = prefer_setting()

    @pydantic.model_validator(mode="after")
    def _has_a_target(self) -> ShapeSettings:
        if self.target == "config" and not self.config:
            raise ValueError("name the config that has the shape")
        if self.target == "budget" and self.unit == "percent" and self.budget >= 100:
            raise ValueError(f"{self.budget:g} % of the parameters is no cut")
        return self

    def shape_words(self) -> str:
        """The target in a few words."""
        if self.target == "config":
            return f"to the shape of {self.config}"
        if self.target == "budget":
            words = {"percent": "%", "parameters": "M parameters", "megabytes": "MB", "milliseconds": "ms"}
            return f"to {self.budget:g} {words[self.unit]} · {self.prefer}"
        names = {"L": self.layers, "d": self.hidden, "h": self.heads, "i": self.inner}
        return " · ".join(f"{name}{value}" for name, value in names.items() if value)
