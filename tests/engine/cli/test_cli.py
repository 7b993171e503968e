"""The command line as scripts use it: exit status, one JSON object, sentences."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
import torch
import warm_children
from probe import PROBE

from engine import resources
from engine.base.errors import BadInput
from engine.cli import coerced, main
from engine.cli.parser import parser
from engine.cli.words import steps_of
from engine.methods.registry import method, methods
from engine.pipeline.document import Pipeline
from engine.pipeline.legality import problems
from engine.record.folder import RunFolder
from engine.record.home import Home

Tiny = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    monkeypatch.setitem(methods(), "probe", PROBE)
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))


@pytest.fixture
def text(tmp_path: Path) -> str:
    (tmp_path / "fox.txt").write_text("The quick brown fox jumps over the lazy dog. " * 30, encoding="utf-8")
    return str(tmp_path / "fox.txt")


Ask = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command with --json: exit status, the object, what is on stderr."""

    def run(*words: str) -> tuple[int, dict[str, Any], str]:
        capsys.readouterr()
        status = main([*words, "--json"])
        told = capsys.readouterr()
        return status, json.loads(told.out), told.err

    return run


def test_compress(ask: Ask, tiny: Tiny, text: str) -> None:
    status, told, _ = ask(
        *("compress", str(tiny("llama")), "probe factor=0.9", "round_to_nearest format=int8 granularity=channel"),
        *("--evaluate", text, "--window-size", "64", "--num-windows", "2"),
    )
    assert status == 0 and told["status"] == "done" and "error" not in told
    assert [stage["block"] for stage in told["stages"]] == ["model_1", "probe_1", "round_to_nearest_1"]
    last = told["stages"][2]
    assert last["metrics"].keys() >= {"perplexity", "size_bytes", "bits_per_weight", "seconds", "peak_memory_bytes"}
    assert last["protocol"]["windows"] == 2 and last["protocol"]["window"] == 64
    assert last["settings"]["format"] == "int8" and Path(last["artifact"]).is_dir()
    assert json.loads(Path(told["report"]).read_text(encoding="utf-8"))["status"] == "done"
    status, history, _ = ask("history")
    assert [run["id"] for run in history["runs"]] == [told["run"]]
    status, found, _ = ask("results", "--sort", "size", "--descending")
    sizes = [each["size_bytes"] for each in found["results"]]
    assert status == 0 and len(sizes) == 3 and sizes == sorted(sizes, reverse=True)
    smallest = ask("results", "round_to_nearest", f"size<{sizes[0]}")[1]["results"]
    assert [each["artifact"] for each in smallest] == [last["artifact"]]
    assert "Did you mean 'perplexity'" in ask("results", "--sort", "perplexty")[1]["error"]["message"]


def test_without_evaluate_the_size_is_measured(ask: Ask, tiny: Tiny) -> None:
    _, told, _ = ask("compress", str(tiny("llama")), "probe")
    assert told["stages"][1]["metrics"]["size_bytes"] > 0 and "perplexity" not in told["stages"][1]["metrics"]


def test_the_table_for_people(tiny: Tiny, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compress", str(tiny("llama")), "probe factor=0.9", "--evaluate", text]
    words += ["--window-size", "64", "--num-windows", "2"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert "Perplexity" in told.out and "Probe" in told.out and "2 of " in told.out and "report.html" in told.out
    assert "Probe: done" in told.err and "\r" not in told.err


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("round_to_nearst", "Did you mean 'round_to_nearest'?"),
        ("probe factor", "'factor' is not a setting"),
        ("probe speed=3", "no setting 'speed'"),
        ("probe factor=much", "factor = 'much'"),
        ("probe 'factor=1", "No closing quotation"),
        ("", "empty"),
        ("probe action=problem", "This never works"),
    ],
)
def test_bad_steps(ask: Ask, tiny: Tiny, step: str, words: str) -> None:
    status, told, err = ask("compress", str(tiny("llama")), step)
    assert status == 2 and told["status"] == "failed" and told["error"]["kind"] == "bad_input"
    assert words in told["error"]["message"] and words in err and "Traceback" not in err


def test_settings_need_no_quotes(ask: Ask, tiny: Tiny) -> None:
    steps = steps_of(["probe", "factor=0.5", "probe factor=0.25", "action=warn", "gptq", "text=/texts/my own.txt"])
    assert steps == [
        ("probe", {"factor": "0.5"}),
        ("probe", {"factor": "0.25", "action": "warn"}),
        ("gptq", {"text": "/texts/my own.txt"}),
    ]
    status, told, _ = ask("compress", str(tiny("llama")), "probe", "factor=0.5", "action=warn")
    assert status == 0 and len(told["stages"]) == 2


