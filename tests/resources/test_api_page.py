"""The page about the public API: its examples run as they stand, one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import engine.plugin
from engine.measure.evaluate import Measurement, evaluate
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.registry import methods
from engine.run import measuring

pytestmark = pytest.mark.usefixtures("warm_readers")
PAGE = Path(__file__).resolve().parents[2] / "resources" / "help" / "developers" / "api.md"


def on_two_windows(**options: Any) -> Measurement:
    """Perplexity of the start of a text: the page measures on 16 windows of 2,048 tokens where it names no number."""
    return evaluate(**{**options, "windows": min(options["windows"], 2), "window": min(options["window"], 256)})


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    few = {"num_samples": 4, "sequence_length": 128, "fisher_samples": 4, "held_out": 4, "formats": ("Q*", "IQ2_XXS")}
    monkeypatch.setitem(FitToBudgetSettings.PRESETS, "Quick", few)
    monkeypatch.setattr(measuring, "evaluate", lambda model, **options: on_two_windows(model=model, **options))
    names: dict[str, Any] = {}
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) >= 11
    known = methods()
    before = dict(known)
    try:
        for example in examples:
            exec(compile(example, str(PAGE), "exec"), names)
    finally:  # of methods that the page registers
        known.clear()
        known.update(before)
    said = capsys.readouterr().out
    assert "did you mean 'format'" in said
    assert names["again"].config.model_type and names["verified"].ok


def test_every_public_name_is_on_the_page() -> None:
    import engine

    page = PAGE.read_text(encoding="utf-8")
    missing = {name for name in engine.__all__ if f"engine.{name}" not in page and f"`{name}`" not in page}
    assert missing <= {"BlockResult", "Result", "Sweep", "__version__"}


def test_every_name_for_plug_ins_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|") and "`" in line]
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row)) == sorted(engine.plugin.HOMES)
