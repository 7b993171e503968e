"""Ways to a silent wrong figure: a file that is changed between two runs or while one goes on, a result that another
program edits or puts elsewhere. A figure that is shown is always that of the bytes that lie there; else the run says
why it has none, and what is kept is never of other bytes than its name says."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from two_worlds import Change, World, figures, overwritten, replaced, truth, two_worlds

from engine import resources
from engine.base import pinned
from engine.base.files import home as workspace
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import read_header
from engine.contracts.events import Event, LayerDone, Measured
from engine.measure.inspection import inspect_model
from engine.models.source import load_tokenizer, open_model
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.run.artifacts import Store
from engine.run.runner import Outcome, start


@pytest.fixture(autouse=True)
def _files_are_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the disk's clock had moved on since the files of the tests were written: their hashes are remembered."""
    monkeypatch.setattr(pinned, "SETTLED_NS", -pinned.SETTLED_NS)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, World]:
    """The first one, and one in which everything is another."""
    return two_worlds(tmp_path_factory.mktemp("worlds"))


@pytest.fixture
def here(worlds: tuple[World, World], tmp_path: Path) -> World:
    """A copy of the first world that may be changed."""
    return World(shutil.copytree(worlds[0].root, tmp_path / "world"))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Outcome]:
    """Run a pipeline in this test's workspace."""
    return lambda pipeline, **more: start(pipeline, home=Home(tmp_path / "home"), device="cpu", **more)


# -- files of the same size and time stamp -----------------------------------------------------------------------------
WAYS = [overwritten, replaced]
FILES = {
    "model/model.safetensors": "model",
    "model.gguf": "gguf",
    "model/tokenizer.json": "model",
    "evaluation.txt": "model",
    "calibration.txt": "model",
    "matrix.gguf": "imatrix",
}
"""What is changed -> the pipeline that reads it."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FILES)
def test_another_file_of_the_same_size_and_time_between_two_runs(
    here: World, worlds: tuple[World, World], run: Callable[..., Outcome], name: str, way: Change
) -> None:
    pipeline = here.pipeline(FILES[name])
    first = figures(run(pipeline))
    assert first == truth(pipeline)
    way(here.file(name), worlds[1].file(name))
    second = figures(run(pipeline))
    assert second == truth(pipeline)
    assert second != first


class Mischief:
    """Does something once, in the middle of a run: after the model was measured, or after the first layer."""

    def __init__(self, kind: type[Event], do: Callable[[], None]) -> None:
        self._kind, self._do, self.is_done = kind, do, False

    def __call__(self, event: Event) -> None:
        if isinstance(event, self._kind) and not self.is_done:
            self.is_done = True
            self._do()


def check_mid_run(
    run: Callable[..., Outcome],
    pipeline: Pipeline,
    change: Callable[[], None],
    undo: Callable[[], None],
    when: type[Event] = Measured,
) -> Outcome:
    """The run either says what happened, or all its figures are those of what lay there when it began; what it leaves
    in the workspace misleads no other, neither with the new files nor with the old ones."""
    before = truth(pipeline)
    mischief = Mischief(when, change)
    outcome = run(pipeline, sink=mischief)
    assert mischief.is_done
    if outcome.status == "done":
        assert figures(outcome) == before
    else:
        assert "was changed while" in str(outcome.error)
    after = truth(pipeline)
    assert after != before, "the change changes nothing: the test is blind"
    assert figures(run(pipeline)) == after
    undo()
    assert figures(run(pipeline)) == before
    return outcome


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_changed_while_a_run_goes_on(
    here: World, worlds: tuple[World, World], run: Callable[..., Outcome], name: str, way: Change
) -> None:
    first, second = worlds
    outcome = check_mid_run(
        run,
        here.pipeline(FILES[name]),
        lambda: way(here.file(name), second.file(name)),
        lambda: way(here.file(name), first.file(name)),
    )
    is_text = name.endswith(".txt")  # texts are read once, before anything is computed: their change does no harm
    assert outcome.status == ("done" if is_text else "failed")
    if not is_text:
        assert Path(name).name in str(outcome.error) and "run again" in str(outcome.error)


@pytest.mark.parametrize("way", WAYS)
def test_weights_are_changed_between_two_layers(
    here: World, worlds: tuple[World, World], run: Callable[..., Outcome], way: Change
) -> None:
    name = "model/model.safetensors"
    change, undo = (
        (lambda: way(here.file(name), worlds[1].file(name))),
        (lambda: way(here.file(name), worlds[0].file(name))),
    )
    assert check_mid_run(run, here.pipeline("model"), change, undo, LayerDone).status == "failed"


# -- links -------------------------------------------------------------------------------------------------------------
def _retargeted(here: World, second: World) -> tuple[Callable[[], None], Callable[[], None]]:
    """The model's file is a link, which leads elsewhere by then."""
    file = here.file("model/model.safetensors")
    places = [file.with_name("first.bin"), file.with_name("second.bin")]
    file.rename(places[0])
    shutil.copy(second.file("model/model.safetensors"), places[1])

    def lead_to(place: Path) -> None:
        file.unlink(missing_ok=True)
        file.symlink_to(place)

    lead_to(places[0])
    return (lambda: lead_to(places[1])), (lambda: lead_to(places[0]))


