"""ggml's type for each tensor of a model in each of llama.cpp's mixes (llama-quant.cpp). Torch-free."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.architecture.anatomy import Anatomy, Linear
from engine.base import patterns
from engine.base.errors import BadInput

BASES = {
    "Q4_0": "Q4_0",
    "Q4_1": "Q4_1",
    "Q5_0": "Q5_0",
    "Q5_1": "Q5_1",
    "Q8_0": "Q8_0",
    "Q2_K": "Q2_K",
    "Q2_K_S": "Q2_K",
    "Q3_K_S": "Q3_K",
    "Q3_K_M": "Q3_K",
    "Q3_K_L": "Q3_K",
    "Q4_K_S": "Q4_K",
    "Q4_K_M": "Q4_K",
    "Q5_K_S": "Q5_K",
    "Q5_K_M": "Q5_K",
    "Q6_K": "Q6_K",
    "IQ2_XXS": "IQ2_XXS",
    "IQ2_XS": "IQ2_XS",
    "IQ2_S": "IQ2_XS",
    "IQ2_M": "IQ2_S",
    "IQ3_XXS": "IQ3_XXS",
    "IQ3_XS": "IQ3_S",
    "IQ3_S": "IQ3_S",
    "IQ3_M": "IQ3_S",
    "IQ4_NL": "IQ4_NL",
    "IQ4_XS": "IQ4_XS",
    "TQ1_0": "TQ1_0",
    "TQ2_0": "TQ2_0",
    "MXFP4": "MXFP4",
}
"""The type that most tensors of a mix have."""
TYPES = tuple(dict.fromkeys(BASES.values()))
BLOCKS = {
    name: 256 if "_K" in name or name.startswith(("IQ2", "IQ3")) or name in ("IQ4_XS", "TQ1_0", "TQ2_0") else 32
    for name in TYPES
}
"""Weights of a block."""
NEED_MATRIX = frozenset({"IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS"})
"""Types of layers that mean little without an importance matrix."""
SMALLER = {
    "IQ2_XXS": "IQ4_NL",
    "IQ2_XS": "IQ4_NL",
    "IQ2_S": "IQ4_NL",
    "IQ3_XXS": "IQ4_NL",
    "IQ3_S": "IQ4_NL",
    "IQ4_XS": "IQ4_NL",
    "Q2_K": "Q4_0",
    "Q3_K": "Q4_0",
    "TQ1_0": "Q4_0",
    "TQ2_0": "Q4_0",
    "Q4_K": "Q5_0",
    "Q5_K": "Q5_1",
    "Q6_K": "Q8_0",
}
"""Fallback of a type with blocks of 256 weights for rows that 256 does not divide."""
STEMS = {
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "qkv": "attn_qkv",
    "o": "attn_output",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "gate_up": "ffn_up",
    "fc1": "ffn_up",
    "down": "ffn_down",
    "fc2": "ffn_down",
}
"""Role of a linear -> what GGUF files call it."""
EMBEDDING, OUTPUT = "token_embd.weight", "output.weight"


@dataclass(frozen=True)
class Choice:
    """The type of a tensor; "" leaves it as it is, where no block divides its rows."""

    gguf_name: str
    inputs: int
    type: str


def gguf_name(linear: Linear) -> str:
    """Name of a linear's weight in GGUF files; its own name where they have none for it."""
    stem = STEMS.get(linear.role)
    return f"{linear.name}.weight" if stem is None or linear.layer is None else f"blk.{linear.layer}.{stem}.weight"


def tensor_names(anatomy: Anatomy) -> dict[str, str]:
    """Name of a linear, of the token embedding, of a head with a weight of its own -> name of its tensor in a GGUF
    file."""
    names = {linear.name: gguf_name(linear) for linear in anatomy.linears}
    names |= dict.fromkeys(anatomy.embeddings[:1], EMBEDDING)
    return names | ({anatomy.head: OUTPUT} if anatomy.head is not None and not anatomy.tied else {})


