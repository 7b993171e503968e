"""Code that a model brings runs only if the person said yes to exactly that code; no document says it for them."""

from __future__ import annotations

import ast
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.base.errors import BadInput
from engine.checkpoints import consent
from engine.checkpoints.checkpoint import read_header
from engine.cli import main
from engine.contracts.commands import Inspect
from engine.models.source import load_tokenizer, open_model
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.run import runner
from engine.run.control import Control
from engine.run.estimate import check
from engine.service.jobs import execute

Tiny = Callable[[str], Path]
ROOT = Path(__file__).resolve().parents[2]
STEPS = ("round_to_nearest", {"format": "int8", "group_size": 32})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    return Home.default()


@pytest.fixture
def brought(tiny: Tiny, tmp_path: Path, home: Home) -> Path:
    """A model whose network only its own code makes; running that leaves ``ran`` behind."""
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "m"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {
        "model_type": "own_code",
        "architectures": ["OwnModel"],
        "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"},
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    write_code(folder, tmp_path / "ran")
    return folder


def write_code(folder: Path, trace: Path) -> None:
    (folder / "own.py").write_text(
        f"open({str(trace)!r}, 'w').close()\n"
        "from transformers import LlamaConfig, LlamaForCausalLM\n"
        "class OwnConfig(LlamaConfig):\n    model_type = 'own_code'\n"
        "class OwnModel(LlamaForCausalLM):\n    config_class = OwnConfig\n",
        "utf-8",
    )


def pipeline(model: Path, **more: Any) -> Pipeline:
    made = Pipeline.linear([("model", {"model": str(model), **more}), STEPS])
    return made.with_evaluation(made.evaluation.replace(when="never"))


def test_a_document_says_nothing_for_the_person(brought: Path, tmp_path: Path, home: Home) -> None:
    document = pipeline(brought, trust_remote_code=True)
    found = check(document, home=home)
    assert [problem.consent for problem in found.problems if problem.severity == "error"] == [str(brought)]
    assert any("you are asked" in problem.message for problem in found.problems if problem.severity == "warning")
    outcome = runner.start(document, home=home)
    assert outcome.error is not None and "own.py would run with all your rights" in str(outcome.error)
    file = tmp_path / "p.json"
    file.write_text(document.to_json(), "utf-8")
    assert main(["run", str(file)]) == 2
    assert not (tmp_path / "ran").exists()


def test_a_yes_holds_for_this_code_and_what_is_made_of_it(brought: Path, tmp_path: Path, home: Home) -> None:
    file = tmp_path / "p.json"
    file.write_text(pipeline(brought).to_json(), "utf-8")
    assert main(["run", str(file), "--trust-remote-code", str(brought)]) == 0
    assert (tmp_path / "ran").exists()
    artifact = next(iter(home.artifacts.glob("*/own.py"))).parent
    assert open_model(artifact).anatomy.kind == "decoder"
    elsewhere = Path(shutil.copytree(brought, tmp_path / "copy"))
    assert open_model(elsewhere).anatomy.kind == "decoder"
    with (brought / "own.py").open("a", encoding="utf-8") as code:
        code.write("# another commit\n")
    with pytest.raises(consent.ConsentNeeded, match=r"own\.py would run"):
        open_model(brought)


@pytest.mark.parametrize("word", ["true", "name", "names"])
def test_a_script_says_yes_in_the_same_way(word: str, brought: Path, tmp_path: Path, home: Home) -> None:
    few: dict[str, Any] = {"evaluation": None, "progress": False, "device": "cpu", **STEPS[1]}
    with pytest.raises(consent.ConsentNeeded, match=r"own\.py would run"):
        engine.compress(brought, STEPS[0], **few)
    assert not (tmp_path / "ran").exists()
    given: Any = {"true": True, "name": brought, "names": [str(brought)]}[word]
    engine.compress(brought, STEPS[0], trust_remote_code=given, **few)
    assert (tmp_path / "ran").exists() and consent.is_given(consent.code_in(brought))


def test_the_export_of_a_run_knows_the_yes_too(brought: Path, tmp_path: Path, home: Home) -> None:
    """It is asked before the run whether it can be written, and loaded after it in another process."""
    words = ["compress", str(brought), "round_to_nearest format=int8 group_size=32", "--quiet", "--export", "dense"]
    assert main([*words, "--out", str(tmp_path / "no")]) == 2
    assert main([*words, "--out", str(tmp_path / "out"), "--trust-remote-code", str(brought)]) == 0
    assert "Verified: " in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_a_yes_of_this_process_alone_is_kept_when_it_is_given_for_all(brought: Path, home: Home) -> None:
    open_model(brought, trust_remote_code=True)
    with consent.trusting([str(brought)]):
        open_model(brought)
    consent._given_here.clear()
    assert consent.is_given(consent.code_in(brought))


def test_looking_runs_nothing_even_after_a_yes(brought: Path, tmp_path: Path, home: Home) -> None:
    consent.give(consent.code_in(brought), "m")
    found = check(pipeline(brought), home=home).problems
    assert [problem.severity for problem in found] == ["warning"] and "a check does not run" in found[0].message
    with pytest.raises(BadInput, match="looking at a model runs nothing"):
        execute(Inspect(id="a", model=str(brought)), home, "cpu", lambda *_: None, Control(), lambda _: None)
    read_header(brought)
    assert not (tmp_path / "ran").exists()


def test_what_runs_is_what_was_said_yes_to(brought: Path, tmp_path: Path, home: Home) -> None:
    """Whoever changes the files after they were read changes nothing."""
    code = consent.code_in(brought)
    consent.give(code, "m")
    write_code(brought, tmp_path / "other")
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(consent, "code_in", lambda folder: code)
        open_model(brought)
    assert (tmp_path / "ran").exists() and not (tmp_path / "other").exists()


