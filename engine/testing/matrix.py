"""Tests that every method has to pass on every kind of model.

A module of tests takes them in by ``from engine.testing.matrix import *``. It defines ``matrix_plan(config)``, which
gives the `Plan` to run, and has the fixture ``tiny`` (`engine.testing.fixtures`).
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM

from engine.api import apply, load
from engine.calibration.settings import CalibrationSettings
from engine.contracts.method_settings import other_dtype
from engine.methods.base import MethodInfo, Targeting, Trait, targets
from engine.methods.registry import methods
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules import CompressedModule
from engine.testing.models import ENCODERS
from engine.testing.plan import Plan
from engine.testing.stage import Cancelled, Killed, RecordingStage, compress, logits, originals

__all__ = [
    "plan",
    "pytest_generate_tests",
    "test_an_uneven_last_batch",
    "test_cancel_keeps_what_was_done",
    "test_check_of_odd_widths_and_unknown_anatomies_gives_sentences",
    "test_estimate_of_the_disk_is_close",
    "test_forward_is_finite_and_the_artifact_gives_the_same",
    "test_in_memory_it_gives_the_same",
    "test_resume_after_a_kill_gives_the_same_bytes",
    "undisturbed",
]
Tiny = Callable[[str], Path]
KINDS_OF = {
    "test_resume_after_a_kill_gives_the_same_bytes": ("llama", "gpt2", "bert"),
    "test_cancel_keeps_what_was_done": ("llama", "gpt2", "qwen3_moe"),
    "test_estimate_of_the_disk_is_close": ("llama", "gpt2", "gemma2", "bert", "odd", "qwen3_moe"),
    "test_in_memory_it_gives_the_same": ("llama", "gpt2", "bert"),
    "test_the_export_loads_in_a_fresh_process": ("llama", "gpt2", "bert"),
}
"""Name of a test -> the kinds that it is limited to."""
KILLED_EVERYWHERE = "llama"
"""The kind whose runs are killed at each part; of others they are killed at the one in the middle."""
KINDS_OF_TRAITS: dict[Trait, frozenset[str]] = {
    "mask": frozenset({"sparse", "sparse_embedding"}),
    "low_rank": frozenset({"low_rank"}),
    "quantized": frozenset({"quantized", "quantized_embedding", "blockwise", "onebit", "onebit_dense", "ggml"}),
    "adapters": frozenset({"adapted"}),
    "own_attention": frozenset({"linformer"}),
    "online": frozenset({"rotated", "attention"}),
}
"""Trait -> the kinds of built-in compressed modules that show it."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize the tests of the module by its plan."""
    names = metafunc.fixturenames
    if "method_id" not in names:
        return
    plan: Plan = cast(Any, metafunc.module).matrix_plan(metafunc.config)
    if "kind" in names:
        metafunc.parametrize(("method_id", "kind"), plan.cases(KINDS_OF.get(metafunc.function.__name__)))
    else:
        calibrated = metafunc.function.__name__ == "test_an_uneven_last_batch"
        ids = [name for name in plan.settings if not calibrated or _is_calibrated(methods()[name])]
        metafunc.parametrize("method_id", ids)


def _is_calibrated(info: MethodInfo) -> bool:
    return issubclass(info.settings, CalibrationSettings)


@pytest.fixture(scope="module")
def plan(request: pytest.FixtureRequest) -> Plan:
    """The plan of the module that took the tests in."""
    return cast(Plan, request.module.matrix_plan(request.config))