def linear_types(anatomy: Anatomy, exceptions: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Linear -> the type that the first PATTERN=TYPE that is found in its name gives it; and those that mean no linear
    of this model, or are half typed."""
    types, others = dict[str, str](), list[str]()
    for exception in exceptions:
        pattern, _, kind = exception.rpartition("=")
        try:
            sought = patterns.pattern(pattern)
            meant = [linear.name for linear in anatomy.linears if pattern and sought.is_found_in(gguf_name(linear))]
        except BadInput:  # the settings say what is wrong with it
            meant = []
        others += [] if meant else [exception]
        types |= {name: kind for name in meant if name not in types}
    return types, others


def type_patterns(anatomy: Anatomy, types: Mapping[str, str]) -> list[str]:
    """PATTERN=TYPE that give exactly these types: one for a role or a layer where all of it has one type."""
    remaining, found_patterns = dict(types), list[str]()
    for role, stem in STEMS.items():
        members = [linear.name for linear in anatomy.linears if linear.role == role]
        kinds = {types.get(name) for name in members}
        if members and len(kinds) == 1 and (kind := kinds.pop()):
            found_patterns.append(f"{re.escape(stem)}\\.={kind}")
            remaining = {name: kind_of for name, kind_of in remaining.items() if name not in members}
    for layer in anatomy.layers:
        names = [linear.name for linear in layer.linears]
        kinds = {types.get(name) for name in names}
        inside = all(gguf_name(linear).startswith(f"blk.{layer.index}.") for linear in layer.linears)
        if inside and len(kinds) == 1 and (kind := kinds.pop()) and sum(name in remaining for name in names) > 1:
            found_patterns.append(f"blk\\.{layer.index}\\.={kind}")
            remaining = {name: kind_of for name, kind_of in remaining.items() if name not in names}
    singles = [
        f"^{re.escape(gguf_name(kind_of))}$={remaining[kind_of.name]}"
        for kind_of in anatomy.linears
        if kind_of.name in remaining
    ]
    return singles + found_patterns


def choices(
    anatomy: Anatomy,
    mix: str,
    *,
    has_matrix: bool,
    linears: Mapping[str, Linear],
    overrides: Mapping[str, str] | None = None,
    embedding: str = "",
    output: str = "",
) -> dict[str, Choice]:
    """Name of a linear, the token embedding or the head -> what it becomes. A head that is tied to the embedding has
    no tensor of its own: both are the embedding.

    has_matrix: whether there is an importance matrix. overrides: regular expression that is searched in the name that
    the tensor has in a GGUF file -> type; the first that is found counts. embedding, output: types of these two,
    "" as the mix has them, "stored" for as they are.
    """
    chosen: dict[str, Choice] = {}
    layers = len(anatomy.layers)
    groups = anatomy.heads // max(1, anatomy.kv_heads)

    def choose(name: str, tensor: str, inputs: int, kind_of_mix: str) -> None:
        fitting = (kind for pattern, kind in (overrides or {}).items() if patterns.pattern(pattern).is_found_in(tensor))
        manual = next(fitting, None)
        chosen[name] = Choice(
            tensor, inputs, "" if kind_of_mix == "stored" else _fitting(manual or kind_of_mix, inputs)
        )

    for linear in linears.values():
        layer = linear.layer if linear.layer is not None else layers
        of_mix = _of_layer(mix, linear.role, layer, layers, groups, has_matrix)
        choose(linear.name, gguf_name(linear), linear.in_features, of_mix)
    hidden = anatomy.hidden_size
    if anatomy.embeddings and anatomy.kind != "encoder_decoder":  # two sides read that, as it came
        at_output = anatomy.tied and anatomy.head is not None
        own = _output(mix, hidden) if at_output else _EMBEDDINGS.get(mix, BASES[mix])
        choose(anatomy.embeddings[0], EMBEDDING, hidden, embedding or (output if at_output else "") or own)
    if anatomy.head is not None and not anatomy.tied:
        choose(anatomy.head, OUTPUT, hidden, output or _output(mix, hidden))
    return chosen


def _fitting(kind: str, inputs: int) -> str:
    """The type, or the one that stands for it where its blocks do not divide a row; "" if that has none either."""
    if inputs % BLOCKS[kind]:
        kind = SMALLER.get(kind, kind)
    return "" if inputs % BLOCKS[kind] else kind


def _output(mix: str, inputs: int) -> str:
    """The head, and an embedding that is the head too."""
    base = BASES[mix]
    if base in ("Q8_0", "MXFP4") or inputs % BLOCKS[base]:
        return "Q8_0"
    return "Q5_K" if mix.startswith("IQ2") or mix == "IQ3_XXS" else "Q6_K"


_EMBEDDINGS = {
    "TQ1_0": "Q4_K",
    "TQ2_0": "Q4_K",
    "IQ2_XXS": "Q2_K",
    "IQ2_XS": "Q2_K",
    "IQ2_S": "IQ3_S",
    "IQ2_M": "IQ3_S",
    "IQ3_XXS": "IQ3_S",
}
"""The embedding, where it is not the head and not of the type of most tensors."""
_OUTPUTS = {
    "Q2_K": "Q3_K",
    "Q3_K_M": "Q4_K",
    "Q3_K_L": "Q5_K",
    "IQ2_S": "IQ3_S",
    "IQ2_M": "IQ3_S",
    "IQ3_XXS": "IQ3_S",
    "IQ3_M": "Q4_K",
}
"""The projection behind attention."""


def _more_bits(layer: int, layers: int) -> bool:
    """The first eighth of the layers, the last one, and every third between them."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def _of_layer(mix: str, role: str, layer: int, layers: int, groups: int, has_matrix: bool) -> str:
    """The type that a mix has for the linear of a role in a layer. ``groups``: queries that share a key."""
    stem = STEMS.get(role, "")
    if stem in ("attn_v", "attn_qkv"):
        return _values(mix, layer, layers, groups)
    if stem == "ffn_down":
        return _down(mix, layer, layers, has_matrix)
    if stem == "attn_output":
        return _OUTPUTS.get(mix, BASES[mix])
    if stem in ("attn_q", "attn_k"):
        return {"IQ3_XS": "IQ3_XXS", "IQ3_XXS": "IQ2_S"}.get(mix, BASES[mix])
    if stem in ("ffn_gate", "ffn_up") and mix == "IQ3_XS" and layers // 8 <= layer < 7 * layers // 8:
        return "IQ3_XXS"
    return BASES[mix]


def _values(mix: str, layer: int, layers: int, groups: int) -> str:
    shared = groups >= 4
    special = {
        "Q2_K": "Q4_K" if shared else "Q3_K",
        "Q2_K_S": "Q4_K" if shared else "Q2_K",
        "Q3_K_M": "Q5_K" if layer < 2 else "Q4_K",
        "Q3_K_L": "Q5_K",
        "Q4_K_S": "Q5_K" if layer < 4 else "Q4_K",
        "Q4_K_M": "Q6_K" if _more_bits(layer, layers) else "Q4_K",
        "Q5_K_M": "Q6_K" if _more_bits(layer, layers) else "Q5_K",
        "IQ2_XXS": "Q4_K" if shared else "Q2_K",
        "IQ2_XS": "Q4_K" if shared else "Q2_K",
        "IQ2_S": "Q4_K" if shared else "IQ3_S",
        "IQ2_M": "Q4_K" if shared else "IQ3_S",
        "IQ3_XXS": "Q4_K" if shared else "IQ3_XXS",
        "IQ3_XS": "Q4_K" if shared else "IQ3_S",
        "IQ3_S": "Q4_K" if shared else "IQ3_S",
        "IQ3_M": "Q4_K",
        "IQ4_NL": "Q5_K" if shared else "IQ4_NL",
        "IQ4_XS": "Q5_K" if shared else "IQ4_XS",
    }
    return special.get(mix, BASES[mix])


def _down(mix: str, layer: int, layers: int, has_matrix: bool) -> str:
    early = layer < layers // 8
    special = {
        "Q2_K": "Q3_K",
        "Q2_K_S": "Q4_K" if early else "Q2_K",
        "IQ2_XXS": "Q2_K" if early else "IQ2_XXS",
        "IQ2_XS": "Q2_K" if early else "IQ2_XS",
        "IQ2_S": "IQ3_S" if early else "IQ2_XS",
        "IQ2_M": "IQ3_S" if early else "IQ2_S",
        "IQ3_M": "Q4_K" if early else "IQ3_S",
        "Q3_K_M": "Q5_K" if layer < layers // 16 else "Q4_K",
        "Q3_K_L": "Q5_K",
        "Q4_K_S": "Q5_K" if early else "Q4_K",
        "Q4_K_M": "Q6_K" if _more_bits(layer, layers) else "Q4_K",
        "Q5_K_M": "Q6_K" if _more_bits(layer, layers) else "Q5_K",
        "IQ4_NL": "Q5_K" if early and not has_matrix else "IQ4_NL",
        "IQ4_XS": "Q5_K" if early and not has_matrix else "IQ4_XS",
        "Q4_0": "Q4_1" if early and has_matrix else "Q4_0",
        "Q5_0": "Q5_1" if early and has_matrix else "Q5_0",
    }
    return special.get(mix, BASES[mix])
