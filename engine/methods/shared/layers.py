"""Which linear layers a method works on, and the setting that leaves some of them alone. Torch-free."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Sequence
from typing import TypeVar

from engine.contracts.method_settings import MethodSettings
from engine.contracts.problem import Problem
from engine.contracts.settings import setting
from engine.models.anatomy import Anatomy, Linear

T = TypeVar("T")
LAYERS = "Layers"
"""Section of the form."""


class LayerSettings(MethodSettings):
    """Base of the settings of methods that work on all linear layers but some."""

    ignore: tuple[str, ...] = setting(
        (),
        title="Layers to ignore",
        help="Layers by name with * and ?, or by role: *.down_proj, layers.0.*, down, v.",
        section=LAYERS,
        kind="linears",
    )


def matches(linear: Linear, pattern: str) -> bool:
    """Whether a pattern means this layer: by role, by its whole name, or by the end of its name."""
    return (
        pattern == linear.role
        or fnmatch.fnmatchcase(linear.name, pattern)
        or fnmatch.fnmatchcase(linear.name, f"*.{pattern}")
    )


def chosen(anatomy: Anatomy, ignore: Sequence[str]) -> dict[str, Linear]:
    """The linears that are worked on, by name. The head is none of them."""
    left = (x for x in anatomy.linears if not any(matches(x, pattern) for pattern in ignore))
    return {linear.name: linear for linear in left}


def pattern_problems(anatomy: Anatomy, ignore: Sequence[str]) -> list[Problem]:
    """A warning for each pattern that means no layer."""
    roles = ", ".join(sorted({linear.role for linear in anatomy.linears}))
    return [
        Problem("warning", f"No layer is called '{pattern}'", advice=f"Roles are: {roles}")
        for pattern in ignore
        if not any(matches(linear, pattern) for linear in anatomy.linears)
    ]


def not_recognized(anatomy: Anatomy, advice: str = "") -> Problem:
    """The error of a method that walks from layer to layer, on a model whose ``anatomy.layers`` are empty; ``advice``:
    what would work instead."""
    return Problem("error", f"The model's layers are not recognized: {anatomy.why_unknown}", advice=advice)


def layer_values(given: Sequence[str]) -> list[tuple[str, str]]:
    """(pattern, value) of each PATTERN=VALUE of a setting of the kind "layer_values". ValueError for other words."""
    found = []
    for each in given:
        pattern, _, value = each.rpartition("=")
        if not pattern.strip() or not value.strip():
            raise ValueError(f"'{each}' is not PATTERN=VALUE, such as down=0.3")
        found.append((pattern.strip(), value.strip()))
    return found


def value_of(linear: Linear, values: Sequence[tuple[str, T]], default: T) -> T:
    """What the first pattern that means a layer gives it."""
    return next((value for pattern, value in values if matches(linear, pattern)), default)


def layers_only(anatomy: Anatomy) -> Anatomy:
    """Without the linears outside the layers (a pooler), which a walk from layer to layer does not reach."""
    return dataclasses.replace(anatomy, others=())
