"""``compression-studio fit``: a size, a file of that size, the plan beside it; an edited plan; refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine.cli.main import main
from engine.fit.factored import ranks_of
from engine.fit.plan_file import PlanFile
from engine.measure.answers import prompts
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings

FEW = {"num_samples": 4, "sequence_length": 128, "fisher_samples": 4, "held_out": 4}
"""In the place of the preset's: enough for files and plans, not for their quality."""
QUICK = ("--preset", "Quick", "--formats", "Q*_0", "--num-windows", "2", "--window-size", "128", "--quiet")


@pytest.fixture(autouse=True)
def _setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))


def gguf_bytes(folder: Path) -> int:
    return next(folder.glob("*.gguf")).stat().st_size


def test_a_file_of_the_size_with_its_plan_and_an_edited_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.measure.generation_check.prompts", lambda scope: prompts(scope)[:4])
    monkeypatch.setitem(FitToBudgetSettings.PRESETS, "Quick", FEW)
    small = tmp_path / "small"
    assert (
        main(["fit", "sample", "--size", "40%", "--target", "gguf", "--out", str(small), *QUICK, "--generation", "off"])
        == 0
    )
    file = PlanFile.read(small / "fit.json")
    assert gguf_bytes(small) == file.plan.bytes <= file.plan.budget
    assert {option.id[0] for unit in file.problem.units for option in unit.options} == {"Q"}
    assert file.measured["kl_divergence"] > 0
    arguments = (small / "llama-quantize.txt").read_text("utf-8").splitlines()
    assert len(arguments) == len(file.problem.units) and arguments[0].startswith("--token-embedding-type ")
    assert main(["verify", str(small), "--quiet"]) == 0
    values = json.loads((small / "fit.json").read_text("utf-8"))
    unit = next(unit for unit in file.problem.units if unit.name != file.problem.units[0].name)
    larger = max(unit.options, key=lambda option: option.bytes)
    values["plan"]["choices"][unit.name] = larger.id
    (tmp_path / "edited.json").write_text(json.dumps(values), "utf-8")
    edited = tmp_path / "edited"
    assert main(["fit", "sample", "--plan", str(tmp_path / "edited.json"), "--out", str(edited), *QUICK]) == 0
    built = PlanFile.read(edited / "fit.json")
    assert built.plan.choices == {**file.plan.choices, unit.name: larger.id}
    assert gguf_bytes(edited) == built.plan.bytes
    assert 0 < built.measured["generation_agreement"] <= 1


def test_a_file_of_a_size_that_ranks_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Integers of 4 bits alone take 48 % where the table of embeddings stays, which is more than a quarter."""
    monkeypatch.setitem(FitToBudgetSettings.PRESETS, "Quick", FEW)
    small = tmp_path / "small"
    words = ["--size", "42%", "--target", "container", "--allow", "bits,ranks", *QUICK, "--generation", "off"]
    words += ["--lock", "embedding=stored"]
    assert main(["fit", "sample", *words, "--formats", "int4", "--out", str(small)]) == 0
    file = PlanFile.read(small / "fit.json")
    ranks = ranks_of(file.plan.choices)
    assert ranks and sum(x.stat().st_size for x in small.glob("*.safetensors")) == file.plan.bytes <= file.plan.budget
    assert " × rank " in capsys.readouterr().out
    assert not (small / "auto_round.json").exists(), "no other program builds it"
    assert 0 < file.measured["kl_divergence"] < 1
    assert main(["verify", str(small), "--quiet"]) == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "No size is given"),
        (("--size", "10 furlongs"), "not a size"),
        (("--size", "1KB"), "smallest formats take"),
        (("--size", "40%", "--lock", "v=Q9_K"), "Q9_K"),
        (("--plan", "nowhere.json"), "nowhere.json"),
        (("--size", "40%", "--formats", "Q4_K,Q9_K"), "'Q9_K', which 'Formats' names"),
        (("--size", "40%", "--allow", "bits,ranks"), "can't hold a layer as two factors"),
        (("--size", "40%", "--allow", "bits,rank"), "Did you mean 'ranks'"),
        (("--size", "40%", "--allow", "bits,layrs"), "Did you mean 'layers'"),
        (("--size", "40%", "--allow", "bits,width"), "Did you mean 'widths'"),
        (("--size", "1MB", "--context", "65536"), ", keys and values "),
        (("--tokens-per-second", "40", "--target", "container", "--formats", "int4"), "predicted for llama.cpp alone"),
        (("--tokens-per-second", "nan"), "tokens_per_second = nan: it must be a number, at least 0"),
        (("--size", "40%", "--preset", "Quik"), "Unknown preset"),
        (("--size", "40%", "--within", "soon"), "not a time"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_spent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert main(["fit", "sample", *QUICK, *words, "--out", str(tmp_path / "out")]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
