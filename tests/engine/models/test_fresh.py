"""Models with random weights are what headers foretold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.models.fresh import fresh_headers, fresh_model, read_config
from engine.models.source import open_model
from engine.testing.models import KINDS

Tiny = Callable[[str], Path]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_shape_with_fewer_layers(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind))
    found = fresh_headers(model.header, model.anatomy, changes={"num_hidden_layers": 1})
    assert found is not None
    header, anatomy = found
    made = fresh_model(model, tmp_path / "fresh", 0, changes={"num_hidden_layers": 1})
    assert anatomy == made.anatomy and len(anatomy.layers) == 1
    sizes = {(info.name, info.shape, info.dtype, info.nbytes) for info in header.tensors}
    assert sizes == {(info.name, info.shape, info.dtype, info.nbytes) for info in made.header.tensors}


def test_another_architecture_keeps_the_vocabulary(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama"))
    config = json.loads((tiny("qwen2") / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "vocab_size": 999, "intermediate_size": 40}))
    name = str(tmp_path / "config.json")
    found = fresh_headers(model.header, model.anatomy, name)
    assert found is not None
    made = fresh_model(model, tmp_path / "fresh", 0, config=read_config(name))
    assert found[1] == made.anatomy and made.anatomy.vocabulary == model.anatomy.vocabulary
    assert made.anatomy.intermediate_size == 40


@pytest.mark.parametrize(
    ("config", "changes"),
    [("owner/of-the-hub", {}), ("missing.json", {}), ("", {"num_attention_heads": 7, "hidden_size": 50})],
)
def test_what_is_not_known_before(config: str, changes: dict[str, int], tiny: Tiny) -> None:
    model = open_model(tiny("llama"))
    assert fresh_headers(model.header, model.anatomy, config, changes) is None
