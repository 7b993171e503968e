"""What every method has to pass on every kind of model. New methods get in here by being there.

A method whose defaults are not cheap puts ``MATRIX_SETTINGS: dict[str, Any]`` into its own test module,
``tests/engine/methods/<family>/test_<id>.py``, and ``MATRIX_KINDS`` if it isn't for all kinds of models.
"""

from __future__ import annotations

import contextlib
import filecmp
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from models import KINDS
from recording_stage import Cancelled, Killed, RecordingStage, compress, logits, originals
from transformers import AutoModel, AutoModelForCausalLM

import engine
from engine.calibration.settings import CalibrationSettings
from engine.contracts.method_settings import other_dtype
from engine.methods.base import Targeting, targets
from engine.methods.registry import methods
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules import CompressedModule

Tiny = Callable[[str], Path]
IDS = [info.id for info in methods().values() if not info.is_source]


def of_module(method_id: str, name: str, default: Any) -> Any:
    """A constant of the method's own test module, which is imported once, under the name that pytest gives it."""
    family = methods()[method_id].family
    if not (Path(__file__).parent / family / f"test_{method_id}.py").exists():
        return default
    return getattr(importlib.import_module(f"tests.engine.methods.{family}.test_{method_id}"), name, default)


SETTINGS: dict[str, dict[str, Any]] = {method_id: of_module(method_id, "MATRIX_SETTINGS", {}) for method_id in IDS}
CASES = [(method_id, kind) for method_id in IDS for kind in of_module(method_id, "MATRIX_KINDS", KINDS)]
CALIBRATED = [method_id for method_id in IDS if issubclass(methods()[method_id].settings, CalibrationSettings)]
every_case = pytest.mark.parametrize(("method_id", "kind"), CASES)
a_few_cases = pytest.mark.parametrize(
    ("method_id", "kind"), [case for case in CASES if case[1] in ("llama", "gpt2", "qwen2", "bert")]
)


class Undisturbed:
    """The artifacts that methods leave when nothing happens: made once for all tests, and for all workers, that compare
    others with them or look at them."""

    def __init__(self, folder: Path, tiny: Tiny) -> None:
        self._folder = folder
        self._tiny = tiny

    def keep(self, method_id: str, kind: str, artifact: Path) -> None:
        """This one; not if there is one."""
        with contextlib.suppress(OSError):  # another worker was faster
            artifact.rename(self._folder / f"{method_id} {kind}")

    def artifact(self, method_id: str, kind: str, place: Path) -> Path:
        """Its folder; made in ``place`` if there is none."""
        found = self._folder / f"{method_id} {kind}"
        if not found.exists():
            compress(self._tiny(kind), method_id, SETTINGS[method_id], place)
            self.keep(method_id, kind, place / "artifact")
        return found


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, tiny: Tiny) -> Undisturbed:
    """See there."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "undisturbed"
    folder.mkdir(exist_ok=True)
    return Undisturbed(folder, tiny)


@every_case
def test_forward_is_finite_and_the_artifact_gives_the_same(
    method_id: str, kind: str, tiny: Tiny, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    info = methods()[method_id]
    model = open_model(tiny(kind))
    settings = info.settings.parse(SETTINGS[method_id])
    algorithm = info.load()
    assert not [p for p in algorithm.check(model.anatomy, settings) if p.severity == "error"]
    stage = RecordingStage(tmp_path, inputs=originals(method_id, tiny(kind)))
    stage.know(model, targets(algorithm, model.anatomy, settings), other_dtype(settings))
    model = algorithm.apply(model, settings, stage)
    here = logits(model)
    folder = stage.finish(model)
    assert torch.isfinite(here).all()
    assert torch.equal(here, logits(folder))
    assert traits(open_model(folder)) == info.traits_of(settings)
    if isinstance(algorithm, Targeting):
        assert compressed(open_model(folder)) == set(algorithm.targets(open_model(tiny(kind)).anatomy, settings))
    assert max(stage.fractions) == 1.0
    undisturbed.keep(method_id, kind, folder)


def compressed(model: Model) -> set[str]:
    """The names of the layers that hold something else than a dense weight; of a tied pair the embedding's."""
    model.load()
    names = set(model.compressed())
    return names - {model.anatomy.head} if model.anatomy.tied else names


def traits(model: Model) -> frozenset[str]:
    """What rules of order ask for, as it is in the model."""
    of_kinds = {
        "mask": {"sparse", "sparse_embedding"},
        "low_rank": {"low_rank"},
        "quantized": {"quantized", "quantized_embedding", "blockwise", "onebit", "onebit_dense", "ggml"},
        "adapters": {"adapted"},
        "own_attention": {"linformer"},
        "online": {"rotated", "attention"},
    }
    model.load()
    kinds = {module.KIND for module in model.module.modules() if isinstance(module, CompressedModule)}
    return frozenset(trait for trait, named in of_kinds.items() if kinds & named)


