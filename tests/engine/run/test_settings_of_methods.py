"""What a run asks of settings: the texts, lengths and models that they name, whatever the method calls them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from probe import PROBE, ProbeSettings

from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.registry import methods
from engine.models.source import open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.absolute_paths import with_absolute_paths
from engine.run.estimate import check
from engine.run.node import nodes_of
from engine.run.runner import Outcome
from engine.run.signature import block_signature

Go = Callable[..., Outcome]


class PromptSettings(ProbeSettings):
    """Of a method of another package, with words of its own."""

    prompts: str = setting("", title="Prompts", help="A text.", kind="file")
    window: int = setting(64, title="Window", help="Tokens.", unit="tokens")
    unused: str = setting("", title="Unused", help="A text.", kind="file", shown_if=("window", (0,)))

    def sample_length(self) -> int:
        return self.window


def test_settings_say_themselves_what_they_read(
    go: Go, tiny: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a setting is called: a text is looked for, made absolute, hashed; a length is checked."""
    info = dataclasses.replace(PROBE, id="prompted", settings=PromptSettings)
    monkeypatch.setitem(methods(), "prompted", info)
    (tmp_path / "mine.txt").write_text("words")
    monkeypatch.chdir(tmp_path)

    def chain(**settings: Any) -> Pipeline:
        steps = [("model", {"model": str(tiny("gpt2"))}), ("prompted", settings)]
        return Pipeline.linear(steps, evaluation=Evaluation(when="never"))

    anchored = with_absolute_paths(chain(prompts="mine.txt")).block("prompted_1")
    assert anchored.settings == {"prompts": str(tmp_path / "mine.txt")}
    gone = go(chain(prompts="/nowhere.txt"))
    assert gone.exit_status == 2 and "/nowhere.txt" in str(gone.error)
    long = go(chain(prompts="mine.txt", window=257))
    assert long.exit_status == 2 and "257 tokens are too long" in str(long.error)
    hidden = PromptSettings(prompts="mine.txt", unused="/nowhere.txt")
    assert hidden.texts() == {"prompts": "mine.txt"} and set(hidden.files()) == {"prompts", "unused"}
    before = block_signature(info, hidden, {}, 0, "cpu")
    (tmp_path / "mine.txt").write_text("other words")
    assert block_signature(info, hidden, {}, 0, "cpu") != before


def test_a_folder_called_model_does_not_hide_what_the_model_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    anchored = with_absolute_paths(Pipeline.linear([("model", {"model": "model"}), ("gptq", {"text": "model"})]))
    assert [block.settings for block in anchored.blocks] == [{"model": str(tmp_path / "model")}, {"text": "model"}]


def test_a_length_is_that_of_the_model_that_reads(tiny: Callable[[str], Path]) -> None:
    """Not of one whose shape is only a target; a network of its own may have more positions."""

    def too_long(method: str, **settings: Any) -> bool:
        settings = {"length": 257, **settings}
        source, node = nodes_of(Pipeline.linear([("model", {}), (method, settings)]), None).values()
        source.opened(open_model(tiny("gpt2")))
        node.foresee({source.id: source})
        return any("257 tokens are too long" in problem.message for problem in node.check())

    config = str(tiny("gpt2") / "config.json")
    assert too_long("width_pruning", target="config", config=config) and too_long("train_from_scratch")
    assert not too_long("train_from_scratch", config=config)


class Elsewhere:
    """A source of another package, with words of its own for where its model is."""

    def check(self, anatomy: Any, settings: Any) -> list[Any]:
        return []

    def absent(self, settings: PromptSettings) -> str:
        return "It is still on the moon" if settings.prompts == "moon" else ""

    def open(self, settings: PromptSettings, stage: Any = None) -> Any:
        return open_model(settings.prompts)


def test_a_source_opens_its_model_itself(
    go: Go, tiny: Callable[[str], Path], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = MethodInfo(
        id="elsewhere",
        title="Elsewhere",
        family="source",
        summary="For tests.",
        settings=PromptSettings,
        algorithm=f"{__name__}:Elsewhere",
        inputs=(),
    )
    monkeypatch.setitem(methods(), "elsewhere", info)
    steps = [("elsewhere", {"prompts": str(tiny("gpt2")), "window": 8}), ("probe", {})]
    pipeline = Pipeline.linear(steps, evaluation=Evaluation(when="never"))
    checked = check(pipeline, home=home)
    assert not [p for p in checked.problems if p.severity == "error"] and set(checked.estimates) == {
        "elsewhere_1",
        "probe_1",
    }
    assert go(pipeline).status == "done"
    (problem,) = check(Pipeline.linear([("elsewhere", {"prompts": "moon"})]), home=home).problems
    assert problem.message == "It is still on the moon"
