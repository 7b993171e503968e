"""How often the host waits for the device, by unit of work: run in a process of its own, as ``checks.py`` is."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import pytest

from engine.methods.registry import method
from engine.testing.models import tiny_model
from engine.testing.stage import compress
from simulated_accelerator import LEDGER, adapt, install
from tests.engine.methods.test_matrix import SETTINGS

install()
adapt()
TRAINED = [
    ("fine_tuning", {}),
    ("train_from_scratch", {}),
    ("lora", {}),
    ("logit_distillation", {}),
    ("hidden_state_distillation", {"kl_weight": 1.0}),
    ("lr_qat", {}),
    ("lr_qat", {"loss": "cross_entropy", "activations": "int8"}),
    ("onebit", {}),
    ("linformer", {}),
    ("sheared_llama", {}),
    ("spinquant", {"rotation": "learned", "weight_method": "none", "eval_samples": 1}),
]
FIRST, LAST = 2, 4
PICTURES = 1
"""That are drawn in so many steps."""
LIBRARY = "transformers/"
"""Each of its forward passes looks once for sequences that are packed behind one another."""
STORING = ("models/source.py", "checkpoints/checksum.py")
SITES = 8
"""Of two layers: linears that read the same tensor."""
SOLVED = [
    ("round_to_nearest", {}, 14),
    ("nf4", {}, 48),
    ("gptq", {}, 24),
    ("awq", {}, 33),
    ("spinquant", {}, 28),
    ("svd", {}, 38),
]
"""Method, settings, and waits of one site at most: about five for each of its linears tell what has come out, five see
whether weights and inputs are still what they were, two solve. NF4 compares four formats."""


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with two layers."""
    return tiny_model("llama", tmp_path_factory.mktemp("llama"))


def waits(source: Path, method_id: str, settings: dict[str, Any], folder: Path) -> collections.Counter[str]:
    """Line of the engine -> how often it waits in one run."""
    LEDGER.reset()
    known = {**SETTINGS[method_id], **settings}
    known |= {"clip": "absmax"} if "clip" in method(method_id).settings.model_fields else {}
    compress(source, method_id, known, folder, device="sim:1")
    return collections.Counter(LEDGER.lines("sync"))


@pytest.mark.parametrize(("method_id", "settings"), TRAINED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_step_of_training_waits_once_for_the_numbers_that_it_logs(
    method_id: str, settings: dict[str, Any], llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.loop.REPORT_SECONDS", 1e9)
    monkeypatch.setattr("engine.methods.pruning.sheared_llama.objective.PICTURES", 1)
    counts = []
    for steps in (FIRST, LAST):
        chosen = {**settings, "steps": steps, "eval_steps": 0, "num_samples": 16}
        chosen = {name: value for name, value in chosen.items() if name in method(method_id).settings.model_fields}
        counts.append(waits(llama, method_id, chosen, tmp_path / str(steps)))
    more = {line: count - counts[0][line] for line, count in counts[1].items() if count > counts[0][line]}
    drawn = {line: count for line, count in more.items() if not line.startswith(LIBRARY)}
    assert sum(drawn.values()) <= LAST - FIRST + PICTURES, more


@pytest.mark.parametrize(("method_id", "settings", "bound"), SOLVED, ids=str)
def test_a_site_of_a_layer_waits_a_few_times(
    method_id: str, settings: dict[str, Any], bound: int, llama: Path, tmp_path: Path
) -> None:
    """Whatever its weights: solving, and telling what has come out. Storing copies every tensor anyway."""
    found = waits(llama, method_id, settings, tmp_path)
    solving = {line: count for line, count in found.items() if not line.startswith((LIBRARY, *STORING))}
    assert sum(solving.values()) / SITES <= bound, dict(solving)