def test_a_setting_before_any_method_is_refused(ask: Ask, tiny: Tiny) -> None:
    status, told, _ = ask("compress", str(tiny("llama")), "factor=0.5", "probe")
    assert status == 2 and "Unknown method 'factor=0.5'" in told["error"]["message"]


def test_failures_have_status_one(ask: Ask, tiny: Tiny) -> None:
    status, told, err = ask("compress", str(tiny("llama")), "probe action=error")
    assert status == 1 and told["error"]["block"] == "probe_1" and "ZeroDivisionError" in err
    assert [stage["state"] for stage in told["stages"]] == ["done", "failed"]
    assert "Traceback" not in err


def test_debug_shows_the_traceback(tiny: Tiny, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", str(tiny("llama")), "probe action=error", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["missing", "taken", "format"])
def test_an_export_that_can_not_work_is_refused_before_the_run(ask: Ask, tiny: Tiny, tmp_path: Path, out: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("x")
    more = {
        "missing": ["--export", "dense"],
        "taken": ["--export", "dense", "--out", str(tmp_path / "taken")],
        "format": ["--export", "onnx", "--out", str(tmp_path / "new")],
    }[out]
    status, told, _ = ask("compress", str(tiny("llama")), "probe", *more)
    assert status == 2 and told["status"] == "failed" and not Home.default().artifacts.exists()


@pytest.mark.parametrize(
    ("step", "target", "reason"),
    [
        ("round_to_nearest format=int3 group_size=32", "compressed-tensors", "int3"),
        ("gptq format=int4 group_size=32 ignore=v", "gptq", "into one matrix"),
        ("awq format=int8 group_size=32", "awq", "takes int4"),
    ],
)
def test_what_the_target_can_not_express_is_said_before_the_run(
    step: str, target: str, reason: str, ask: Ask, tiny: Tiny, tmp_path: Path
) -> None:
    status, told, _ = ask("compress", str(tiny("llama")), step, "--export", target, "--out", str(tmp_path / "new"))
    assert status == 2 and reason in told["error"]["message"] and not Home.default().artifacts.exists()


@pytest.mark.slow
def test_compress_export_verify(ask: Ask, tiny: Tiny, tmp_path: Path) -> None:
    out = tmp_path / "out"
    step = "round_to_nearest format=int4 symmetric=true group_size=32"
    status, told, _ = ask("compress", str(tiny("llama")), step, "--export", "compressed-tensors", "--out", str(out))
    assert status == 0 and told["export"]["ok"] and Path(told["export"]["folder"]) == out
    status, verified, _ = ask("verify", str(out))
    assert status == 0 and verified["export"]["ok"]
    status, again, _ = ask("export", told["run"], "--format", "container", "--out", str(tmp_path / "two"))
    assert status == 0 and again["export"]["format"] == "container"
    part = next(out.glob("*.safetensors"))
    part.write_bytes(part.read_bytes()[:-1] + bytes([part.read_bytes()[-1] ^ 1]))
    status, broken, _ = ask("verify", str(out))
    assert status == 1 and broken["status"] == "failed"


def test_run_a_file_with_changes(ask: Ask, tiny: Tiny, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.json"
    file.write_text(Pipeline.linear([("model", {}), ("probe", {}), ("probe", {"factor": 2.0})]).to_json())
    words = ["run", str(file), "--model", str(tiny("llama")), "--set", "probe_1.factor=0.25"]
    words += ["--set", "evaluation.when=never", "--until", "probe_1", "--out", str(tmp_path / "run")]
    words += ["--set", "pipeline.name=Quarter"]
    status, told, _ = ask(*words)
    assert Pipeline.read(tmp_path / "run" / "pipeline.json").name == "Quarter"
    assert status == 0 and [stage["block"] for stage in told["stages"]] == ["model_1", "probe_1"]
    assert told["stages"][1]["settings"]["factor"] == 0.25 and Path(told["folder"]) == tmp_path / "run"
    assert ask(*words)[0] == 2, "the folder is taken"
    status, again, _ = ask("resume", str(tmp_path / "run"))
    assert status == 0 and again["run"] == told["run"]
    assert ask("resume", told["run"])[0] == 0, "the history knows where it lies"


def test_a_sweep_runs_a_branch_for_each_value(ask: Ask, tiny: Tiny, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.json"
    file.write_text(Pipeline.linear([("model", {"model": str(tiny("llama"))}), ("probe", {})]).to_json())
    words = ["--set", "evaluation.when=never", "--sweep", "probe_1.factor=0.25..0.75 step 0.25"]
    status, told, _ = ask("run", str(file), *words)
    assert status == 0
    factors = [stage["settings"]["factor"] for stage in told["stages"] if stage["method"] == "probe"]
    assert sorted(factors) == [0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "nowhere.factor=1"], "Unknown block"),
        (["--set", "factor"], "write --set"),
        (["--sweep", "probe_1.factor=0.5"], "two values at least"),
        (["--sweep", "probe_1.nothing=1,2"], "'nothing' can't be swept"),
        (["--set", "probe_1.factor=x"], "factor = 'x'"),
        (["--set", "evaluation.windows=-1"], "windows"),
        (["--set", "pipeline.seed=-1"], "seed = '-1'"),
        (["--until", "nowhere"], "Unknown block"),
    ],
)
def test_bad_changes(ask: Ask, tiny: Tiny, tmp_path: Path, words: list[str], sentence: str) -> None:
    file = tmp_path / "pipeline.json"
    file.write_text(Pipeline.linear([("model", {"model": str(tiny("llama"))}), ("probe", {})]).to_json())
    status, told, _ = ask("run", str(file), *words)
    assert status == 2 and sentence.lower() in told["error"]["message"].lower()


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 99, "blocks": []}', '{"version": 1, "blocks": [{}]}'])
def test_bad_files(ask: Ask, tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    status, told, _ = ask("run", str(tmp_path / "bad.json"))
    assert status == 2 and "bad.json" in told["error"]["message"]
    assert ask("run", str(tmp_path / "missing.json"))[0] == 2


def test_methods_and_inspect(ask: Ask, tiny: Tiny, capsys: pytest.CaptureFixture[str]) -> None:
    _, told, _ = ask("methods")
    entry = next(each for each in told["methods"] if each["id"] == "round_to_nearest")
    group = next(each for each in entry["settings"] if each["name"] == "group_size")
    assert group["default"] == 64 and group["minimum"] == 2 and entry["summary"]
    assert main(["methods", "round_to_nearest"]) == 0 and "group_size = 64" in capsys.readouterr().out
    status, told, _ = ask("inspect", str(tiny("gpt2")))
    assert status == 0 and told["model_type"] == "gpt2" and len(told["tensors"]) > 20
    assert main(["inspect", str(tiny("llama"))]) == 0 and "260 × 64" in capsys.readouterr().out
    assert ask("inspect", "/nowhere")[0] == 2


def test_words_become_values() -> None:
    settings = method("round_to_nearest").settings
    words = {"symmetric": "no", "group_size": "32", "ignore": "*.down_proj, v", "percentile": "99.5", "format": "int3"}
    parsed = settings.parse(coerced(settings, words)).model_dump()
    assert parsed["symmetric"] is False and parsed["group_size"] == 32 and parsed["percentile"] == 99.5
    assert parsed["ignore"] == ("*.down_proj", "v") and parsed["format"] == "int3"


@pytest.mark.parametrize("template", sorted(resources.path("pipelines").glob("*.json")), ids=lambda path: path.stem)
def test_templates(ask: Ask, tiny: Tiny, text: str, template: Path) -> None:
    pipeline = Pipeline.read(template)
    assert problems(pipeline) == [] and pipeline.description and pipeline.name != "Untitled"
    license = Path(__file__).parents[3] / "LICENSE"
    small: dict[str, Any] = {"group_size": 16, "keep_step": 0, "domains": ""}
    small |= {"num_hidden_layers": 1, "num_pruned_layers": 1}
    everywhere: dict[str, Any] = {"text": license, "steps": 4, "max_steps": 4, "sequence_length": 64}
    everywhere |= {"num_samples": 16, "eval_samples": 4, "batch_size": 4, "micro_batch_size": 4}
    change = [
        f"{block.id}.{name}={value}"
        for block in pipeline.blocks
        for name, value in (small | everywhere).items()
        if name in block.settings or (name in everywhere and name in method(block.method).settings.model_fields)
    ]
    more = [word for each in change for word in ("--set", each)]
    more += [
        "--set",
        f"evaluation.text={text}",
        "--set",
        "evaluation.window_size=64",
        "--set",
        "evaluation.num_windows=2",
    ]
    status, told, err = ask("run", str(template), "--model", str(tiny("llama")), *more)
    assert status == 0, err
    assert all("perplexity" in stage["metrics"] for stage in told["stages"])


def cold(*words: str, folder: Path, variables: dict[str, str], **streams: IO[bytes]) -> subprocess.Popen[bytes]:
    """As `warm_children.begin`, in a process that is started as a shell does."""
    return subprocess.Popen([sys.executable, *words], env=variables, cwd=folder, **streams)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_signals_cancel_at_a_safe_point(name: str, tiny: Tiny, tmp_path: Path, ask: Ask) -> None:
    """Ctrl+C, what docker, systemd and slurm send, a terminal that is closed; and the end without a word."""
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "from probe import PROBE; from engine.methods.registry import methods; methods()['probe'] = PROBE\n"
        "from engine.cli import main; sys.exit(main(sys.argv[3:]))"
    )
    tests = Path(__file__).resolve().parents[2]
    words = ["compress", str(tiny("llama")), "probe seconds=600", "--json"]
    variables = {**os.environ, "COMPRESSION_STUDIO_HOME": str(tmp_path / "home")}
    command = ["-c", program, str(tests.parent), str(tests), *words]
    begun = cold if name == "SIGINT" else warm_children.begin  # what a signal ends depends on how a process was started
    with (tmp_path / "out").open("wb") as stdout, (tmp_path / "err").open("wb") as stderr:
        process = begun(*command, folder=tmp_path, variables=variables, stdout=stdout, stderr=stderr)
    while "Probe …" not in (tmp_path / "err").read_text("utf-8"):
        assert process.poll() is None, (tmp_path / "err").read_text("utf-8")
        time.sleep(0.05)
    before = ask("history")[1]["runs"][0]
    assert before["status"] == "running"
    os.kill(process.pid, getattr(signal, name))
    process.wait(120)
    out, err = ((tmp_path / file).read_text("utf-8") for file in ("out", "err"))
    after = ask("history")[1]["runs"][0]
    assert after["id"] == before["id"]
    if name == "SIGKILL":
        assert after["status"] == RunFolder(Path(after["folder"])).report()["status"] == "interrupted"
        return
    assert process.returncode == 130 and after["status"] == "cancelled"
    assert json.loads(out)["status"] == "cancelled" and "resume" in err and "Cancelling" in err


