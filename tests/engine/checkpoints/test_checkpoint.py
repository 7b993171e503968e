"""Headers of folders: what is read, and every kind of damage that is refused with a sentence."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from engine.base import pinned
from engine.base.errors import BadInput
from engine.base.files import home
from engine.checkpoints.checkpoint import read_header
from engine.checkpoints.headers.safetensors import HEADER_LIMIT, read_file

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tiny: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return shutil.copytree(tiny("llama"), tmp_path / "model")


@pytest.fixture
def sharded(tiny: Callable[[str], Path], tmp_path: Path) -> Path:
    model = AutoModelForCausalLM.from_pretrained(tiny("llama_untied"), dtype=torch.float32)
    model.save_pretrained(tmp_path / "sharded", max_shard_size="100KB")
    assert (tmp_path / "sharded" / "model.safetensors.index.json").exists()
    return tmp_path / "sharded"


def edit(path: Path, **changes: Any) -> None:
    data = json.loads(path.read_text())
    data.update(changes)
    path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}))


def test_a_folder(tiny: Callable[[str], Path]) -> None:
    header = read_header(tiny("llama"))
    tensors = load_file(tiny("llama") / "model.safetensors")
    assert header.format == "safetensors"
    assert header.model_type == "llama"
    assert {t.name: t.shape for t in header.tensors} == {name: tuple(t.shape) for name, t in tensors.items()}
    assert header.nbytes == sum(4 * t.numel() for t in tensors.values())
    assert header.parameters == AutoModelForCausalLM.from_pretrained(tiny("llama")).num_parameters()
    assert {path.name for path in header.companions} >= {"tokenizer.json", "tokenizer_config.json"}
    first = header.tensors[0]
    with open(header.folder / first.file, "rb") as file:
        file.seek(first.offset)
        values = torch.frombuffer(bytearray(file.read(first.nbytes)), dtype=torch.float32)
    assert torch.equal(values.reshape(first.shape), tensors[first.name])


def test_shards_are_read_together(sharded: Path) -> None:
    header = read_header(sharded)
    assert len(header.files) > 1
    assert header.parameters == AutoModelForCausalLM.from_pretrained(sharded).num_parameters()


def test_constants_and_tied_heads_do_not_count_as_parameters(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shutil.copytree(tiny("gpt2"), tmp_path / "model")
    edit(folder / "config.json", tie_word_embeddings=True)
    tensors = load_file(folder / "model.safetensors")
    tensors["transformer.h.0.attn.bias"] = torch.ones(1, 1, 256, 256)
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"].clone()
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    assert read_header(folder).parameters == AutoModelForCausalLM.from_pretrained(tiny("gpt2")).num_parameters()


def test_a_file_of_the_folder_stands_for_it(folder: Path) -> None:
    assert read_header(folder / "model.safetensors").path == folder


def test_reading_loads_no_torch(tiny: Callable[[str], Path]) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.checkpoints.checkpoint import read_header; "
        "s = read_header(Path(sys.argv[1])); s.fingerprint; "
        "print([m for m in ('torch', 'transformers', 'PySide6') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tiny("llama"))], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


# -- fingerprint -------------------------------------------------------------------------------------------------------
def test_fingerprint_follows_the_content_not_the_place(folder: Path, tmp_path: Path) -> None:
    first = read_header(folder).fingerprint
    other = shutil.copytree(folder, tmp_path / "elsewhere")
    assert read_header(other).fingerprint == first
    weights = load_file(other / "model.safetensors")
    weights["model.norm.weight"][3] += 1e-3
    save_file(weights, other / "model.safetensors", {"format": "pt"})
    changed = read_header(other).fingerprint
    assert changed != first
    edit(folder / "config.json", rms_norm_eps=1e-3)
    assert read_header(folder).fingerprint != first


def test_fingerprint_follows_the_tokenizer(folder: Path) -> None:
    first = read_header(folder).fingerprint
    edit(folder / "tokenizer.json", version="9")
    assert read_header(folder).fingerprint != first


def test_fingerprint_is_remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "SETTLED_NS", -pinned.SETTLED_NS)  # as if the file had been there for long
    first = read_header(folder).fingerprint
    memory = home() / "cache" / "fingerprints.json"
    assert str(folder / "model.safetensors") in memory.read_text()
    read: list[Path] = []
    digest = pinned.Pinned._digest
    monkeypatch.setattr(pinned.Pinned, "_digest", lambda self: read.append(self.path) or digest(self))
    pinned._hashes.clear()  # as in another process
    assert read_header(folder).fingerprint == first
    assert folder / "model.safetensors" not in read
    memory.write_text("broken")
    pinned._hashes.clear()
    assert read_header(folder).fingerprint == first
    assert folder / "model.safetensors" in read


def test_a_hash_of_a_file_that_was_written_this_moment_is_not_remembered(folder: Path) -> None:
    """A second write within one tick of the disk's clock would leave the same times."""
    read_header(folder)
    memory = home() / "cache" / "fingerprints.json"
    (folder / "model.safetensors").touch()
    known = memory.read_text() if memory.is_file() else ""
    _ = read_header(folder).fingerprint
    assert str(folder / "model.safetensors") not in known
    assert (memory.read_text() if memory.is_file() else "") == known


