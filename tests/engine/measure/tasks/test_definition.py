"""Files of evaluation tasks: read as data, refused with a sentence where they are not understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base.errors import BadInput
from engine.measure.tasks.definition import Function, bundled_tasks, read_definition, with_functions

GOOD = """
task: mine
dataset_path: json
dataset_kwargs: {data_files: {test: mine.jsonl}}
test_split: test
output_type: loglikelihood
doc_to_text: "{{context}}"
doc_to_target: "{{target}}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.jsonl").write_text('{"context": "One two", "target": " three"}\n', "utf-8")
    (tmp_path / "mine.yaml").write_text(GOOD, "utf-8")
    return tmp_path


def test_the_hash_is_of_all_that_the_task_is(folder: Path) -> None:
    first = read_definition(folder / "mine.yaml")
    assert first.name == "mine" and first.data("test") == (folder / "mine.jsonl",) and not first.functions
    (folder / "child.yaml").write_text("include: mine.yaml\ntask: child\n", "utf-8")
    child = read_definition(folder / "child.yaml")
    assert child.config["output_type"] == "loglikelihood" and child.name == "child"
    (folder / "mine.jsonl").write_text('{"context": "One two", "target": " four"}\n', "utf-8")
    assert read_definition(folder / "mine.yaml").sha256 != first.sha256
    assert read_definition(folder / "child.yaml").sha256 != child.sha256


def test_functions_stay_names_and_their_code_is_part_of_the_task(folder: Path) -> None:
    (folder / "utils.py").write_text("raise SystemExit('it ran')\n", "utf-8")
    (folder / "mine.yaml").write_text(GOOD + "process_docs: !function utils.chosen\n", "utf-8")
    task = read_definition(folder / "mine.yaml")
    assert task.functions == (Function("utils.chosen"),)
    assert with_functions(task.config, lambda function: function.name)["process_docs"] == "utils.chosen"
    (folder / "utils.py").write_text("raise SystemExit('it ran, too')\n", "utf-8")
    assert read_definition(folder / "mine.yaml").sha256 != task.sha256


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("task: [", "YAML can't be read"),
        ("- one\n- two", "no fields of a task"),
        ("task: !!python/object/apply:os.system [ls]", "YAML can't be read"),
        ("process_docs: &a [x]\nfewshot_config: *a\n", "anchors"),
        ("[" * 1000, "YAML can't be read"),
        (GOOD.replace("task: mine\n", ""), "'task' is missing"),
        (GOOD.replace("task: mine", "task: [a, b]"), "group of tasks"),
        (GOOD.replace("task: mine", "task: ../mine"), "letters, digits"),
        (GOOD.replace("loglikelihood", "loglikelyhood"), "Did you mean 'loglikelihood'"),
        (GOOD.replace("test_split: test\n", ""), "'test_split' is missing"),
        (GOOD.replace("doc_to_text", "doc_to_texts"), "Did you mean 'doc_to_text'"),
        (GOOD.replace("dataset_path: json", "dataset_path: pandas"), "'pandas' is neither OWNER/NAME"),
        (GOOD.replace("dataset_path: json", "dataset_path: ../x"), "neither OWNER/NAME"),
        (GOOD.replace("mine.jsonl", "gone.jsonl"), "data are not there"),
        (GOOD.replace("mine.jsonl", '"https://x.org/a"'), "not fetched"),
        (GOOD.replace("{data_files", "{trust_remote_code: true, data_files"), "'trust_remote_code'"),
        (GOOD + "use_prompt: other.yaml:*\n", "'use_prompt' is not understood"),
        (GOOD + "unsafe_code: true\n", "'unsafe_code' is not understood"),
        (GOOD + "metric_list: [{metric: own/code, hf_evaluate: true}]\n", "code that would be fetched"),
        (GOOD + "include: mine.yaml\n", "includes itself"),
        (GOOD + "include: gone.yaml\n", "can't be read"),
    ],
)
def test_what_is_not_understood_is_a_sentence(change: str, sentence: str, folder: Path) -> None:
    (folder / "mine.yaml").write_text(change, "utf-8")
    with pytest.raises(BadInput, match=sentence):
        read_definition(folder / "mine.yaml")


def test_the_bundled_tasks_are_read() -> None:
    names = {name: read_definition(file) for name, file in bundled_tasks().items()}
    assert {name for name, task in names.items() if task.name != name} == set() and len(names) == 6
