"""A changed byte is noticed, wherever it is: what can be made again is, and the rest says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.checkpoints import checksum
from engine.checkpoints.container import damage
from engine.contracts.events import Event, StageChanged
from engine.models.source import open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.runner import Outcome, resume, start

Go = Callable[..., Outcome]
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "zeros": lambda data: bytes(len(data)),
    "noise": lambda data: bytes((7 * n + 3) % 256 for n in range(len(data))),
    "one byte": lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:],
    "a byte of the header": lambda data: data[:9] + bytes([data[9] ^ 1]) + data[10:],
}


@pytest.fixture(params=DAMAGES)
def harm(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return lambda file: harmed(file, DAMAGES[request.param])


def harmed(file: Path, change: Callable[[bytes], bytes] = DAMAGES["one byte"]) -> None:
    """Change a file as a disk does: nothing but its bytes; and what this process knew of it is forgotten, as if it had
    been started anew."""
    status = file.stat()
    file.write_bytes(change(file.read_bytes()))
    import os

    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    checksum._checked.clear()


@pytest.fixture
def measured(tiny: Callable[[str], Path], text: str) -> Pipeline:
    evaluation = Evaluation(text=text, window_size=32, num_windows=1, speed=False, compare=False)
    blocks = [("model", {"model": str(tiny("llama"))}), ("round_to_nearest", {"format": "int8", "group_size": 16})]
    return Pipeline.linear(blocks, evaluation=evaluation)


def perplexity(outcome: Outcome) -> float:
    return float(outcome.report["stages"][-1]["metrics"]["perplexity"])


def part(outcome: Outcome, number: int = 2) -> Path:
    return sorted(Path(outcome.report["stages"][-1]["artifact"]).glob("*.safetensors"))[number - 1]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


# -- finished artifacts ------------------------------------------------------------------------------------------------
def test_a_damaged_artifact_is_computed_again(go: Go, measured: Pipeline, harm: Callable[[Path], None]) -> None:
    first = go(measured)
    before = contents(part(first).parent)
    harm(part(first))
    second = go(measured)
    stage = second.report["stages"][-1]
    assert second.status == "done"
    assert not stage["cached"]
    assert any("is damaged" in line and "computed again" in line for line in stage["warnings"])
    assert contents(part(second).parent) == before
    assert perplexity(second) == perplexity(first)
    third = go(measured)
    assert third.report["stages"][-1]["cached"]
    assert not any("damaged" in line for line in third.report["stages"][-1]["warnings"])


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors.index.json", "compression.json"])
def test_every_other_file_counts_too(go: Go, measured: Pipeline, name: str) -> None:
    first = go(measured)
    file = part(first).parent / name
    before = file.read_bytes()
    harmed(file, lambda data: data.replace(b'"', b"'", 1))
    again = go(measured).report["stages"][-1]
    assert again["warnings"]
    assert not again["cached"]
    assert file.read_bytes() == before


def test_a_part_of_another_artifact_is_not_taken(go: Go, chain: Callable[..., Pipeline]) -> None:
    one, other = go(chain({"factor": 0.5})), go(chain({"factor": 0.25}))
    assert damage(part(one).parent) == ""
    shutil.copyfile(part(other), part(one))
    assert "another artifact" in damage(part(one).parent)


def test_metrics_belong_to_contents(go: Go, measured: Pipeline, home: Home) -> None:
    """Once, metrics of a damaged artifact were shown for the repaired one: they were kept by its signature."""
    first = go(measured)
    kept = contents(home.cache / "metrics")
    file = part(first)
    tensors = {name: tensor.clone() for name, tensor in checksum.load(file).items()}
    for name in tensors:
        if name.endswith("layernorm.weight"):
            tensors[name] *= 3
    checksum.save(tensors, file, {"modules": checksum.metadata(file)["modules"]})
    description = json.loads((file.parent / "compression.json").read_text())
    description["files"][file.name] = checksum.metadata(file)[checksum.KEY]
    (file.parent / "compression.json").write_text(json.dumps(description))
    changed = go(measured)
    assert changed.report["stages"][-1]["cached"]
    assert perplexity(changed) != perplexity(first)
    shutil.rmtree(file.parent)
    assert perplexity(go(measured)) == perplexity(first)
    assert contents(home.cache / "metrics").keys() > kept.keys()


def test_two_ways_to_the_same_content_are_measured_once(
    go: Go, tiny: Callable[[str], Path], text: str, home: Home
) -> None:
    evaluation = Evaluation(text=text, window_size=32, num_windows=1, speed=False, compare=False)
    for factor, noise in ((1.0, 0.0), (1.0, 1e-30)):
        settings = {"factor": factor, "noise": noise}
        blocks = [("model", {"model": str(tiny("llama"))}), ("probe", settings)]
        go(Pipeline.linear(blocks, evaluation=evaluation))
        found = len(contents(home.cache / "metrics"))
    assert len(list(home.artifacts.glob("*/compression.json"))) == 2
    assert found == 2, "of the source and of what both probes left"


@pytest.mark.parametrize("broken", ["[" * 100_000, "{}", "3", '{"metrics": {"a": "b"}, "protocol": {}}', "\xff\xfe"])
def test_damaged_metrics_are_measured_again(go: Go, measured: Pipeline, home: Home, broken: str) -> None:
    first = go(measured)
    for file in (home.cache / "metrics").iterdir():
        file.write_bytes(broken.encode("latin-1"))
    assert perplexity(go(measured)) == perplexity(first)


def test_who_reads_a_damaged_artifact_is_told(go: Go, measured: Pipeline, harm: Callable[[Path], None]) -> None:
    """Export, the inspector, a source that an artifact is: they all load it."""
    file = part(go(measured))
    harm(file)
    with pytest.raises(BadInput, match="damaged") as raised:
        open_model(file.parent).load()
    assert str(file) in raised.value.where


def test_artifacts_of_the_first_release_have_no_hashes(go: Go, measured: Pipeline) -> None:
    outcome = go(measured)
    folder = part(outcome).parent
    loaded = {name: tensor.clone() for name, tensor in open_model(folder).load().module.state_dict().items()}
    for file in folder.glob("*.safetensors"):
        data = file.read_bytes()
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        del header["__metadata__"][checksum.KEY]
        file.write_bytes(
            data[:8] + json.dumps(header, separators=(",", ":")).encode().ljust(length)[:length] + data[8 + length :]
        )
    description = json.loads((folder / "compression.json").read_text())
    del description["files"]
    (folder / "compression.json").write_text(json.dumps(description))
    checksum._checked.clear()
    assert damage(folder) == ""
    again = open_model(folder).load().module.state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in loaded.items())


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[" * 100_000,
        "[]",
        '{"version": 1}',
        '{"version": 1, "modules": []}',
        '{"version": 1, "modules": {}, "history": 3}',
        '{"version": 1, "modules": {}, "history": [], "files": {"a": 1}}',
        '{"version": 2, "modules": {}}',
    ],
)
@pytest.mark.parametrize("name", ["compression.json", "config.json", "model.safetensors.index.json"])
def test_no_damage_of_a_description_stops_a_run(go: Go, chain: Callable[..., Pipeline], name: str, broken: str) -> None:
    first = go(chain({}))
    file = part(first).parent / name
    before = file.read_bytes()
    file.write_text(broken)
    again = go(chain({}))
    assert again.status == "done", again.error
    assert file.read_bytes() == before


# -- interrupted work --------------------------------------------------------------------------------------------------
class Killed(SystemExit):
    """Stands for kill -9: nothing keeps it."""


def killed(pipeline: Pipeline, home: Home, when: Callable[[Event], bool]) -> str:
    """Start a run that ends like a killed process at an event; its id."""
    armed = [True]

    def sink(event: Event) -> None:
        if armed[0] and when(event):
            armed[0] = False
            raise Killed

    with pytest.raises(Killed):
        start(pipeline, home=home, run="killed", device="cpu", sink=sink)
    return "killed"


def after_metrics(count: int) -> Callable[[Event], bool]:
    seen: list[int] = []

    def when(event: Event) -> bool:
        seen.extend([1] if type(event).__name__ == "Metric" else [])
        return len(seen) >= count

    return when


def finish(run: str, home: Home) -> tuple[Outcome, list[str]]:
    outcome = resume(run, home=home)
    assert outcome.status == "done", outcome.error
    return outcome, outcome.report["stages"][-1]["warnings"]


def clean_home(tmp_path: Path) -> Home:
    return Home(tmp_path / "other home")


def test_a_damaged_part_of_an_interrupted_run(
    chain: Callable[..., Pipeline], home: Home, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    pipeline = chain({"noise": 0.1})
    undisturbed = start(pipeline, home=clean_home(tmp_path), device="cpu")
    run = killed(pipeline, home, after_metrics(4))
    parts = sorted(home.artifacts.glob("*.partial/*.safetensors"))
    assert len(parts) == 3
    harm(parts[1])
    outcome, warnings = finish(run, home)
    assert any("goes on from the one before" in line for line in warnings)
    assert contents(part(outcome).parent) == contents(part(undisturbed).parent)


def training(tiny: Callable[[str], Path], text: str, **settings: Any) -> Pipeline:
    chosen = {
        "text": text,
        "sequence_length": 16,
        "steps": 4,
        "batch_size": 2,
        "micro_batch_size": 2,
        "eval_steps": 1,
        **settings,
    }
    blocks = [("model", {"model": str(tiny("llama"))}), ("fine_tuning", chosen)]
    return Pipeline.linear(blocks, evaluation=Evaluation(when="never"))


@pytest.mark.parametrize("which", ["training.safetensors", "training.best.safetensors"])
def test_a_damaged_checkpoint(
    tiny: Callable[[str], Path],
    text: str,
    home: Home,
    tmp_path: Path,
    harm: Callable[[Path], None],
    which: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.training.loop.CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr("engine.training.loop.CHECKPOINT_SHARE", 1e9)
    pipeline = training(tiny, text, early_stopping_patience=3)
    undisturbed = start(pipeline, home=clean_home(tmp_path), device="cpu")
    run = killed(
        pipeline, home, lambda event: getattr(event, "name", "") == "loss/eval" and getattr(event, "step", 0) == 3
    )
    (file,) = home.artifacts.glob(f"*.scratch/{which}")
    harm(file)
    outcome, warnings = finish(run, home)
    assert any("kept by the interrupted run, is damaged" in line for line in warnings)
    assert contents(part(outcome).parent) == contents(part(undisturbed).parent)


def test_what_can_not_be_made_again_alone_begins_anew(
    tiny: Callable[[str], Path], text: str, home: Home, tmp_path: Path
) -> None:
    """The original's hidden states before a layer come from all layers before it."""
    settings = {"text": text, "sequence_length": 16, "num_samples": 4, "update": "original", "rank_multiple": 1}
    blocks = [("model", {"model": str(tiny("llama"))}), ("svd", settings)]
    pipeline = Pipeline.linear(blocks, evaluation=Evaluation(when="never"))
    undisturbed = start(pipeline, home=clean_home(tmp_path), device="cpu")
    run = killed(pipeline, home, lambda event: getattr(event, "layer", "").startswith("model.layers.1."))
    (file, *_) = home.artifacts.glob("*.scratch/original-0-0.safetensors")
    harmed(file)
    outcome, warnings = finish(run, home)
    assert any("begins anew" in line for line in warnings)
    assert contents(part(outcome).parent) == contents(part(undisturbed).parent)


