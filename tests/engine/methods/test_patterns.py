"""Lists over layers: patterns mean layers, and the fewest patterns that mean the same."""

from __future__ import annotations

import pytest

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.methods.quantization.gguf_quants.mixes import linear_types, type_patterns
from engine.methods.shared.patterns import layer_numbers, linear_values, picked, shortest, shortest_values

ROLES = ("q", "v", "down")


def linear(layer: int, role: str) -> Linear:
    return Linear(f"model.layers.{layer}.{role}_proj", role, layer, 8, 4, False, False, role)


@pytest.fixture
def anatomy() -> Anatomy:
    layers = tuple(Layer(n, f"model.layers.{n}", tuple(linear(n, r) for r in ROLES), {}) for n in range(12))
    return Anatomy("decoder", layers, (), None, True, None, 8, 1, 1, 8, 8, 100)


@pytest.mark.parametrize(
    "patterns",
    [["down"], ["model.layers.1.*"], ["q", "model.layers.1.*"], ["*.0.q_proj"], ["model.layers.3.v_proj", "v"], []],
)
def test_shortest_patterns_mean_the_same_layers(anatomy: Anatomy, patterns: list[str]) -> None:
    names = picked(anatomy.linears, patterns)
    assert picked(anatomy.linears, shortest(anatomy, names)) == names
    assert len(shortest(anatomy, names)) <= max(1, len(patterns))


@pytest.mark.parametrize(
    "patterns",
    [
        [r"ffn_down\.=Q6_K"],
        [r"blk\.3\.=Q8_0", "attn_q=Q5_K"],
        ["attn_v=Q6_K", "attn=Q4_K"],
        [r"blk\.1\.attn_q=Q8_0"],
        [],
    ],
)
def test_types_as_patterns_give_every_layer_the_same_type(anatomy: Anatomy, patterns: list[str]) -> None:
    types, others = linear_types(anatomy, patterns)
    assert linear_types(anatomy, type_patterns(anatomy, types)) == (types, []) and not others
    assert patterns == [] or 0 < len(types) <= 36


@pytest.mark.parametrize("given", [["down=0.3"], ["layers.0.*=0", "q=20%"], ["model.layers.1.q_proj=0.1", "q=0.2"], []])
def test_values_as_patterns_give_every_layer_the_same_value(anatomy: Anatomy, given: list[str]) -> None:
    values, others = linear_values(anatomy, given)
    assert linear_values(anatomy, shortest_values(anatomy, values)) == (values, []) and not others
    assert given == [] or 0 < len(values) <= 36


def test_what_means_no_layer_or_is_half_typed_is_kept_apart(anatomy: Anatomy) -> None:
    assert linear_values(anatomy, ["=", "down", "nothing=1"]) == ({}, ["=", "down", "nothing=1"])
    assert linear_types(anatomy, ["ffn_down", "(=Q8_0", "token_embd=Q8_0"])[1] == [
        "ffn_down", "(=Q8_0", "token_embd=Q8_0",
    ]  # fmt: skip
    assert layer_numbers(["3", "8-9", "x", "4-", "-5"]) == {3, 8, 9}
