"""A GGUF file carries the record of its making as a key: renamed and alone, it is made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch

from engine.base.errors import BadInput
from engine.checkpoints.headers.gguf_fields import fill_text, listing
from engine.checkpoints.recipe_files import find_recipe, has_recipe
from engine.cli import main
from engine.contracts import recipe as records
from engine.contracts.recipe import KEY, NAME, Recipe
from engine.export.recipe import fitted
from engine.export.registry import export_format
from engine.models.source import open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.pipeline.recipes import open_pipeline
from engine.record.history import History
from engine.record.home import Home
from engine.reproduce.replay import replay
from engine.run.control import Control
from engine.run.runner import start
from engine.service.jobs import export_artifact
from tests.engine.reproduce.exports import Step, exported

Tiny = Callable[[str], Path]
ROUNDED: list[Step] = [("round_to_nearest", {"format": "int8", "group_size": 32})]
QUANTS: list[Step] = [("gguf_quants", {"type": "Q4_0", "method": "nearest", "importance": "none"})]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def gguf_of(folder: Path) -> Path:
    (file,) = folder.glob("*.gguf")
    return file


def alone(folder: Path, tmp_path: Path) -> Path:
    """The file of an export by another name, in a folder of its own."""
    (tmp_path / "elsewhere").mkdir()
    return Path(shutil.copy(gguf_of(folder), tmp_path / "elsewhere" / "other name.gguf"))


def fill(file: Path, change: Callable[[Any], None]) -> None:
    """Change the record in a file."""
    data = json.loads(listing(file).fields[KEY].contents)
    change(data)
    fill_text(file, KEY, json.dumps(data, separators=(",", ":")).encode())


@pytest.mark.parametrize("steps", [ROUNDED, QUANTS, [*ROUNDED, *QUANTS]])
def test_a_file_alone_is_made_again(
    steps: list[Step], tiny: Tiny, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = exported(tiny("llama"), steps, "gguf", home, tmp_path / "out")
    file = alone(folder, tmp_path)
    found = find_recipe(file)
    assert found.export == file and found.recipe == Recipe.read(folder) and has_recipe(file)
    result = replay(file, str(tiny("llama")))
    assert result.mode == "exact" and result.is_confirmed and len(result.tensors) > 10 and not result.remark
    assert found.recipe.tensors.keys() == {tensor.name for tensor in gguf.GGUFReader(file).tensors}
    assert main(["replay", str(file), "--base", str(tiny("llama")), "--layers", "1", "--quiet"]) == 0
    assert "equal to the bit" in capsys.readouterr().out
    assert [block.method for block in open_pipeline(file).pipeline.blocks] == ["model", *(name for name, _ in steps)]


def test_the_size_is_known_before(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    """Whatever the folder and the machine are called; and the key is what it says that it is."""
    folder = exported(tiny("llama"), ROUNDED, "gguf", home, tmp_path / "a folder with a name")
    with History.open(home) as history:
        (artifact,) = {result.artifact for result in history.results() if result.method == "round_to_nearest"}
    kind = export_format("gguf")
    file = gguf_of(folder)
    assert kind.expected_bytes(open_model(artifact), kind.options()) == file.stat().st_size
    words = bytes(gguf.GGUFReader(file).fields[KEY].parts[-1]).decode()
    assert json.loads(words) == json.loads((folder / NAME).read_text("utf-8"))
    kind.write(open_model(artifact), tmp_path / "again", kind.options(), lambda *_: None)
    assert gguf_of(tmp_path / "again").stat().st_size == file.stat().st_size
    assert not has_recipe(gguf_of(tmp_path / "again")), "nobody filled it in"


def test_llama_cpp_passes_over_it(home: Home, tmp_path: Path) -> None:
    """The export is verified by the program that will use it, with the record inside."""
    pipeline = Pipeline.linear([("model", {"model": "sample"}), *ROUNDED], evaluation=Evaluation(when="never"))
    outcome = start(pipeline, home=home, device="cpu")
    artifact, folder = Path(outcome.report["stages"][-1]["artifact"]), tmp_path / "out"
    verified = export_artifact(artifact, "gguf", folder, home=home, progress=lambda *_: None, control=Control())
    assert verified.by_target and "llama.cpp" in verified.loaded_by and has_recipe(gguf_of(folder))
    assert verified.metrics["size_bytes"] == verified.metrics["expected_bytes"] == gguf_of(folder).stat().st_size


def test_what_does_not_fit(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    recipe = Recipe.read(exported(tiny("llama"), ROUNDED, "gguf", home, tmp_path / "out"))
    assert recipe.base.tensors
    whole = recipe.to_bytes()
    assert fitted(recipe, len(whole)) == whole
    small = Recipe.parse(json.loads(fitted(recipe, len(whole) - 1)), "")
    assert small.base.tensors == {} and small.tensors == recipe.tensors and recipe.first_difference(small) == ""
    assert fitted(recipe, 100) == b""


def test_a_changed_tensor_is_named(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    file = alone(exported(tiny("llama"), ROUNDED, "gguf", home, tmp_path / "out"), tmp_path)
    tensor = listing(file).tensor("blk.1.ffn_up.weight")
    assert tensor is not None
    with file.open("r+b") as opened:
        opened.seek(tensor.offset + 2)
        before = opened.read(1)
        opened.seek(tensor.offset + 2)
        opened.write(bytes([before[0] ^ 1]))
    result = replay(file, str(tiny("llama")))
    assert [tensor.name for tensor in result.differing] == ["model.layers.1.mlp.up_proj.weight"]
    assert not result.is_confirmed


def test_a_key_and_a_replay_json_that_contradict_each_other(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    folder = exported(tiny("llama"), ROUNDED, "gguf", home, tmp_path / "out")
    recorded = json.loads((folder / NAME).read_text("utf-8"))
    recorded["steps"][1]["settings"]["group_size"] = 64
    (folder / NAME).write_text(json.dumps(recorded), "utf-8")
    for named in (folder, folder / NAME, folder / "README.md"):
        with pytest.raises(BadInput, match=r"contradict each other.*something else of steps\.2\.settings\.group_size"):
            replay(named, str(tiny("llama")))
    result = replay(gguf_of(folder), str(tiny("llama")))
    assert result.mode == "exact" and "steps.2.settings.group_size" in result.remark
    (folder / NAME).unlink()
    assert replay(folder, str(tiny("llama"))).mode == "exact"
    shutil.copy(gguf_of(folder), folder / "second.gguf")
    with pytest.raises(BadInput, match="Several exports"):
        replay(folder, str(tiny("llama")))


def test_rungs_in_one_folder(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    """Several files of one repository, whose replay.json is of one of them."""
    folder = exported(tiny("llama"), ROUNDED, "gguf", home, tmp_path / "out")
    other = exported(tiny("llama"), QUANTS, "gguf", home, tmp_path / "other")
    beside = Path(shutil.copy(gguf_of(other), folder / "a first.gguf"))
    assert find_recipe(folder).export == folder / "out.gguf"
    assert replay(folder, str(tiny("llama"))).mode == "exact"
    assert find_recipe(beside).recipe.steps[-1].method == "gguf_quants"


def test_a_file_of_something_else_beside_a_folder(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    folder = exported(tiny("llama"), ROUNDED, "dense", home, tmp_path / "out")
    shutil.copy(gguf_of(exported(tiny("llama"), QUANTS, "gguf", home, tmp_path / "other")), folder / "a.gguf")
    found = find_recipe(folder)
    assert found.export == folder and found.recipe.format == "dense" and not found.remark


def test_a_replay_json_alone(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    """By the hashes of its tensors, whatever the file was called; the first records have names of the model."""
    folder = exported(tiny("llama"), QUANTS, "gguf", home, tmp_path / "out")
    (tmp_path / "card").mkdir()
    card = Path(shutil.copy(folder / NAME, tmp_path / "card"))
    assert replay(card, str(tiny("llama"))).mode == "exact"
    from engine.export.recipe import hashes_by_model_names

    recorded = json.loads(card.read_text("utf-8"))
    hashes = hashes_by_model_names(folder, lambda: None)
    recorded["tensors"] = {f"a.gguf/{name}": digest for name, digest in hashes.items()}
    card.write_text(json.dumps(recorded), "utf-8")
    assert replay(card, str(tiny("llama"))).is_confirmed
    recorded["tensors"] |= {f"a.gguf/{next(iter(hashes))}": "0" * 64}
    card.write_text(json.dumps(recorded), "utf-8")
    assert len(replay(card, str(tiny("llama"))).differing) == 1


@pytest.mark.parametrize(
    "text",
    [b"{", b"[]", b'{"version": 1, "steps": 3}', b"[" * 4000, b"\xff\xfe", b'{"version": 1e400}', b'"' + b"a" * 900],
)
def test_a_damaged_key_is_a_sentence(text: bytes, tiny: Tiny, home: Home, tmp_path: Path) -> None:
    file = alone(exported(tiny("llama"), ROUNDED, "gguf", home, tmp_path / "out"), tmp_path)
    fill_text(file, KEY, text)
    with pytest.raises(BadInput, match=r"damaged|JSON"):
        replay(file, str(tiny("llama")))
    if text.isascii():
        assert open_model(file).anatomy.layers, "the model is read all the same"


def test_a_key_without_a_record(tiny: Tiny, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = alone(exported(tiny("llama"), ROUNDED, "gguf", home, tmp_path / "out"), tmp_path)
    monkeypatch.setattr(records, "LONGEST", 1000)
    with pytest.raises(BadInput, match="are allowed"):
        replay(file, str(tiny("llama")))
    monkeypatch.undo()
    fill_text(file, KEY, b"")
    with pytest.raises(BadInput, match=f"it has no key {KEY}, and no {NAME} lies beside it"):
        replay(file, str(tiny("llama")))
    data = file.read_bytes()
    at = data.index(KEY.encode()) + len(KEY)
    room = int.from_bytes(data[at + 4 : at + 12], "little")
    array = (9).to_bytes(4, "little") + (0).to_bytes(4, "little") + room.to_bytes(8, "little")
    file.write_bytes(data[:at] + array + data[at + 12 :])
    with pytest.raises(BadInput, match="damaged"):
        replay(file, str(tiny("llama")))


def test_a_strangers_key_writes_no_file(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    steps: list[Step] = [("gguf_quants", {"type": "Q4_0", "num_samples": 8, "sequence_length": 32})]
    file = alone(exported(tiny("llama"), steps, "gguf", home, tmp_path / "out"), tmp_path)
    planted = tmp_path / "planted.gguf"
    fill(file, lambda data: data["steps"][-1]["settings"].update(save_imatrix=str(planted)))
    assert replay(file, str(tiny("llama"))).mode == "exact"
    assert not planted.exists()
