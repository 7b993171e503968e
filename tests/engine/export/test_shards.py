"""Safetensors files that are planned first: where each tensor lies, and which file it is in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.export.shards import INDEX, Planned, Shard, ShardWriter, shards

TENSORS = {
    "byte": torch.arange(3, dtype=torch.uint8),
    "double": torch.arange(2, dtype=torch.float64),
    "half": torch.arange(5).half(),
    "none": torch.zeros(0, 4),
    "single": torch.arange(6.0).view(2, 3),
}


def planned(tensors: dict[str, torch.Tensor] = TENSORS) -> list[Planned]:
    return [Planned.like(name, tensor) for name, tensor in tensors.items()]


@pytest.mark.parametrize("more", range(8))
def test_every_tensor_lies_at_a_multiple_of_its_own_size(more: int, tmp_path: Path) -> None:
    """However long the names are: a file that is mapped into memory gives no tensor that lies askew."""
    tensors = {name + "x" * (more if name == "byte" else 0): tensor for name, tensor in TENSORS.items()}
    shard = Shard(planned(tensors))
    with shard.create(tmp_path / "file.safetensors") as file:
        file.flush()
        assert (tmp_path / "file.safetensors").stat().st_size == shard.nbytes, "a full disk is known at once"
        for name, tensor in reversed(tensors.items()):
            shard.put(file, name, tensor)
    data = (tmp_path / "file.safetensors").read_bytes()
    assert len(data) == shard.nbytes
    begin = 8 + int.from_bytes(data[:8], "little")
    assert begin == len(shard.header) and begin % 8 == 0
    for name, entry in json.loads(data[8:begin]).items():
        if name != "__metadata__":
            assert (begin + entry["data_offsets"][0]) % tensors[name].dtype.itemsize == 0, name
    read = load_file(tmp_path / "file.safetensors")
    assert read.keys() == tensors.keys() and all(torch.equal(read[name], tensors[name]) for name in tensors)


def test_equal_plans_give_equal_files_in_any_order() -> None:
    assert Shard(planned()).header == Shard(reversed(planned())).header


def test_a_file_is_full_at_its_limit_and_a_larger_tensor_has_its_own() -> None:
    plan = [Planned(name, torch.uint8, (count,)) for name, count in zip("abcdef", (4, 6, 3, 7, 20, 3), strict=True)]
    assert [list(shard.planned) for shard in shards(plan, 10)] == [["a", "b"], ["c", "d"], ["e"], ["f"]]


def test_files_are_numbered_and_listed_where_there_are_several(tmp_path: Path) -> None:
    for limit, names in ((1000, ["model.safetensors"]), (40, [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)])):
        folder = tmp_path / str(limit)
        folder.mkdir()
        writer = ShardWriter(folder, planned(), limit)
        for name, tensor in TENSORS.items():
            writer.write(name, tensor)
        writer.finish()
        assert sorted(file.name for file in folder.glob("*.safetensors")) == names
        assert (folder / INDEX).exists() == (len(names) > 1)
    index = json.loads((tmp_path / "40" / INDEX).read_text(encoding="utf-8"))
    assert index["metadata"]["total_size"] == sum(tensor.nbytes for tensor in TENSORS.values())
    assert index["weight_map"].keys() == TENSORS.keys()
    for name, file in index["weight_map"].items():
        assert torch.equal(load_file(tmp_path / "40" / file)[name], TENSORS[name])


@pytest.mark.parametrize(("limit", "count"), [(1000, 1), (40, 2)])
def test_what_is_finished_lies_on_the_disk(
    limit: int, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[list[bytes]] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(files()))
    monkeypatch.setattr("engine.export.shards.write_json", lambda *_: None)

    def files() -> list[bytes]:
        return [file.read_bytes() for file in sorted(tmp_path.glob("*.safetensors"))]

    writer = ShardWriter(tmp_path, planned(), limit)
    for name, tensor in TENSORS.items():
        writer.write(name, tensor)
    assert not synced
    writer.finish()
    assert len(synced) == count, "each file once"
    assert [there[number] for number, there in enumerate(synced)] == files(), "nothing of it waited when it was synced"
    assert all(file.closed for file in writer._files)


def test_a_tensor_that_was_not_written_is_a_fault(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path, planned())
    with pytest.raises(AssertionError, match="not written: \\['byte', 'double', 'half'\\]"):
        writer.finish()
    writer.close()
    assert all(file.closed for file in writer._files)