def _folder_retargeted(here: World, second: World) -> tuple[Callable[[], None], Callable[[], None]]:
    """The model's folder is a link, as "latest" beside the checkpoints of a training."""
    folder = here.file("model")
    moved = folder.with_name("checkpoint-1")
    folder.rename(moved)

    def lead_to(place: Path) -> None:
        folder.unlink(missing_ok=True)
        folder.symlink_to(place, target_is_directory=True)

    lead_to(moved)
    return (lambda: lead_to(second.file("model"))), (lambda: lead_to(moved))


def _blob(here: World, second: World) -> tuple[Callable[[], None], Callable[[], None]]:
    """The snapshot of a hub's cache links to a blob, and the blob is written to."""
    name = "model.safetensors"
    folder = here.file("model")
    repository = here.root / "models--somebody--something"
    blob, snapshot = repository / "blobs" / "abc", repository / "snapshots" / "1"
    blob.parent.mkdir(parents=True)
    snapshot.parent.mkdir()
    shutil.move(folder / name, blob)
    shutil.move(folder, snapshot)
    (snapshot / name).symlink_to(Path("..", "..", "blobs", "abc"))
    folder.symlink_to(snapshot, target_is_directory=True)
    kept = here.root / "kept"
    shutil.copy(blob, kept)
    return (lambda: overwritten(blob, second.file(f"model/{name}"))), (lambda: overwritten(blob, kept))


def _hard_link(here: World, second: World) -> tuple[Callable[[], None], Callable[[], None]]:
    """The same file has a second name, and is written to by that."""
    file = here.file("model/model.safetensors")
    other, kept = here.root / "another-name", here.root / "kept"
    os.link(file, other)
    shutil.copy(file, kept)
    return (lambda: overwritten(other, second.file("model/model.safetensors"))), (lambda: overwritten(other, kept))


def _swapped_back(here: World, second: World) -> tuple[Callable[[], None], Callable[[], None]]:
    """The whole folder is exchanged for another."""
    folder, aside = here.file("model"), here.root / "aside"

    def swap() -> None:
        folder.rename(aside)
        shutil.copytree(second.file("model"), folder)

    def back() -> None:
        shutil.rmtree(folder)
        aside.rename(folder)

    return swap, back


LINKS = [_retargeted, _folder_retargeted, _blob, _hard_link, _swapped_back]


@pytest.mark.parametrize("prepare", LINKS)
def test_a_model_is_exchanged_while_a_run_goes_on(
    here: World, worlds: tuple[World, World], run: Callable[..., Outcome], prepare: Callable[..., Any]
) -> None:
    change, undo = prepare(here, worlds[1])
    outcome = check_mid_run(run, here.pipeline("model"), change, undo)
    # where a link to a folder led is found out before anything is read: the run keeps to that folder
    assert outcome.status == ("done" if prepare is _folder_retargeted else "failed")