class Undisturbed:
    """Artifacts of runs that nothing interrupted: computed once for all tests and workers that compare with them."""

    def __init__(self, folder: Path, tiny: Tiny, plan: Plan) -> None:
        self._folder = folder
        self._tiny = tiny
        self._plan = plan

    def add(self, method_id: str, kind: str, artifact: Path) -> None:
        """Move an artifact here, unless there is one."""
        with contextlib.suppress(OSError):  # another worker was faster
            artifact.rename(self._folder / f"{method_id} {kind}")

    def source(self, method_id: str, kind: str) -> Path:
        """The model that a method is tested on: the plain one, or what the block before it leaves of that."""
        if method_id not in self._plan.behind:
            return self._tiny(kind)
        folder = self._folder / f"before {method_id} {kind}"
        if not folder.exists():
            before, settings = self._plan.behind[method_id]
            with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
                compress(self._tiny(kind), before, settings, Path(scratch))
                with contextlib.suppress(OSError):  # another worker was faster
                    (Path(scratch) / "artifact").rename(folder)
        return folder

    def inputs(self, method_id: str, kind: str) -> dict[str, Model]:
        """Models for the ports of a method that nothing is linked to: the plain model, as in a run."""
        return originals(method_id, self._tiny(kind))

    def compress(self, method_id: str, kind: str, folder: Path, **options: Any) -> None:
        """Apply a method with the settings of the plan and leave the artifact in ``folder / "artifact"``."""
        settings = self._plan.settings[method_id]
        inputs = self.inputs(method_id, kind)
        compress(self.source(method_id, kind), method_id, settings, folder, inputs=inputs, **options)

    def artifact(self, method_id: str, kind: str, scratch: Path) -> Path:
        """The folder of the artifact; if there is none, it is computed in ``scratch``."""
        folder = self._folder / f"{method_id} {kind}"
        if not folder.exists():
            skip_refused(self._plan, method_id, self._tiny(kind))
            self.compress(method_id, kind, scratch)
            self.add(method_id, kind, scratch / "artifact")
        return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, tiny: Tiny, plan: Plan) -> Undisturbed:
    """The `Undisturbed` of the tests; the workers of pytest-xdist share its folder."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "undisturbed"
    folder.mkdir(exist_ok=True)
    return Undisturbed(folder, tiny, plan)


def skip_refused(plan: Plan, method_id: str, source: Path) -> None:
    """Skip the test where the method refuses the architecture and the plan lets it; fail where it does not."""
    info = methods()[method_id]
    problems = info.load().check(open_model(source).anatomy, info.settings.parse(dict(plan.settings[method_id])))
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if errors and plan.may_refuse:
        pytest.skip(errors[0])
    assert not errors


def test_forward_is_finite_and_the_artifact_gives_the_same(
    method_id: str, kind: str, tiny: Tiny, tmp_path: Path, undisturbed: Undisturbed, plan: Plan
) -> None:
    """The compressed model gives finite numbers, its artifact the same, and both are what the method declares."""
    info = methods()[method_id]
    skip_refused(plan, method_id, tiny(kind))
    source = undisturbed.source(method_id, kind)
    model = open_model(source)
    settings = info.settings.parse(dict(plan.settings[method_id]))
    algorithm = info.load()
    stage = RecordingStage(tmp_path, inputs=undisturbed.inputs(method_id, kind))
    stage.describe_output(model, targets(algorithm, model.anatomy, settings), other_dtype(settings))
    model = algorithm.apply(model, settings, stage)
    in_memory = logits(model)
    folder = stage.finish(model)
    assert torch.isfinite(in_memory).all()
    assert torch.equal(in_memory, logits(folder))
    assert_traits(open_model(folder), info.traits_of(settings))
    if isinstance(algorithm, Targeting):
        assert compressed(open_model(folder)) == set(algorithm.targets(open_model(source).anatomy, settings))
    assert max(stage.fractions) == 1.0
    undisturbed.add(method_id, kind, folder)


def compressed(model: Model) -> set[str]:
    """The names of the layers that hold something else than a dense weight; of a tied pair the embedding's."""
    model.load()
    names = set(model.compressed())
    return names - {model.anatomy.head} if model.anatomy.tied else names


def assert_traits(model: Model, declared: frozenset[Trait]) -> None:
    """The model has the traits that the method declares. Modules of a plug-in may have more than can be seen here."""
    model.load()
    modules = [module for module in model.module.modules() if isinstance(module, CompressedModule)]
    kinds = {module.KIND for module in modules}
    traits = {trait for trait, names in KINDS_OF_TRAITS.items() if kinds & names}
    if all(type(module).__module__.startswith("engine.") for module in modules):
        assert traits == declared
    else:
        assert traits <= declared


def test_estimate_of_the_disk_is_close(
    method_id: str, kind: str, tmp_path: Path, undisturbed: Undisturbed, plan: Plan
) -> None:
    """The estimate of the bytes on disk is right to two percent, and says something about the memory."""
    info = methods()[method_id]
    artifact = undisturbed.artifact(method_id, kind, tmp_path)
    model = open_model(undisturbed.source(method_id, kind))
    settings = info.settings.parse(dict(plan.settings[method_id]))
    estimate = info.load().estimate(model.header, model.anatomy, settings, torch.device("cpu"))
    size = sum(file.stat().st_size for file in artifact.glob("*.safetensors"))
    assert estimate.disk_bytes == pytest.approx(size, rel=0.02)
    assert estimate.memory_bytes > 0


