"""Skeletons that are copied: each caller has one of its own, equal to one that was built."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.architecture import skeleton
from engine.architecture.skeleton import build_skeleton
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import read_header


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert", "gemma2", "qwen3_moe", "t5"])
def test_a_copy_is_what_would_be_built(kind: str, tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    header = read_header(tiny(kind))
    monkeypatch.setattr(skeleton, "_cache", {})
    first, config = build_skeleton(header)
    monkeypatch.setattr(skeleton, "_build", lambda *_: pytest.fail("nothing is built twice"))
    copied, same = build_skeleton(header)
    assert same == config and list(same) == list(config) and same is not config
    assert not {id(module) for module in first.modules()} & {id(module) for module in copied.modules()}
    one, other = (network.state_dict(keep_vars=True) for network in (first, copied))
    assert list(one) == list(other)
    assert len({id(tensor) for tensor in one.values()}) == len({id(tensor) for tensor in other.values()}), "ties"
    for name, tensor in one.items():
        assert tensor.is_meta == other[name].is_meta and tensor.shape == other[name].shape
        assert tensor.is_meta or torch.equal(tensor, other[name])
        assert not other[name].requires_grad
    assert [m.training for m in first.modules()] == [m.training for m in copied.modules()]
    assert [sorted(vars(m)) for m in first.modules()] == [sorted(vars(m)) for m in copied.modules()]


def test_results_with_the_network_of_their_source_are_copies_too(
    tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a file that holds far less than the network has is refused as when it is built."""
    header = read_header(tiny("llama"))
    monkeypatch.setattr(skeleton, "_cache", {})
    build_skeleton(header)
    monkeypatch.setattr(skeleton, "_build", lambda *_: pytest.fail("nothing is built twice"))
    fewer = dataclasses.replace(header, tensors=header.tensors[:-1])
    build_skeleton(fewer)
    monkeypatch.setattr(skeleton, "LARGEST_BUFFERS", 8)
    with pytest.raises(BadInput, match="asks for tables of"):
        build_skeleton(fewer)


def test_what_is_done_to_one_is_not_done_to_the_next(tiny: Callable[[str], Path]) -> None:
    header = read_header(tiny("llama"))
    for _ in range(2):
        network, config = build_skeleton(header)
        assert network.get_submodule("model.layers").training is False and config["num_hidden_layers"] == 2
        del network.model.layers[0]  # type: ignore[union-attr, operator]
        config["num_hidden_layers"] = 1
        assert len(network.model.layers) == 1  # type: ignore[union-attr, arg-type]


def test_others_are_built(tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another config, and large ones, of which none is kept."""
    header = read_header(tiny("llama"))
    monkeypatch.setattr(skeleton, "_cache", {})
    for kind in ("llama", "gpt2", "bert"):
        build_skeleton(read_header(tiny(kind)))
    assert len(skeleton._cache) == 3
    monkeypatch.setattr(skeleton, "_cache", {})
    monkeypatch.setattr(skeleton, "CACHED_MODULES", 3)
    build_skeleton(header)
    assert not skeleton._cache
