"""Facts of a model from its headers, and its tensors by part."""

from __future__ import annotations

from engine.architecture.structure import by_part, facts, in_short
from engine.checkpoints.checkpoint import read_header
from engine.checkpoints.headers import TensorInfo


def test_tensors_are_grouped_by_layer_in_their_order():
    names = ["model.embed_tokens.weight", *(f"model.layers.{n}.{part}" for n in (10, 1, 2) for part in ("a.w", "b.w"))]
    groups = by_part(tuple(TensorInfo(name, (2, 2), "BF16", 8) for name in names))
    assert list(groups) == ["model.embed_tokens", "model.layers.1", "model.layers.2", "model.layers.10"]
    assert [tensor.name for tensor in groups["model.layers.2"]] == ["model.layers.2.a.w", "model.layers.2.b.w"]


def test_facts_of_a_real_folder(tiny):
    found = dict(facts(read_header(tiny("gpt2"))))
    assert found["Architecture"] == "GPT2LMHeadModel" and found["Hidden size"] == "64" and found["Layers"] == "2"
    assert found["Format"].startswith("Hugging Face")


def test_a_model_in_short(tiny):
    header = read_header(tiny("gpt2"))
    short = in_short(header)
    assert (short.architecture, short.parameters) == (dict(facts(header))["Architecture"], header.parameters)
    assert short.bits == 8 * header.nbytes / header.parameters and short.context == header.config["n_positions"]