# -- safetensors files that are refused --------------------------------------------------------------------------------
def header(path: Path, entries: Any, data: bytes = b"", length: int | None = None) -> Path:
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def entry(begin: int, end: int, dtype: str = "F32", shape: tuple[int, ...] = (2,)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("entries", "data", "sentence"),
    [
        ({"a": entry(0, 8)}, bytes(4), "cut off: "),
        ({"a": entry(0, 8)}, bytes(12), "4 bytes after the last tensor belong to nothing"),
        ({"a": entry(0, 12)}, bytes(12), "a is F32 of shape .2. but lies in 12 bytes"),
        ({"a": entry(0, 8), "b": entry(4, 12)}, bytes(12), "b overlaps"),
        ({"a": entry(0, 8), "b": entry(12, 20)}, bytes(20), "b leaves a hole"),
        ({"a": entry(8, 0)}, bytes(8), "lies in -8 bytes"),
        ({"a": entry(-8, 0)}, bytes(8), "a has the shape"),
        ({"a": entry(0, 8, shape=(-2,))}, bytes(8), "a has the shape"),
        ({"a": entry(0, 8, shape=(2.0,))}, bytes(8), "a has the shape"),  # type: ignore[arg-type]
        ({"a": entry(0, 8, dtype="Q9")}, bytes(8), "unknown type 'Q9'"),
        ({"a": {"dtype": "F32"}}, b"", "does not describe a"),
        ({"a": 7}, b"", "does not describe a"),
        ([1, 2], b"", "not a JSON object"),
        (b'{"a": ', b"", "not JSON"),
        (b"\xff\xfe\x00", b"", "not JSON"),
        (b"[" * 100_000, b"", "not JSON"),
        (b'{"a": {}, "a": {}}', b"", "a name appears twice"),
    ],
)
def test_damaged_headers_are_refused(tmp_path: Path, entries: Any, data: bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        read_file(header(tmp_path / "model.safetensors", entries, data))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "only 0 bytes"),
        (b"\1\2\3", "only 3 bytes"),
        (struct.pack("<Q", 5000) + b"{}", "claims 5000 bytes, the file has 10"),
        (struct.pack("<Q", HEADER_LIMIT + 1) + b"{}", "more than 100 MB"),
        (struct.pack("<Q", 1 << 63) + b"{}", "more than 100 MB"),
    ],
)
def test_absurd_lengths_are_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(BadInput, match=sentence):
        read_file(tmp_path / "model.safetensors")


def test_every_float_type_is_known(tmp_path: Path) -> None:
    tensors = {
        str(dtype): torch.zeros(4, 2).to(dtype)
        for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2, torch.int8)
    }
    save_file(tensors, tmp_path / "model.safetensors")
    assert {t.name: t.nbytes for t in read_file(tmp_path / "model.safetensors")} == {
        name: 8 * tensor.element_size() for name, tensor in tensors.items()
    }


# -- folders that are refused ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["../evil.safetensors", "/etc/passwd", "sub/x.safetensors", "..", "", "C:\\x.safetensors", 7]
)
def test_an_index_never_leaves_its_folder(sharded: Path, name: Any) -> None:
    index = sharded / "model.safetensors.index.json"
    weight_map = json.loads(index.read_text())["weight_map"]
    edit(index, weight_map={**weight_map, "model.norm.weight": name})
    with pytest.raises(BadInput, match="points outside its folder"):
        read_header(sharded)


def test_a_missing_shard_is_named(sharded: Path) -> None:
    shard = sorted(sharded.glob("*.safetensors"))[0]
    shard.unlink()
    with pytest.raises(BadInput, match=f"missing .*{shard.name}"):
        read_header(sharded)


def test_a_tensor_that_its_shard_lacks_is_named(sharded: Path) -> None:
    index = sharded / "model.safetensors.index.json"
    weight_map = json.loads(index.read_text())["weight_map"]
    edit(index, weight_map={**weight_map, "model.ghost.weight": next(iter(weight_map.values()))})
    with pytest.raises(BadInput, match=r"model\.ghost\.weight is missing"):
        read_header(sharded)


@pytest.mark.parametrize("content", ["[]", "{}", '{"weight_map": []}', "no json"])
def test_a_broken_index_is_refused(sharded: Path, content: str) -> None:
    (sharded / "model.safetensors.index.json").write_text(content)
    with pytest.raises(BadInput, match="damaged"):
        read_header(sharded)


def test_a_folder_without_config_is_refused(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(BadInput, match=r"no config\.json"):
        read_header(folder)


@pytest.mark.parametrize(("content", "why"), [("{}", "no model_type"), ("[]", "no JSON object"), ("{", "not JSON")])
def test_a_config_that_says_nothing_is_refused(folder: Path, content: str, why: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(BadInput, match=why):
        read_header(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pth", "model.ckpt"])
def test_pickles_are_refused_with_a_way_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / name).write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(BadInput, match=r"Pickle files are not opened.*safetensors"):
            read_header(path)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        read_header(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="it is empty"):
        read_header(tmp_path)
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(BadInput, match="no model"):
        read_header(tmp_path)
    with pytest.raises(BadInput, match="The file is not a model"):
        read_header(tmp_path / "notes.txt")
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(BadInput, match="an adapter"):
        read_header(tmp_path)


def test_several_ggufs_must_be_chosen_from(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    with pytest.raises(BadInput, match=r"several GGUF files.*a\.gguf, b\.gguf"):
        read_header(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user that may be refused")
def test_a_file_that_may_not_be_read(folder: Path) -> None:
    (folder / "model.safetensors").chmod(0)
    with pytest.raises(BadInput, match="can't be read"):
        read_header(folder)