def test_resume_after_a_kill_gives_the_same_bytes(
    method_id: str, kind: str, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    """Killed at any part and run again, the artifact has the bytes of one that was not killed. The same run is killed
    at each part, one after the other."""
    whole = undisturbed.artifact(method_id, kind, tmp_path / "whole")
    parts = len(open_model(whole).parts)
    kills = [1, *[2] * (parts - 1)] if kind == KILLED_EVERYWHERE else [(parts + 1) // 2]
    for kill_at in kills:  # at the first part; then each run stores one and is killed at the next
        with pytest.raises(Killed):
            undisturbed.compress(method_id, kind, tmp_path / "killed", kill_at=kill_at)
    undisturbed.compress(method_id, kind, tmp_path / "killed")
    assert_same_files(whole, tmp_path / "killed" / "artifact")


def test_cancel_keeps_what_was_done(method_id: str, kind: str, tmp_path: Path, undisturbed: Undisturbed) -> None:
    """A cancel leaves the finished parts, and the next run goes on from them to the same bytes."""
    whole = undisturbed.artifact(method_id, kind, tmp_path / "whole")
    with pytest.raises(Cancelled):
        undisturbed.compress(method_id, kind, tmp_path, cancel_at=2)
    assert not (tmp_path / "artifact").exists()
    assert len(list((tmp_path / "artifact.partial").glob("*.safetensors"))) >= 1
    undisturbed.compress(method_id, kind, tmp_path)
    assert_same_files(tmp_path / "artifact", whole)


def test_in_memory_it_gives_the_same(
    method_id: str,
    kind: str,
    tiny: Tiny,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: Undisturbed,
    plan: Plan,
) -> None:
    """`engine.apply` on a network of transformers gives what the artifact gives; what fails changes nothing."""
    expected = outputs(load(undisturbed.artifact(method_id, kind, tmp_path)))
    network = network_of(undisturbed, method_id, kind)
    inputs = {port: tiny(kind) for port in methods()[method_id].optional} if method_id in plan.behind else {}
    before = outputs(network)
    settings: Mapping[str, Any] = plan.settings[method_id]
    with monkeypatch.context() as patch:
        patch.setattr("engine.run.local.digest", lambda _: "0" * 32)  # the same seeds as above
        with pytest.raises(RuntimeError, match="on purpose"):
            patch.setattr("engine.run.local.LocalStage.finish", _failing)
            apply(method_id, network, inputs=inputs, progress=False, **settings)
        assert torch.equal(outputs(network), before), "what failed left it as it was"
    with monkeypatch.context() as patch:
        patch.setattr("engine.run.local.digest", lambda _: "0" * 32)
        result = apply(method_id, network, inputs=inputs, progress=False, **settings)
    assert torch.equal(outputs(result), expected)
    assert result is network or torch.equal(outputs(network), before), "in place, or another network"


def network_of(undisturbed: Undisturbed, method_id: str, kind: str) -> Any:
    """The model that a method is tested on, as a network of transformers."""
    source = undisturbed.source(method_id, kind)
    if (source / "compression.json").exists():
        return load(source)
    auto = AutoModel if kind in ENCODERS else AutoModelForCausalLM
    return auto.from_pretrained(source)


def outputs(network: Any) -> torch.Tensor:
    """The network's output for fixed tokens: logits, or the last hidden states of an encoder."""
    with torch.no_grad():
        output = network.eval()(input_ids=torch.arange(48).view(2, 24) * 7 % 250)
    return cast(torch.Tensor, output.logits if "logits" in output else output.last_hidden_state)


def _failing(*_: Any) -> None:
    raise RuntimeError("on purpose")


def test_an_uneven_last_batch(method_id: str, tiny: Tiny, tmp_path: Path, plan: Plan) -> None:
    """Nine samples in batches of eight, on a model whose layers get a mask with a row for each sample."""
    settings = {**plan.settings[method_id], "num_samples": 9, "sequence_length": 250}
    kind = plan.first_kind(method_id, ["gemma2"])
    skip_refused(plan, method_id, tiny(kind))
    compress(tiny(kind), method_id, settings, tmp_path)
    assert torch.isfinite(logits(tmp_path / "artifact")).all()


def test_check_of_odd_widths_and_unknown_anatomies_gives_sentences(method_id: str, tiny: Tiny) -> None:
    """Every problem that the method's check reports is a sentence."""
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
