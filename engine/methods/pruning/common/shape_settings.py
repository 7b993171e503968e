"""The shape that a model is cut to: the settings of all methods that make it really smaller. Torch-free."""

from __future__ import annotations

from typing import Any, Literal

import pydantic

from engine.contracts.method_settings import MethodSettings
from engine.contracts.settings import setting

SHAPE = "Target shape"


def prefer_setting(default: str = "balanced") -> Any:
    """The field ``prefer``, for a class with another default."""
    return setting(
        default,
        title="Prefer",
        help="Which dimensions are reduced first. Shallow models are faster, narrow ones often retain more of what "
        "was learned.",
        choices={"narrow": "Narrower", "balanced": "Balanced", "shallow": "Shallower"},
        shown_if=("target", ("budget",)),
        section=SHAPE,
    )


class ShapeSettings(MethodSettings):
    """The target shape: numbers, the shape of a config, or a budget for which one is proposed."""

    target: Literal["numbers", "config", "budget"] = setting(
        "budget",
        title="Target",
        help="The target shape: in numbers, that of another model, or one that is proposed for a budget.",
        choices={"numbers": "Numbers", "config": "The shape of a config", "budget": "Proposed for a budget"},
        section=SHAPE,
    )
    config: str = setting(
        "",
        title="Config",
        help="A config.json, or a model or hub id with the target shape.",
        kind="model",
        shown_if=("target", ("config",)),
        section=SHAPE,
    )
    num_hidden_layers: int = setting(
        0,
        title="Layers",
        help="0: all stay.",
        ge=0,
        shown_if=("target", ("numbers",)),
        section=SHAPE,
        aliases=("layers",),
    )
    hidden_size: int = setting(
        0,
        title="Hidden size",
        help="0: all stays.",
        ge=0,
        shown_if=("target", ("numbers",)),
        section=SHAPE,
        aliases=("hidden",),
    )
    num_attention_heads: int = setting(
        0,
        title="Attention heads",
        help="0: all stay.",
        ge=0,
        shown_if=("target", ("numbers",)),
        section=SHAPE,
        aliases=("heads",),
    )
    num_key_value_heads: int = setting(
        0,
        title="Key/value heads",
        help="Fewer of them: whole groups of heads are removed. As many as before: each group loses equally many "
        "heads. 0: fewer if that keeps the groups whole, otherwise all.",
        ge=0,
        shown_if=("target", ("numbers",)),
        section=SHAPE,
        aliases=("kv_heads",),
    )
    intermediate_size: int = setting(
        0,
        title="Intermediate size",
        help="Of the MLP; 0: all stays.",
        ge=0,
        shown_if=("target", ("numbers",)),
        section=SHAPE,
        aliases=("inner",),
    )
    budget: float = setting(
        50.0, title="Budget", help="What the new model may take.", gt=0, shown_if=("target", ("budget",)), section=SHAPE
    )
    budget_unit: Literal["percent", "parameters", "megabytes", "milliseconds"] = setting(
        "percent",
        title="Budget in",
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
        aliases=("unit",),
    )
    prefer: Literal["narrow", "balanced", "shallow"] = prefer_setting()

    @pydantic.model_validator(mode="after")
    def _has_a_target(self) -> ShapeSettings:
        if self.target == "config" and not self.config:
            raise ValueError("name the config that has the shape")
        if self.target == "budget" and self.budget_unit == "percent" and self.budget >= 100:
            raise ValueError(f"{self.budget:g} % of the parameters removes nothing")
        return self

    def shape_words(self) -> str:
        """The target in a few words."""
        if self.target == "config":
            return f"to the shape of {self.config}"
        if self.target == "budget":
            words = {"percent": "%", "parameters": "M parameters", "megabytes": "MB", "milliseconds": "ms"}
            return f"to {self.budget:g} {words[self.budget_unit]} · {self.prefer}"
        names = {
            "L": self.num_hidden_layers,
            "d": self.hidden_size,
            "h": self.num_attention_heads,
            "i": self.intermediate_size,
        }
        return " · ".join(f"{name}{value}" for name, value in names.items() if value)
