"""What a block does not make itself is stored as it came, or in the dtype that its settings name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf_files import write_gguf

from engine.contracts.method_settings import MethodSettings
from engine.methods.registry import method, methods
from engine.models.source import open_model
from engine.pipeline.document import Block
from engine.run.node import Node
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
CALIBRATED = {"text": "sample", "num_samples": 4, "sequence_length": 32}
CASES: dict[str, dict[str, Any]] = {
    "round_to_nearest": {"group_size": 32, "quantize_embeddings": True},
    "gptq": {"group_size": 32, **CALIBRATED},
    "nf4": {},
    "fine_tuning": {"steps": 2, "text": "sample", "sequence_length": 32, "batch_size": 2},
}


def test_every_block_has_it() -> None:
    own = [info for info in methods().values() if info.settings.__module__.startswith("engine.")]
    for info in own:
        assert info.is_source != issubclass(info.settings, MethodSettings), info.id


FEW = [("round_to_nearest", "stored"), ("round_to_nearest", "float16"), *((name, "bfloat16") for name in CASES)]


@pytest.mark.parametrize(("method_id", "dtype"), FEW)
def test_other_tensors_are_stored_in_it(method_id: str, dtype: str, tiny: Tiny, tmp_path: Path) -> None:
    info = method(method_id)
    given = {**CASES[method_id], "other_dtype": dtype}
    compress(tiny("llama_untied"), method_id, given, tmp_path)
    made, source = open_model(tmp_path / "artifact"), open_model(tiny("llama_untied"))
    packed = tuple(f"{name}." for name in made.compressed())
    others = {name: made.tensor(name).dtype for name in made.state() if not name.startswith(packed)}
    wanted = source.tensor("model.norm.weight").dtype if dtype == "stored" else getattr(torch, dtype)
    assert "model.norm.weight" in others and set(others.values()) == {wanted}
    assert made.config_dtype == (source.config_dtype if dtype == "stored" else wanted)
    node = Node(Block(id="b", method=method_id, settings=given), info, info.settings.parse(given), {"model": "a"})
    node.known_headers = {"model": (source.header, source.anatomy)}
    estimate = node.estimate(torch.device("cpu"))
    real = sum(file.stat().st_size for file in (tmp_path / "artifact").glob("*.safetensors"))
    assert estimate is not None and estimate.disk_bytes == pytest.approx(real, rel=0.02)


def test_blocks_of_a_file_are_unpacked_for_it(tiny: Tiny, tmp_path: Path) -> None:
    source = write_gguf("llama", tiny("llama"), tmp_path / "source.gguf", "Q8_0")
    values = {"group_size": 32, "ignore": ("q", "k", "v", "o", "gate", "up")}
    for dtype, keeps in (("stored", True), ("float32", False)):
        compress(source, "round_to_nearest", {**values, "other_dtype": dtype}, tmp_path / dtype)
        made = open_model(tmp_path / dtype / "artifact")
        name = "model.layers.0.self_attn.q_proj.weight"
        assert (made.packed(name) is not None) == keeps
        assert torch.equal(made.tensor(name).float(), open_model(source).tensor(name).float())
