"""Problems of layers that several export formats find in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.human import bytes_text
from engine.contracts.problem import Problem
from engine.modules import CompressedModule
from engine.numerics.quantization.scheme import Scheme

FUSED = (("q", "k", "v"), ("gate", "up"))
"""Roles whose weights servers put into one matrix."""


def and_more(names: Sequence[str]) -> str:
    """The first of ``names``, and how many layers there are beside it."""
    return names[0] + (f" (and {len(names) - 1} more layers)" if len(names) > 1 else "")


def refused_layers(names_by_reason: Mapping[str, Sequence[str]], target: str, advice: str) -> list[Problem]:
    """An error for each reason why layers can't be expressed. ``target``: "as AWQ", "for bitsandbytes"."""
    return [
        Problem("error", f"{and_more(names)} can't be written {target}: {reason}", where=names[0], advice=advice)
        for reason, names in names_by_reason.items()
    ]


def dense_embedding(name: str, module: CompressedModule, dtype: torch.dtype) -> Problem:
    """A warning for a quantized embedding that is written in ``dtype``."""
    size = bytes_text(module.out_features * module.in_features * dtype.itemsize)
    message = f"The quantized embedding is written dense ({size}): programs can't look rows up in packed tables"
    return Problem("warning", message, where=name, advice="Leave it as it came, or export as GGUF")


def several_schemes(schemes: Mapping[str, Scheme], title: str) -> list[Problem]:
    """An error for layers in several schemes, in a format that has one for a whole file."""
    if len(set(schemes.values())) < 2:
        return []
    first, other = sorted(set(map(scheme_words, schemes.values())))[:2]
    message = f"{title} has one scheme for all layers, and these have {first} and {other}"
    return [Problem("error", message, advice="Quantize all layers alike, or export as compressed-tensors")]


def unlike_siblings(
    anatomy: Anatomy, schemes: Mapping[str, Scheme], severity: Literal["error", "warning"] = "error"
) -> list[Problem]:
    """A problem of the first layer whose linears that servers fuse (q, k, v; gate, up) are in several formats, or of
    which some stay dense."""
    for layer in anatomy.layers:
        for roles in FUSED:
            siblings = [linear for linear in layer.linears if linear.role in roles and linear.layer is not None]
            forms = {x.name: scheme_words(schemes[x.name]) if x.name in schemes else "dense" for x in siblings}
            if len(set(forms.values())) > 1 and len({linear.input_group for linear in siblings}) == 1:
                listed = ", ".join(f"{name.rpartition('.')[2]} {form}" for name, form in forms.items())
                message = (
                    f"Layer {layer.index}: servers such as vLLM put {' and '.join(forms)} into one matrix, which takes "
                    f"one format, and they have {listed}"
                )
                advice = "Quantize them alike, or leave all of them out"
                return [Problem(severity, message, where=next(iter(forms)), advice=advice)]
    return []


def scheme_words(scheme: Scheme) -> str:
    """Format, groups and zero points in a few words."""
    grain = f"groups of {scheme.group_size}" if scheme.granularity == "group" else f"one scale a {scheme.granularity}"
    zeros = "minima" if scheme.zero_point == "float" else "zero points"
    return f"{scheme.format}, {grain}" + ("" if scheme.symmetric else f", with {zeros}")