# -- files that come and go --------------------------------------------------------------------------------------------
def test_a_file_of_the_tokenizer_appears_while_a_run_goes_on(here: World, run: Callable[..., Outcome]) -> None:
    """It was not there to be hashed, and it has a say."""
    file = here.file("model/added_tokens.json")
    outcome = check_settings_file(here, run, file)
    assert outcome.status == "failed"


def check_settings_file(here: World, run: Callable[..., Outcome], file: Path) -> Outcome:
    pipeline = here.pipeline("model")
    before = truth(pipeline)
    mischief = Mischief(Measured, lambda: file.write_text('{"fox": 12}', "utf-8") and None)
    outcome = run(pipeline, sink=mischief)
    assert mischief.is_done and "was changed while" in str(outcome.error)
    file.unlink()
    assert figures(run(pipeline)) == before
    return outcome


def test_the_config_is_changed_while_a_run_goes_on(here: World, run: Callable[..., Outcome]) -> None:
    file = here.file("model/config.json")
    text = file.read_text("utf-8")
    changed = json.dumps({**json.loads(text), "rms_norm_eps": 0.5})
    change, undo = (lambda: file.write_text(changed, "utf-8")), (lambda: file.write_text(text, "utf-8"))
    check_mid_run(run, here.pipeline("model"), lambda: change() and None, lambda: undo() and None)


def test_a_file_that_is_gone_is_named(here: World, run: Callable[..., Outcome]) -> None:
    file = here.file("model/model.safetensors")
    outcome = run(here.pipeline("model"), sink=Mischief(LayerDone, file.unlink))
    assert outcome.status == "failed" and "model.safetensors" in str(outcome.error)
    assert not list(Path(outcome.folder.path.parents[1], "artifacts").glob("*/compression.json"))


# -- results of the program's own, edited by others --------------------------------------------------------------------
def artifact(outcome: Outcome) -> Path:
    return Path(outcome.report["stages"][-1]["artifact"])


def _norms(file: Path, times: float) -> None:
    """By another program, which leaves no hash."""
    tensors = load_file(file)
    save_file({name: tensor * times if "norm" in name else tensor for name, tensor in tensors.items()}, file)


def container(run: Callable[..., Outcome], here: World, target: Path) -> Path:
    return shutil.copytree(artifact(run(here.pipeline("model"))), target)


def measured(model: Path, here: World) -> Pipeline:
    evaluation = here.pipeline("model").evaluation
    blocks = [("model", {"model": str(model)}), ("round_to_nearest", {"format": "int8", "group_size": 16})]
    return Pipeline.linear(blocks, evaluation=evaluation)


def test_an_artifact_that_is_a_model_and_edited_by_another_program(
    here: World, run: Callable[..., Outcome], tmp_path: Path
) -> None:
    """Its description states the hash of what it was; the figures of that were shown for what it is."""
    pipeline = measured(container(run, here, tmp_path / "mine"), here)
    first = figures(run(pipeline))
    for part in sorted((tmp_path / "mine").glob("model-*.safetensors")):
        _norms(part, 1.5)
    refused = run(pipeline)
    assert refused.status == "failed" and "bears no hash" in str(refused.error)
    description = tmp_path / "mine" / "compression.json"
    values = json.loads(description.read_text("utf-8"))
    values["files"] = {}
    description.write_text(json.dumps(values), "utf-8")
    edited = figures(run(pipeline))
    assert edited == truth(pipeline) and edited["model_1"][0] != first["model_1"][0]


def test_an_artifact_that_is_a_model_gets_a_part_of_another(
    here: World, worlds: tuple[World, World], run: Callable[..., Outcome], tmp_path: Path
) -> None:
    one = container(run, here, tmp_path / "one")
    other = artifact(run(worlds[1].pipeline("model")))
    part = sorted(one.glob("model-*.safetensors"))[1]
    run(measured(one, here))
    shutil.copy(other / part.name, part)
    refused = run(measured(one, here))
    assert refused.status == "failed" and "of another artifact" in str(refused.error)