def test_code_from_another_repository_is_refused(brought: Path, home: Home) -> None:
    config = json.loads((brought / "config.json").read_text("utf-8"))
    config["auto_map"]["AutoModelForCausalLM"] = "someone/else--own.OwnModel"
    (brought / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(BadInput, match="in another repository"):
        open_model(brought, trust_remote_code=True)


@pytest.fixture
def spoken(tiny: Tiny, tmp_path: Path, home: Home) -> Path:
    """A stock network whose tokenizer only its own code makes; running that leaves ``ran`` behind."""
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "t"))
    for file in folder.glob("tokenizer*"):
        file.unlink()
    named = {"tokenizer_class": "LetterTokenizer", "auto_map": {"AutoTokenizer": ["letters.LetterTokenizer", None]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(named), "utf-8")
    (folder / "letters.tiktoken").write_text("abcdefghij ", "utf-8")
    (folder / "letters.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
        "from transformers import PreTrainedTokenizer\n"
        "class LetterTokenizer(PreTrainedTokenizer):\n"
        "    vocab_files_names = {'vocab_file': 'letters.tiktoken'}\n"
        "    def __init__(self, vocab_file, **more):\n"
        "        self.letters = open(vocab_file, encoding='utf-8').read()\n"
        "        super().__init__(**more)\n"
        "    @property\n"
        "    def vocab_size(self): return len(self.letters)\n"
        "    def get_vocab(self): return {c: i for i, c in enumerate(self.letters)}\n"
        "    def _tokenize(self, text): return list(text)\n"
        "    def _convert_token_to_id(self, token): return max(self.letters.find(token), 0)\n"
        "    def _convert_id_to_token(self, index): return self.letters[index]\n"
        "    def save_vocabulary(self, *args, **more): return ()\n",
        "utf-8",
    )
    return folder


def test_a_tokenizer_runs_its_code_after_a_yes_alone(spoken: Path, tmp_path: Path, home: Home) -> None:
    text = tmp_path / "text.txt"
    text.write_text("bad cab fed a hag " * 40, "utf-8")
    made = pipeline(spoken)
    made = made.with_evaluation(
        made.evaluation.replace(when="every_block", text=str(text), window_size=32, num_windows=2)
    )
    asked = [problem for problem in check(made, home=home).problems if problem.severity == "error"]
    assert [problem.consent for problem in asked] == [str(spoken)] and "letters.py would run" in asked[0].message
    with pytest.raises(consent.ConsentNeeded, match=r"letters\.py would run"):
        load_tokenizer(spoken)
    assert not (tmp_path / "ran").exists()
    consent.give(consent.code_in(spoken), "t")
    assert [problem.severity for problem in check(made, home=home).problems] == ["warning"]
    assert not (tmp_path / "ran").exists(), "a check runs nothing"
    outcome = runner.start(made, home=home, device="cpu")
    assert outcome.status == "done" and (tmp_path / "ran").exists()
    stage = outcome.report["stages"][-1]
    assert stage["metrics"]["perplexity"] > 1
    assert load_tokenizer(Path(stage["artifact"]))("abc")["input_ids"] == [0, 1, 2], "the code travels with the result"


def test_a_tokenizer_that_is_whole_needs_no_code(tiny: Tiny, tmp_path: Path, home: Home) -> None:
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "w"))
    named = {"tokenizer_class": "LetterTokenizer", "auto_map": {"AutoTokenizer": [None, "letters.LetterTokenizer"]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(named), "utf-8")
    (folder / "letters.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n", "utf-8")
    assert load_tokenizer(folder)("a")["input_ids"] == load_tokenizer(tiny("llama"))("a")["input_ids"]
    assert not (tmp_path / "ran").exists()


def test_a_damaged_list_of_consents_is_no_consent(brought: Path, home: Home) -> None:
    consent.give(consent.code_in(brought), "m")
    (home.root / "consent.json").write_text("[" * 50_000, "utf-8")
    assert not consent.is_given(consent.code_in(brought))
    consent.give(consent.code_in(brought), "m")
    assert consent.is_given(consent.code_in(brought))


def test_gguf_beside_code_neither_runs_nor_asks(
    tiny: Tiny, tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gguf_files import write_gguf

    folder = tmp_path / "g"
    folder.mkdir()
    path = write_gguf("llama", tiny("llama"), folder / "m.gguf")
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\nclass Own: pass\n")
    named = {"auto_map": {"AutoConfig": "own.Own", "AutoTokenizer": ["own.Own", "own.Own"]}, "model_type": "llama"}
    for name in ("config.json", "tokenizer_config.json"):
        (folder / name).write_text(json.dumps(named), "utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n" * 20))
    open_model(path)
    try:
        load_tokenizer(path)
    except BadInput as error:
        assert "no tokenizer" in str(error)
    assert not (tmp_path / "ran").exists() and sys.stdin.read() == "y\n" * 20


def test_all_calls_go_through_one_place() -> None:
    """transformers, peft and the hub's library make nothing of a model's files anywhere else. The tests that are
    shipped build models of their own."""
    watched = {"from_pretrained", "from_config", "_from_config", "for_model", "get_class_from_dynamic_module"}
    watched |= {"cached_file", "pipeline"}
    found = set()
    for file in (*ROOT.glob("engine/**/*.py"), *ROOT.glob("studio/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            of_run = isinstance(called, ast.Attribute) and name == "pipeline"  # a run folder has one too
            if name in watched and not of_run and ROOT / "engine" / "testing" not in file.parents:
                found.add(file.relative_to(ROOT).as_posix())
    assert found == {"engine/architecture/pretrained.py"}
