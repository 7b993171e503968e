"""Choice of the linear layers that a method works on, and the setting that ignores some. Torch-free."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Sequence
from typing import Protocol, TypeVar

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.likely import nearest
from engine.contracts.method_settings import MethodSettings
from engine.contracts.problem import Problem
from engine.contracts.settings import setting

T = TypeVar("T")
D = TypeVar("D")
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


class QuantizesEnds(Protocol):
    """Settings of a method that can quantize the embedding and the head too."""

    @property
    def quantize_embeddings(self) -> bool: ...
    @property
    def quantize_head(self) -> bool: ...


def matches_name(name: str, pattern: str) -> bool:
    """True if a pattern means the module of this name: by all of it, or by its end."""
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name, f"*.{pattern}")


def matches(linear: Linear, pattern: str) -> bool:
    """True if a pattern means this layer: by role, by its whole name, or by the end of its name."""
    return pattern == linear.role or matches_name(linear.name, pattern)


def chosen(anatomy: Anatomy, ignore: Sequence[str]) -> dict[str, Linear]:
    """The linears that are worked on, by name. The head is none of them."""
    matching = (x for x in anatomy.linears if not any(matches(x, pattern) for pattern in ignore))
    return {linear.name: linear for linear in matching}


def pattern_problems(anatomy: Anatomy, patterns: Sequence[str], also: Sequence[Linear] = ()) -> list[Problem]:
    """A warning for each pattern that means no layer, with what it may have meant. ``also``: what can be named beside
    the linears of the layers (an embedding, a head)."""
    linears = [*anatomy.linears, *also]
    return [
        Problem("warning", f"No layer is called '{pattern}'", advice=_meant(linears, pattern))
        for pattern in dict.fromkeys(patterns)
        if not any(matches(linear, pattern) for linear in linears)
    ]


def _meant(linears: Sequence[Linear], pattern: str) -> str:
    roles = sorted({linear.role for linear in linears})
    short = {linear.name.rpartition(".")[2] for linear in linears}
    suggestion = nearest(pattern, {name: name for name in (*sorted(short), *roles)})
    suggestion = suggestion or nearest(pattern, {linear.name: linear.name for linear in linears})
    return (f"Did you mean '{suggestion}'? " if suggestion else "") + f"Roles are: {', '.join(roles)}"


def head_of(anatomy: Anatomy) -> Linear | None:
    """The head as a linear layer."""
    if anatomy.head is None:
        return None
    return Linear(anatomy.head, "other", None, anatomy.hidden_size, anatomy.vocabulary, False, False, "head")


def embedding_of(anatomy: Anatomy) -> Linear | None:
    """The token embedding as a linear layer."""
    if not anatomy.embeddings:
        return None
    name = anatomy.embeddings[0]
    return Linear(name, "other", None, anatomy.hidden_size, anatomy.vocabulary, False, False, name)


def quantized_ends(anatomy: Anatomy, settings: QuantizesEnds) -> list[Linear]:
    """Embedding and head, where they are quantized; a head that shares quantized weights with its embedding is none of
    its own."""
    embedding = embedding_of(anatomy) if settings.quantize_embeddings else None
    head = head_of(anatomy) if settings.quantize_head else None
    if anatomy.tied and embedding is not None:
        head = None
    return [end for end in (embedding, head) if end is not None]


def not_recognized(anatomy: Anatomy, advice: str = "") -> Problem:
    """The error of a method that walks from layer to layer, on a model whose ``anatomy.layers`` are empty; ``advice``:
    what would work instead."""
    return Problem("error", f"The model's layers are not recognized: {anatomy.why_unknown}", advice=advice)


def layer_values(entries: Sequence[str], example: str = "down=0.3") -> list[tuple[str, str]]:
    """(pattern, value) of each PATTERN=VALUE of a setting of the kind "layer_values". ValueError for other words, with
    an ``example`` of right ones."""
    pairs = []
    for entry in entries:
        pattern, _, value = entry.rpartition("=")
        if not pattern.strip() or not value.strip():
            raise ValueError(f"'{entry}' is not PATTERN=VALUE, such as {example}")
        pairs.append((pattern.strip(), value.strip()))
    return pairs


def value_of(linear: Linear, values: Sequence[tuple[str, T]], default: D) -> T | D:
    """Value of the first pattern that matches a layer."""
    return next((value for pattern, value in values if matches(linear, pattern)), default)


def layers_only(anatomy: Anatomy) -> Anatomy:
    """Without the linears outside the layers (a pooler), which a walk from layer to layer does not reach."""
    return dataclasses.replace(anatomy, others=())