def test_it_runs_without_qt(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['PySide6'] = None\n"
        "from engine.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: print('torch' in sys.modules, end.code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False 0\n") and "compress a model" in done.stdout


def test_an_export_that_settings_can_not_give_is_refused_before_the_run(ask: Ask, tiny: Tiny, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["compress", str(tiny("llama")), "round_to_nearest format=int3 group_size=32"]
    status, told, _ = ask(*words, "--export", "peft", "--out", str(out))
    assert status == 2 and "leave none" in told["error"]["message"] and not out.exists()
    assert "run" not in told, "what settings can't give is refused before anything is computed"


def test_names_of_earlier_releases_and_percentages_are_read() -> None:
    settings = method("lottery_ticket").settings
    words = {"remaining": "20", "held_out": "8", "ignore": "head", "dropout": "12.5%"}
    assert settings.parse(coerced(settings, words)).model_dump(
        include={"density", "eval_samples", "ignore", "dropout"}
    ) == {
        "density": 0.2,
        "eval_samples": 8,
        "ignore": ("head",),
        "dropout": 0.125,
    }


def test_generation_is_checked_where_it_is_chosen() -> None:
    words = ["compress", "sample", "gptq", "--evaluate", "sample"]
    chosen = [parser().parse_args([*words, *more]).generation for more in ([], ["--generation"], ["--generation=long"])]
    assert chosen == ["off", "check", "long"]
    with pytest.raises(BadInput, match="no"):
        parser().parse_args([*words, "--generation=loud"])


@pytest.mark.parametrize("more", [["--generation"], ["--speed"], []])
def test_what_is_measured_beside_a_text_is_measured_without_one(
    more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipelines: list[Pipeline] = []

    def run_pipeline(pipeline: Pipeline, *_: Any) -> None:
        pipelines.append(pipeline)
        raise BadInput("enough")

    monkeypatch.setattr("engine.cli.commands.run_pipeline", run_pipeline)
    assert main(["compress", "sample", "round_to_nearest", *more]) == 2
    assert pipelines[0].evaluation.when == ("every_block" if more else "never")
