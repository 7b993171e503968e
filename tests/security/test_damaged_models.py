"""What the harness in tests/hostile found in models: each is a sentence now."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.base.files import write_json
from engine.contracts.events import Log
from engine.data.samples import load_samples
from engine.models.source import load_tokenizer, open_model
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.testing.stage import compress

Tiny = Callable[[str], Path]


def copied(source: Path, folder: Path) -> Path:
    return Path(shutil.copytree(source, folder))


@pytest.mark.parametrize("dtype", ["", "float", "a.b.c.d", {}, [], 7])
def test_a_dtype_that_is_none(dtype: Any, tiny: Tiny, tmp_path: Path) -> None:
    folder = copied(tiny("llama"), tmp_path / "m")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "dtype": dtype}), "utf-8")
    try:
        open_model(folder)
    except BadInput as error:
        assert "config.json" in str(error)


def test_a_type_of_a_tensor_that_is_no_word(tiny: Tiny, tmp_path: Path) -> None:
    folder = copied(tiny("llama"), tmp_path / "m")
    data = (folder / "model.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    next(entry for name, entry in header.items() if name != "__metadata__")["dtype"] = {}
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])
    with pytest.raises(BadInput, match="unknown type"):
        open_model(folder)


def test_a_name_of_a_file_that_no_disk_takes(tiny: Tiny, tmp_path: Path) -> None:
    folder = copied(tiny("llama"), tmp_path / "m")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "x" * 5000}}), "utf-8")
    with pytest.raises(BadInput, match="points outside its folder"):
        open_model(folder)


def test_sizes_of_a_container_that_are_none(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "one_shot_pruning", {"text": "sample", "num_samples": 2, "sequence_length": 32}, tmp_path)
    path = tmp_path / "artifact" / "compression.json"
    whole = json.loads(path.read_text("utf-8"))
    for name, spec in whole["modules"].items():
        for key, value in spec.items():
            if isinstance(value, int) and not isinstance(value, bool):
                changed = {**whole, "modules": {**whole["modules"], name: {**spec, key: -value - 64}}}
                path.write_text(json.dumps(changed), "utf-8")
                with pytest.raises(BadInput):
                    open_model(path.parent).load()
        break


def test_half_a_character_in_a_record(tiny: Tiny, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"prompt": "a\ud800", "answer": "b"}), "utf-8")
    with pytest.raises(BadInput, match="half a character"):
        load_samples(load_tokenizer(tiny("llama")), str(path), 16)


def test_half_a_character_does_not_keep_a_run_from_being_written(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"name": "a\ud800b"})
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"name": "a?b"}
    folder = RunFolder.create(tmp_path / "run", Pipeline(name="a\ud800b"), {})
    folder.append(Log(run="r", level="info", text="a\ud800b"))
    folder.close()
    assert [event.text for event in folder.events() if isinstance(event, Log)] == ["a?b"]
