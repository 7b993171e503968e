"""No number of a config takes memory or time before somebody has seen that the files hold nothing of the kind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.architecture import skeleton
from engine.architecture.bounds import check_config
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import read_header
from engine.models.source import open_model

Tiny = Callable[[str], Path]


def changed(source: Path, folder: Path, **values: Any) -> Path:
    shutil.copytree(source, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **values}), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"num_labels": 2**53}, r"num_labels is 9\.01e\+15"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers is 1000000000, not from 0 to 4096"),
        ({"head_dim": 0}, "head_dim is 0"),
        ({"num_key_value_heads": 3}, "not a multiple of 3 key/value heads"),
        ({"hidden_size": -4}, "hidden_size is -4"),
        ({"max_position_embeddings": 1e300}, r"max_position_embeddings is 1e\+300"),
        ({"rope_theta": 10**30}, r"rope_theta is 1e\+30"),
        ({"rope_theta": 10**400}, "whole number of 401 digits"),
        ({"hidden_size": -(10**38)}, r"hidden_size is -1e\+38, not from"),
        ({"text_config": {"vision_config": {"num_labels": 10**9}}}, r"text_config\.vision_config\.num_labels"),
        ({"num_experts": 4000, "num_hidden_layers": 4000}, "4000 layers of 4000 experts"),
        ({"model_type": "llama4"}, r"asks for 1\d\d\.\d G values"),
        ({"hidden_size": 10**6}, r"asks for .* values, the files hold"),
        ({"vocab_size": 15_000_000}, r"asks for .* values, the files hold"),
    ],
)
def test_sizes_that_no_model_has_are_named(values: dict[str, Any], sentence: str, tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=sentence):
        open_model(changed(tiny("llama"), tmp_path / "m", **values))


def test_tables_that_are_computed_are_counted(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = changed(tiny("llama"), tmp_path / "m")
    monkeypatch.setattr(skeleton, "LARGEST_BUFFERS", 8)
    monkeypatch.setattr(skeleton, "_sizes", {})
    with pytest.raises(BadInput, match="asks for tables of"):
        open_model(folder)


def test_what_is_too_large_is_never_built(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only on the meta device."""
    devices: list[str] = []
    build = skeleton._build

    def watched(*arguments: Any) -> Any:
        devices.append(torch.empty(0).device.type)
        return build(*arguments)

    monkeypatch.setattr(skeleton, "_build", watched)
    with pytest.raises(BadInput, match="does not fit its tensors"):
        open_model(changed(tiny("llama"), tmp_path / "m", model_type="llama4"))
    assert devices == ["meta"]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert", "gemma2", "phi3", "qwen3"])
def test_real_configs_pass(kind: str, tiny: Tiny) -> None:
    header = read_header(tiny(kind))
    check_config(header.config, header.path)