@every_case
def test_estimate_of_the_disk_is_close(
    method_id: str, kind: str, tiny: Tiny, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    info = methods()[method_id]
    model = open_model(tiny(kind))
    settings = info.settings.parse(SETTINGS[method_id])
    estimate = info.load().estimate(model.header, model.anatomy, settings, torch.device("cpu"))
    artifact = undisturbed.artifact(method_id, kind, tmp_path)
    real = sum(file.stat().st_size for file in artifact.glob("*.safetensors"))
    assert estimate.disk_bytes == pytest.approx(real, rel=0.02)
    assert estimate.memory_bytes > 0


@a_few_cases
def test_resume_after_a_kill_gives_the_same_bytes(
    method_id: str, kind: str, tiny: Tiny, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    settings = SETTINGS[method_id]
    whole = undisturbed.artifact(method_id, kind, tmp_path / "whole")
    parts = len(open_model(whole).parts)
    for kill_at in range(1, parts + 1):
        place = tmp_path / f"killed{kill_at}"
        with pytest.raises(Killed):
            compress(tiny(kind), method_id, settings, place, kill_at=kill_at)
        compress(tiny(kind), method_id, settings, place)
        assert_same_files(whole, place / "artifact")


@a_few_cases
def test_cancel_keeps_what_was_done(
    method_id: str, kind: str, tiny: Tiny, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    settings = SETTINGS[method_id]
    with pytest.raises(Cancelled):
        compress(tiny(kind), method_id, settings, tmp_path, cancel_at=2)
    assert not (tmp_path / "artifact").exists()
    assert len(list((tmp_path / "artifact.partial").glob("*.safetensors"))) >= 1
    compress(tiny(kind), method_id, settings, tmp_path)
    assert_same_files(tmp_path / "artifact", undisturbed.artifact(method_id, kind, tmp_path / "whole"))


@pytest.mark.parametrize(("method_id", "kind"), [case for case in CASES if case[1] in ("llama", "gpt2", "bert")])
def test_in_memory_it_gives_the_same(
    method_id: str,
    kind: str,
    tiny: Tiny,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: Undisturbed,
) -> None:
    """A network of transformers that was never opened by this program, against the artifact."""
    expected = said(engine.load(undisturbed.artifact(method_id, kind, tmp_path)))
    auto = AutoModel if kind == "bert" else AutoModelForCausalLM
    network = auto.from_pretrained(tiny(kind))
    before = said(network)
    monkeypatch.setattr("engine.run.local.digest", lambda _: "0" * 32)  # the same seeds as above
    with pytest.raises(RuntimeError, match="on purpose"):
        monkeypatch.setattr("engine.run.local.LocalStage.finish", failing)
        engine.apply(method_id, network, progress=False, **SETTINGS[method_id])
    assert torch.equal(said(network), before), "what failed left it as it was"
    monkeypatch.undo()
    monkeypatch.setattr("engine.run.local.digest", lambda _: "0" * 32)
    made = engine.apply(method_id, network, progress=False, **SETTINGS[method_id])
    assert torch.equal(said(made), expected)
    assert made is network or torch.equal(said(network), before), "in place, or another network"


def said(network: Any) -> torch.Tensor:
    with torch.no_grad():
        output = network.eval()(input_ids=torch.arange(48).view(2, 24) * 7 % 250)
    found: torch.Tensor = output.logits if "logits" in output else output.last_hidden_state
    return found


def failing(*_: Any) -> None:
    raise RuntimeError("on purpose")


@pytest.mark.parametrize("method_id", CALIBRATED)
def test_an_uneven_last_batch(method_id: str, tiny: Tiny, tmp_path: Path) -> None:
    """Nine samples in batches of eight, on a model whose layers get a mask with a row for each sample."""
    settings = {**SETTINGS[method_id], "num_samples": 9, "sequence_length": 250}
    kinds = of_module(method_id, "MATRIX_KINDS", KINDS)
    compress(tiny("gemma2" if "gemma2" in kinds else kinds[0]), method_id, settings, tmp_path)
    assert torch.isfinite(logits(tmp_path / "artifact")).all()


@pytest.mark.parametrize("method_id", IDS)
def test_check_of_odd_widths_and_unknown_anatomies_gives_sentences(method_id: str, tiny: Tiny) -> None:
    info = methods()[method_id]
    for kind in ("odd", "bert", "llama"):
        anatomy = open_model(tiny(kind)).anatomy
        for problem in info.load().check(anatomy, info.settings()):
            assert len(problem.message) > 20
            assert not problem.message.startswith("Traceback")


def assert_same_files(one: Path, other: Path) -> None:
    """Both folders hold the same files with the same bytes."""
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir())
    _, different, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    assert not different and not missing