def test_remembered_values(tmp_path: Path) -> None:
    told: list[str] = []

    def tell(text: str, level: Any) -> None:
        told.append(text)

    file = tmp_path / "values.json"
    assert checksum.load_values(file, tell) is None
    values = {"layers": [1, 2], "names": ["a", None, 0.1]}
    checksum.save_values(file, values)
    assert checksum.load_values(file, tell) == values
    assert not told
    file.write_text(file.read_text().replace("2", "3", 1))
    assert checksum.load_values(file, tell) is None
    assert "damaged" in told[0]
    assert not file.exists()


def test_equal_tensors_make_equal_files(tmp_path: Path) -> None:
    tensors = {"b": torch.arange(6.0).view(2, 3).T, "a": torch.ones(3, dtype=torch.bfloat16)}
    for name in ("one", "other"):
        checksum.save(tensors, tmp_path / name, {"z": "é", "a": '"sha256":"' + 64 * "0" + '"'})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    checksum._checked.clear()
    assert checksum.damage(tmp_path / "one") == ""
    assert torch.equal(checksum.load(tmp_path / "one")["b"], tensors["b"])


def test_a_file_is_read_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    whole = checksum._damage
    monkeypatch.setattr(checksum, "_damage", lambda path: (read.append(path), whole(path))[1])
    checksum.save({"a": torch.ones(3)}, tmp_path / "file")
    assert checksum.damage(tmp_path / "file") == ""
    assert not read, "it was written by this process"
    checksum._checked.clear()
    (tmp_path / "file").rename(tmp_path / "renamed")
    for _ in range(3):
        assert checksum.damage(tmp_path / "renamed") == ""
    assert len(read) == 1


@pytest.fixture(autouse=True)
def _nothing_checked() -> Iterator[None]:
    checksum._checked.clear()
    yield


def test_states_of_a_damaged_artifact_are_told(go: Go, measured: Pipeline, heard: Any) -> None:
    harmed(part(go(measured)))
    heard.clear()
    go(measured)
    states = [e.state for e in heard if isinstance(e, StageChanged) and e.block == "round_to_nearest_1"]
    assert states == ["running", "done"]
