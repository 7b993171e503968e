"""The keys of a GGUF file: what the gguf package reads from them, in a fraction of its time, and carried over to the
byte."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from engine.base.errors import BadInput
from engine.checkpoints.headers import gguf_fields
from engine.checkpoints.headers.gguf_fields import listing, write_outline
from engine.export.gguf.writer import Writer

VALUES: dict[str, Any] = {
    "tokenizer.ggml.tokens": [f"word {n} é" for n in range(5000)],
    "tokenizer.ggml.scores": [-float(n) for n in range(5000)],
    "tokenizer.ggml.token_type": list(range(5000)),
    "tokenizer.ggml.one": ["alone"],
    "tokenizer.ggml.flags": [True, False, True],
}


def write(path: Path, kind: type[gguf.GGUFWriter]) -> Path:
    writer = kind(path, "llama")
    writer.add_name("A model")
    writer.add_context_length(4096)
    writer.add_float64("a.double", 0.1)
    for key, value in VALUES.items():
        writer.add_array(key, value)
    writer.add_tensor("token_embd.weight", np.ones((3, 32), np.float32))
    writer.add_tensor("rope_freqs.weight", np.arange(4, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_values_are_those_that_the_gguf_package_reads(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gguf", gguf.GGUFWriter)
    theirs = {key: f.contents() for key, f in gguf.GGUFReader(path).fields.items() if not key.startswith("GGUF.")}
    assert {key: field.contents for key, field in listing(path).fields.items()} == theirs
    tensors = {x.name: (tuple(reversed(x.shape.tolist())), x.data_offset) for x in gguf.GGUFReader(path).tensors}
    assert {x.name: (x.shape, x.offset) for x in listing(path).tensors} == tensors


def test_the_writer_gives_the_bytes_of_the_one_it_is_made_of(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a.gguf", gguf.GGUFWriter), write(tmp_path / "b.gguf", Writer)
    assert one.read_bytes() == other.read_bytes()


def test_a_field_is_carried_over_to_the_byte(tmp_path: Path) -> None:
    before = write(tmp_path / "a.gguf", gguf.GGUFWriter)
    writer = Writer(tmp_path / "b.gguf", "llama")
    for key, field in listing(before).fields.items():
        if key != "general.architecture":
            writer.add_field(key, field)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    after = listing(tmp_path / "b.gguf").fields
    assert {key: field.raw for key, field in after.items()} == {k: f.raw for k, f in listing(before).fields.items()}


def test_a_file_is_read_once_and_another_in_its_place_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.gguf", Writer)
    opened: list[Any] = []
    cursor = gguf_fields.Cursor
    monkeypatch.setattr(gguf_fields, "Cursor", lambda data: opened.append(1) or cursor(data))
    assert listing(path) is listing(path) and len(opened) == 1
    os.replace(write(tmp_path / "b.gguf", Writer), path)
    listing(path)
    assert len(opened) == 2, "the same size, perhaps the same second, but another file"


def test_an_outline_has_the_short_values_and_the_names_of_tensors(tmp_path: Path) -> None:
    write_outline(write(tmp_path / "a.gguf", Writer), tmp_path / "outline.gguf")
    read = gguf.GGUFReader(tmp_path / "outline.gguf")
    assert read.fields["general.name"].contents() == "A model"
    assert read.fields["tokenizer.ggml.flags"].contents() == VALUES["tokenizer.ggml.flags"]
    assert "tokenizer.ggml.tokens" not in read.fields
    assert [tensor.name for tensor in read.tensors] == ["token_embd.weight", "rope_freqs.weight"]


@pytest.mark.parametrize("length", [0, 3, 20, 60, 1000, 60000])
def test_a_file_that_is_cut_off_is_damaged(tmp_path: Path, length: int) -> None:
    path = write(tmp_path / "a.gguf", Writer)
    (tmp_path / "cut.gguf").write_bytes(path.read_bytes()[:length])
    with pytest.raises(BadInput, match="damaged"):
        listing(tmp_path / "cut.gguf")
