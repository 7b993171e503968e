"""lm-evaluation-harness: its own number on an export is ours to the last digit; code of strangers does not run.

These tests need the extra ``eval``, which the extra ``test`` does not bring: `pip install 'compression-studio[eval]'`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("lm_eval", reason="the extra 'eval' is not installed")

import engine
from engine.base.errors import BadInput, RunFailed
from engine.checkpoints import consent
from engine.checkpoints.consent import ConsentNeeded
from engine.contracts.tasks import scores_in
from engine.measure.tasks.definition import bundled_tasks
from engine.measure.tasks.harness import check_name

Tiny = Callable[[str], Path]
TASK = """
task: {name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: data.jsonl}}}}
test_split: test
output_type: {kind}
doc_to_text: "{{{{context}}}}"
{more}
"""
KINDS = {
    "loglikelihood": 'doc_to_target: "{{target}}"\ntarget_delimiter: ""\n',
    "multiple_choice": "doc_to_target: label\ndoc_to_choice: choices\nnum_fewshot: 1\nfewshot_split: test\n",
    "loglikelihood_rolling": 'doc_to_target: "{{context}}"\n',
    "generate_until": 'doc_to_target: "{{target}}"\ngeneration_kwargs: {max_gen_toks: 6, until: ["\\n"]}\n',
}


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))


def task_in(folder: Path, kind: str, more: str = "", text: str = "") -> Path:
    """The file of a task with five records in ``folder``."""
    folder.mkdir(exist_ok=True)
    words = ["river", "candle", "window", "garden", "letter", "bridge"]
    records = [
        {"context": f"The {a} and the", "target": f" {b}", "choices": [b, a, "tree"], "label": number % 2}
        for number, (a, b) in enumerate(itertools.pairwise(words))
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    content = TASK.format(name=f"own_{kind}", kind=kind, more=KINDS[kind] + more)
    (folder / f"{kind}.yaml").write_text(text or content, "utf-8")
    return folder / f"{kind}.yaml"


def theirs(
    export: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch, limit: int | None = None
) -> dict[str, Any]:
    """What ``lm_eval --model hf --model_args pretrained=EXPORT`` computes, in the folder of the files."""
    import lm_eval

    monkeypatch.setenv("DISABLE_MULTIPROC", "1")
    monkeypatch.setattr("lm_eval.evaluator.add_env_info", lambda results: None)  # takes seconds
    monkeypatch.chdir(files[0].parent)
    results = lm_eval.simple_evaluate(
        model="hf", model_args=f"pretrained={export}", tasks=[*map(str, files)], device="cpu", limit=limit
    )
    assert results is not None
    return dict(results["results"])


def test_an_export_has_their_number_to_the_last_digit(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine.compress(
        tiny("llama"), "round_to_nearest", format="int8", group_size=16, evaluation=None, progress=False
    )
    export = made.export("dense", tmp_path / "export", progress=False).folder
    files = [task_in(tmp_path / "tasks", kind) for kind in KINDS]
    before = torch.get_rng_state()
    measured = engine.evaluate(export, tasks=files, progress=False, device="cpu")
    assert torch.equal(torch.get_rng_state(), before)
    own = theirs(export, files, monkeypatch)
    compared = 0
    for task, row in own.items():
        for key, value in row.items():
            name, comma, _ = key.partition(",")
            if comma and isinstance(value, float):
                compared += 1
                assert measured.metrics[f"{task}.{name}"] == value, (task, key)
    assert compared >= 10 and len(own) == len(KINDS)
    assert scores_in(measured.details)["own_loglikelihood"].program.startswith("lm-eval ")


def test_the_bundled_scorer_gives_their_number(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = engine.export(tiny("llama"), "dense", tmp_path / "export", progress=False).folder
    names = ["bundled_cloze", "bundled_order", "bundled_brackets"]
    measured = engine.evaluate(export, tasks=names, limit=4, progress=False, device="cpu")
    own = theirs(export, [bundled_tasks()[name] for name in names], monkeypatch, 4)
    for name in names:
        assert measured.metrics[f"{name}.acc"] == own[name]["acc,none"]
        assert measured.metrics[f"{name}.acc_stderr"] == own[name]["acc_stderr,none"]
    assert measured.metrics["bundled_cloze.perplexity"] == own["bundled_cloze"]["perplexity,none"]


def test_code_of_a_task_runs_only_with_a_yes(tiny: Tiny, tmp_path: Path) -> None:
    file = task_in(tmp_path / "tasks", "loglikelihood", "process_docs: !function utils.first\n")
    trace = tmp_path / "ran"
    code = f"def first(docs):\n    open({str(trace)!r}, 'w').close()\n    return docs.select([0, 1])\n"
    (file.parent / "utils.py").write_text(code, "utf-8")
    with pytest.raises(ConsentNeeded, match=r"utils\.py would run with all your rights.*--trust-remote-code"):
        engine.evaluate(tiny("llama"), tasks=[file], progress=False)
    assert not trace.exists()
    consent.give(consent.code_in(file.parent), str(file))
    measured = engine.evaluate(tiny("llama"), tasks=[file], progress=False, device="cpu")
    assert trace.exists() and scores_in(measured.details)["own_loglikelihood"].items == 2


def test_templates_are_rendered_in_a_sandbox(tiny: Tiny, tmp_path: Path) -> None:
    text = TASK.format(name="own", kind="loglikelihood", more=KINDS["loglikelihood"])
    escape = "{{ context.__class__.__mro__[1].__subclasses__() }}"
    file = task_in(tmp_path / "tasks", "loglikelihood", text=text.replace("{{context}}", escape))
    with pytest.raises((BadInput, RunFailed), match="unsafe"):
        engine.evaluate(tiny("llama"), tasks=[file], progress=False)


def test_a_pattern_without_end_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    task = task_in(tmp_path / "tasks", "loglikelihood")
    endless = "{{ ('a' * 90) | regex_replace(pattern='(.|.|.)*[^a.]', repl='') }}"
    task.write_text(task.read_text().replace("{{context}}", endless))
    with pytest.raises(BadInput, match="pattern takes too long"):
        engine.evaluate(tiny("llama"), tasks=[task], progress=False, device="cpu")


def test_what_can_not_be_had_is_a_sentence(tiny: Tiny, tmp_path: Path) -> None:
    text = TASK.format(name="own", kind="loglikelihood", more=KINDS["loglikelihood"])
    on_hub = text.replace("dataset_path: json", "dataset_path: owner/name").replace(
        "data_files: {test: data.jsonl}", ""
    )
    file = task_in(tmp_path / "tasks", "loglikelihood", text=on_hub)
    with pytest.raises(BadInput, match=r"can't be fetched .*the hub can't be reached"):
        engine.evaluate(tiny("llama"), tasks=[file], progress=False)
    file = task_in(tmp_path / "tasks", "loglikelihood", "metric_list: [{metric: accc}]\n")
    with pytest.raises(BadInput, match=r"no metric 'accc'.*Did you mean 'acc'"):
        engine.evaluate(tiny("llama"), tasks=[file], progress=False)
    with pytest.raises(BadInput, match="Did you mean 'hellaswag'"):
        check_name("helaswag")