def test_an_artifact_whose_weights_and_hashes_were_changed_together(
    here: World, run: Callable[..., Outcome], tmp_path: Path
) -> None:
    pipeline = measured(container(run, here, tmp_path / "mine"), here)
    run(pipeline)
    values = json.loads((tmp_path / "mine" / "compression.json").read_text("utf-8"))
    for part in sorted((tmp_path / "mine").glob("model-*.safetensors")):
        about = {name: text for name, text in checksum.metadata(part).items() if name in ("modules", "packed")}
        changed = {name: t * 1.5 if "norm" in name else t for name, t in checksum.load(part).items()}
        checksum.save(changed, part, about)
        values["files"][part.name] = checksum.metadata(part)[checksum.KEY]
    (tmp_path / "mine" / "compression.json").write_text(json.dumps(values), "utf-8")
    assert figures(run(pipeline)) == truth(pipeline)


def test_the_folders_of_two_artifacts_are_swapped(
    here: World, worlds: tuple[World, World], run: Callable[..., Outcome], tmp_path: Path
) -> None:
    pipelines = [here.pipeline("model"), worlds[1].pipeline("model")]
    one, other = (artifact(run(pipeline)) for pipeline in pipelines)
    one.rename(tmp_path / "aside")
    other.rename(one)
    (tmp_path / "aside").rename(other)
    for pipeline in pipelines:
        outcome = run(pipeline)
        assert figures(outcome) == truth(pipeline)
        assert any("holds another artifact" in line for line in outcome.report["stages"][-1]["warnings"])


def test_an_artifact_whose_bytes_are_flipped_with_its_times_kept(here: World, run: Callable[..., Outcome]) -> None:
    pipeline = here.pipeline("model")
    for part in artifact(run(pipeline)).glob("model-*.safetensors"):
        before, data = part.stat(), part.read_bytes()
        with open(part, "rb+") as file:
            file.write(data[:-64] + bytes(byte ^ 64 for byte in data[-64:]))
        os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert figures(run(pipeline)) == truth(pipeline)


def test_a_layers_description_is_edited(here: World, run: Callable[..., Outcome]) -> None:
    """The parts say it too, under their hash."""
    pipeline = here.pipeline("model")
    file = artifact(run(pipeline)) / "compression.json"
    values = json.loads(file.read_text("utf-8"))
    module = next(iter(values["modules"].values()))
    module["scheme"]["symmetric"] = not module["scheme"]["symmetric"]
    file.write_text(json.dumps(values), "utf-8")
    outcome = run(pipeline)
    assert not outcome.report["stages"][-1]["cached"]
    assert figures(outcome) == truth(pipeline)


