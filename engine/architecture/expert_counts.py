"""The numbers of experts of the layers of a network: config.json has one number for all of them, and where layers
differ our own entry beside it, which nothing but this program reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from engine.base.errors import BadInput

COUNTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
"""Names in config.json of the number of experts of a layer."""
EXPERTS_PER_LAYER = "experts_per_layer"
"""Our entry: the number of experts by the name of their module, where layers differ. The one for all is the largest."""


UNEVEN = "{} can't express layers with different numbers of experts: config.json has one number for all"
"""Of a format, by its title."""


def with_counts(config: dict[str, Any], before: int, remaining: Mapping[str, int]) -> dict[str, Any]:
    """config.json with other numbers of experts, by the names of their modules, where all had ``before``.

    ValueError where it names no such number.
    """
    most = max(remaining.values())
    config = _with_number(config, before, most)
    if min(remaining.values()) < most:
        config[EXPERTS_PER_LAYER] = dict(remaining)
    return config


def _with_number(config: dict[str, Any], before: int, count: int) -> dict[str, Any]:
    """The one number; a language model's part of config.json is looked at first."""
    for inner, values in (("text_config", config.get("text_config")), ("", config)):
        if not isinstance(values, dict):
            continue
        if keys := [key for key in COUNTS if values.get(key) == before]:
            changed = {**values, **dict.fromkeys(keys, count)}
            return {**config, inner: changed} if inner else changed
    raise ValueError(f"config.json names no number of experts: none of {', '.join(COUNTS)} is {before}")


def is_uneven(config: Mapping[str, Any]) -> bool:
    """True for a model whose layers have different numbers of experts: no other program builds such a network."""
    return EXPERTS_PER_LAYER in config


def set_layers(module: nn.Module, config: dict[str, Any], build: Callable[[dict[str, Any]], nn.Module]) -> None:
    """Give a network whose layers all have the largest number of experts the layers that config.json asks for, each
    taken from a network that has its number throughout, so that all that depends on it is right by construction.

    build: a network of another config. Raises `BadInput` for an entry that does not fit the network.
    """
    counts = config[EXPERTS_PER_LAYER]
    if not (isinstance(counts, dict) and counts and all(type(n) is int and n > 0 for n in counts.values())):
        raise _damaged("it is not a table of names and numbers")
    plain, most = {k: v for k, v in config.items() if k != EXPERTS_PER_LAYER}, max(counts.values())
    for count in sorted(set(counts.values()) - {most}):
        try:
            other = build(_with_number(plain, most, count))
        except ValueError as error:
            raise _damaged(str(error)) from error
        for name in (name for name, number in counts.items() if number == count):
            match = re.match(r"(.*?\.\d+)\.", name)
            layer = match[1] if match else ""
            try:
                module.set_submodule(layer, other.get_submodule(layer), strict=True)
            except (AttributeError, ValueError) as error:
                raise _damaged(f"the network has no {name}") from error


def _damaged(why: str) -> BadInput:
    return BadInput(
        f"The entry '{EXPERTS_PER_LAYER}' of config.json is damaged", why=why, advice="copy the folder again"
    )