@pytest.fixture
def caches(here: World, run: Callable[..., Outcome], tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """The folder of caches after a run, and a check that a further one shows what is so."""
    pipeline = here.pipeline("model")
    run(pipeline)
    yield tmp_path / "home" / "cache", lambda: _same(run(pipeline), pipeline)


def _same(outcome: Outcome, pipeline: Pipeline) -> None:
    assert figures(outcome) == truth(pipeline)


def test_metrics_are_edited(caches: tuple[Path, Callable[[], None]]) -> None:
    for file in (caches[0] / "metrics").glob("*.json"):
        text = file.read_text("utf-8")
        values = json.loads(text)
        metrics = values.get("values", values)["metrics"]
        assert "perplexity" in metrics
        metrics["perplexity"] /= 2
        file.write_text(json.dumps(values, indent=2), "utf-8")
    caches[1]()


def test_metrics_of_two_models_are_swapped(caches: tuple[Path, Callable[[], None]]) -> None:
    one, other = (caches[0] / "metrics").glob("*.json")
    one.rename(other.with_suffix(".aside"))
    other.rename(one)
    other.with_suffix(".aside").rename(other)
    caches[1]()


def test_metrics_of_earlier_releases_are_measured_again(caches: tuple[Path, Callable[[], None]]) -> None:
    for file in (caches[0] / "metrics").glob("*.json"):
        file.write_text(json.dumps({"metrics": {"perplexity": 1.0}, "protocol": {}}), "utf-8")
    caches[1]()


def _another_block(here: World) -> Pipeline:
    """What is measured against the hidden states that the first run kept."""
    first = here.pipeline("model")
    blocks = [
        (first.blocks[0].method, dict(first.blocks[0].settings)),
        ("round_to_nearest", {"format": "int4", "group_size": 16}),
    ]
    return Pipeline.linear(blocks, evaluation=first.evaluation)


def kl(outcome: Outcome) -> float:
    assert outcome.status == "done", outcome.error
    return float(outcome.report["stages"][-1]["metrics"]["kl_divergence"])


def _clean_kl(pipeline: Pipeline, tmp_path: Path) -> float:
    return kl(start(pipeline, home=Home(tmp_path / "clean"), device="cpu"))


def test_hidden_states_of_two_models_are_swapped(
    here: World, worlds: tuple[World, World], run: Callable[..., Outcome], tmp_path: Path
) -> None:
    run(here.pipeline("model"))
    states = tmp_path / "home" / "cache" / "states"
    (mine,) = states.glob("*.safetensors")
    second = World(shutil.copytree(worlds[1].root, tmp_path / "second"))
    for name in ("model/tokenizer.json", "evaluation.txt"):  # it reads the same tokens
        shutil.copy(here.file(name), second.file(name))
    run(second.pipeline("model"))
    (other,) = set(states.glob("*.safetensors")) - {mine}
    os.replace(other, mine)
    pipeline = _another_block(here)
    assert kl(run(pipeline)) == _clean_kl(pipeline, tmp_path)


def test_hidden_states_are_flipped_with_their_times_kept(
    here: World, run: Callable[..., Outcome], tmp_path: Path
) -> None:
    run(here.pipeline("model"))
    (file,) = (tmp_path / "home" / "cache" / "states").glob("*.safetensors")
    before, data = file.stat(), file.read_bytes()
    with open(file, "rb+") as opened:
        opened.write(data[:-400] + bytes(byte ^ 64 for byte in data[-400:]))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    pipeline = _another_block(here)
    assert kl(run(pipeline)) == _clean_kl(pipeline, tmp_path)


def test_remembered_hashes_of_two_models_are_swapped(here: World, worlds: tuple[World, World]) -> None:
    first, second = (read_header(world.file("model.gguf")).fingerprint for world in (here, worlds[1]))
    memory = workspace() / "cache" / "fingerprints.json"
    known = json.loads(memory.read_text("utf-8"))
    values = known.get("values", known)
    hashes = {str(world.file("model.gguf").resolve()): world for world in (here, worlds[1])}
    text = memory.read_text("utf-8")
    one, other = (values[name][-1] for name in hashes)
    memory.write_text(text.replace(one, "x").replace(other, one).replace("x", other), "utf-8")
    pinned._hashes.clear()  # as in another process
    assert read_header(here.file("model.gguf")).fingerprint == first
    assert read_header(worlds[1].file("model.gguf")).fingerprint == second


def test_the_tokenizer_that_was_made_of_a_gguf_file_is_edited(here: World) -> None:
    """It lies in the cache, and no fingerprint knows it."""
    file = here.file("model.gguf")
    ids = load_tokenizer(file)("love")["input_ids"]
    made = next(path for path in open_model(file).companions if path.name == "tokenizer.json")
    words = json.loads(made.read_text("utf-8"))
    vocabulary = words["model"]["vocab"]
    vocabulary["e"], vocabulary["o"] = vocabulary["o"], vocabulary["e"]
    made.write_text(json.dumps(words), "utf-8")
    assert load_tokenizer(file)("love")["input_ids"] == ids


def test_an_inspection_is_edited(here: World) -> None:
    def inspected() -> Any:
        return inspect_model(open_model(here.file("model")), progress=lambda *_: None, checkpoint=lambda: None)

    first = inspected()
    for file in (workspace() / "cache" / "inspections").glob("*.json"):
        values = json.loads(file.read_text("utf-8"))
        values.get("values", values)["layers"][0]["kurtosis"] = 99.0
        file.write_text(json.dumps(values), "utf-8")
    assert inspected() == first


# -- what held before, and holds ---------------------------------------------------------------------------------------
def test_figures_of_a_report_are_edited(here: World, run: Callable[..., Outcome], tmp_path: Path) -> None:
    from engine.run.runner import resume

    pipeline = here.pipeline("model")
    outcome = run(pipeline)
    report = json.loads(outcome.folder.report_path.read_text("utf-8"))
    report["stages"][-1]["metrics"]["perplexity"] = 1.0
    outcome.folder.report_path.write_text(json.dumps(report), "utf-8")
    again = resume(outcome.folder.path, home=Home(tmp_path / "home"), device="cpu")
    assert figures(again) == truth(pipeline)


def test_threads_time_zone_and_language_change_no_figure(
    here: World, run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = here.pipeline("model")
    expected = truth(pipeline)
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = figures(run(pipeline))
    finally:
        torch.set_num_threads(threads)
    assert found == expected


def test_a_tokenizer_that_is_a_link_out_of_the_folder(here: World, run: Callable[..., Outcome]) -> None:
    file = here.file("model/tokenizer.json")
    file.rename(here.root / "elsewhere.json")
    file.symlink_to(here.root / "elsewhere.json")
    outcome = run(here.pipeline("model"))
    assert outcome.status == "failed" and "link to a file outside" in str(outcome.error)


# -- texts that ship with the program ----------------------------------------------------------------------------------
@pytest.fixture
def bundled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the beginnings of the bundled texts that may be changed; returns the file of one domain of the training
    part."""
    path = resources.path
    corpus = shutil.copytree(path("sample", "corpus"), tmp_path / "corpus")
    for file in corpus.glob("*/train.txt"):
        file.write_text(file.read_text("utf-8")[:20_000], "utf-8")
    there = lambda *names: corpus.joinpath(*names[2:]) if names[:2] == ("sample", "corpus") else path(*names)  # noqa: E731
    monkeypatch.setattr(resources, "path", there)
    return next(iter(sorted(corpus.glob("*/train.txt"))))


def _calibrated_on_the_sample(here: World) -> Pipeline:
    given = {"format": "int4", "group_size": 16, "text": "sample", "num_samples": 4, "sequence_length": 32}
    blocks = [("model", {"model": str(here.file("model"))}), ("gptq", given)]
    return Pipeline.linear(blocks, evaluation=here.pipeline("model").evaluation)


def test_a_bundled_text_changes_between_two_runs_of_one_process(
    here: World, run: Callable[..., Outcome], bundled: Path
) -> None:
    pipeline = _calibrated_on_the_sample(here)
    first = figures(run(pipeline))
    bundled.write_text("Another story altogether, about numbers: 1, 2, 3. " * 60, "utf-8")
    second = figures(run(pipeline))
    assert second[pipeline.blocks[1].id] != first[pipeline.blocks[1].id]


def test_a_bundled_text_changes_while_a_run_goes_on(here: World, run: Callable[..., Outcome], bundled: Path) -> None:
    pipeline, text = _calibrated_on_the_sample(here), bundled.read_text("utf-8")
    first = figures(run(pipeline))
    shutil.rmtree(artifact(run(pipeline)))
    changed = "Another story altogether, about numbers: 1, 2, 3. " * 60
    mischief = Mischief(Measured, lambda: bundled.write_text(changed, "utf-8") and None)
    assert figures(run(pipeline, sink=mischief)) == first
    assert mischief.is_done
    bundled.write_text(text, "utf-8")
    assert figures(run(pipeline)) == first


def test_an_artifact_that_is_made_again_is_no_changed_file(tmp_path: Path) -> None:
    """A damaged one is removed by this program and written anew: what was read of it does not count."""
    store = Store(tmp_path)
    with pinned.session() as pins:
        for content in (b"damaged", b"whole"):
            folder = store.folder("signature")
            folder.mkdir()
            (folder / "part").write_bytes(content)
            assert pins.pin(folder / "part").read() == content
            if content == b"damaged":
                store.discard("signature")
        pins.check_used()
