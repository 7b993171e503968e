"""The command line as people expect it: tables that fit, words that were likely meant, streams of every kind."""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from probe import PROBE, Probe

import engine
from engine.base.errors import BadInput
from engine.base.files import disk_error, home
from engine.claims.catalog import CLAIMS
from engine.cli import completion, main
from engine.cli.parser import OF_COMMANDS, parser
from engine.cli.words import steps_of
from engine.contracts.events import Log, Progress, StageChanged
from engine.export.registry import formats
from engine.methods.registry import methods
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.run.environment import pick_device
from engine.service.terminal import Terminal

Tiny = Callable[[str], Path]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    monkeypatch.setitem(methods(), "probe", PROBE)
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))


class Panic(BaseException):
    """Stands for pyo3's PanicException, which is not an Exception."""


# -- tables and help ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("columns", [60, 100])
def test_tables_fit_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["methods"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= columns for line in lines)
    shown = {line.split()[0] for line in lines if line}
    assert shown >= {info.id for info in methods().values() if not info.is_source}, "one line each"
    assert "model" not in shown, "a command names its model itself"
    assert len(lines) < len(methods()) + 6
    for info in methods().values():
        assert main(["methods", info.id]) == 0
        page = capsys.readouterr().out
        assert all(len(line) <= columns or " " not in line.strip() for line in page.splitlines())
        assert all(f"  {name} = " in page for name in info.settings.model_fields)


@pytest.mark.parametrize("name", OF_COMMANDS)
def test_the_examples_of_the_help_are_right(name: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    shown = capsys.readouterr().out
    text = shown[shown.index("examples:") :].replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("compression-studio")]
    for line in lines:
        words = shlex.split(line.partition(" > ")[0], comments=True)[1:]
        arguments = parser().parse_args(words)
        for name, given in steps_of(getattr(arguments, "steps", [])):
            assert all(f"{setting}=" in line for setting in given), f"an earlier name of a setting of {name}: {line}"
        if getattr(arguments, "format", None):
            assert arguments.format in formats()
        assert set(getattr(arguments, "claims", [])) <= {claim.id for claim in CLAIMS}
    assert lines or "$(compression-studio" in text


def test_earlier_spellings_are_understood_and_not_shown(capsys: Capture) -> None:
    words = ["compress", "sample", "nf4"]
    for given, sizes in (
        ([], (2048, 16)),
        (["--window", "64", "--windows", "2"], (64, 2)),
        (["--window-size", "64", "--num-windows", "2"], (64, 2)),
    ):
        parsed = parser().parse_args([*words, *given])
        assert (parsed.window_size, parsed.num_windows) == sizes
    with pytest.raises(SystemExit):
        main(["compress", "--help"])
    shown = capsys.readouterr().out
    assert "--num-windows" in shown and "--windows" not in shown and "--window " not in shown


# -- what was likely meant ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["comprss", "sample", "nf4"], "There is no command 'comprss'. Did you mean 'compress'?"),
        (["methods", "GTPQ"], "Unknown method 'GTPQ'. Did you mean 'gptq'?"),
        (["methods", "Round to nearest"], "Did you mean 'round_to_nearest'?"),
        (["compress", "sample", "nf4", "--num-windws=3"], "Did you mean '--num-windows'?"),
        (["compress", "sample", "awq", "--fromat", "int4"], "Write it with its method: 'awq format=int4'."),
        (["compress", "sample", "svd", "gptq", "--group-size=64"], "Write it with its method: 'gptq group_size=64'."),
        (["compress", "sample", "gptq formt=int4"], "did you mean 'format'?"),
        (["compress", "sample", "gptq format=int44"], "did you mean 'int4'?"),
        (["compress", "sample", "nf4", "--format", "gguf"], "'--format' is not understood. Did you mean '--export'?"),
        (["compress", "sample", "nf4", "--export", "ggfu", "--out", "x"], "Did you mean 'gguf'?"),
        (["inspect", "sampel"], "Did you mean 'sample'?"),
        (["inspect", "./modle"], "Did you mean './model'?"),
        (["run", "pipline.json"], "Did you mean 'pipeline.json'?"),
        (["run", "pipeline.json", "--set", "gtpq_1.format=int4"], "Did you mean 'gptq_1'?"),
        (["compress", "sample"], "arguments are required: METHOD. See: compression-studio compress --help."),
        (["history", "--limit", "9" * 40], "is not from 1 to 1000000"),
        (["history", "--limit", "many"], "'many' is not a whole number"),
        (["resume", "nowhere"], "Run not found (nowhere)"),
        ([], "arguments are required: COMMAND"),
    ],
)
def test_did_you_mean(
    words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "pipeline.json").write_text(Pipeline.linear([("model", {}), ("gptq", {})]).to_json())
    assert main(words) == 2
    told = capsys.readouterr()
    assert sentence in told.err and told.err.count("\n") == 1 and not told.out
    assert main([*words, "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "failed" and sentence in answer["error"]["message"]
    assert answer["error"].keys() == {"kind", "message", "what", "where", "why", "advice", "block"}


def test_json_has_the_keys_that_are_promised(tiny: Tiny, tmp_path: Path, capsys: Capture) -> None:
    """Those of the package's documentation; more may be added."""

    def ask(*words: str) -> dict[str, Any]:
        main([*words, "--json"])
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert found["command"] == words[0]
        return found

    run = ask("compress", str(tiny("llama")), "probe", "--quiet")
    assert run.keys() == {"command", "status", "run", "name", "seed", "folder", "report", "stages"}
    assert ask("resume", run["run"]).keys() == run.keys()
    export = ask("export", run["run"], "--format", "dense", "--out", str(tmp_path / "out"))
    assert export.keys() == {"command", "status", "export"} and export["status"] == "done"
    assert export["export"].keys() == {
        *("folder", "format", "ok", "sentence", "loaded_by", "seconds", "metrics", "warnings", "verified_by", "advice"),
        *("unchecked", "open_in"),
    }
    several = ask("methods")
    searched = ask("methods", "--search", "prune")["methods"]
    assert {each["family"] for each in searched[:2]} == {"pruning"} and len(searched) < len(several["methods"])
    assert ask("methods", "--search", "no such thing")["methods"] == []
    assert several.keys() == {"command", "status", "methods"} and len(ask("methods", "gptq")["methods"]) == 1
    inspected = ask("inspect", str(tiny("llama")))
    assert inspected.keys() == {
        *("command", "status", "path", "format", "model_type", "parameters", "size_bytes", "tensor_bytes", "config"),
        *("tensors", "came_packed"),
    }
    history = ask("history")
    assert history["runs"][0].keys() == {"id", "name", "folder", "status", "started", "finished", "metrics"}
    text = engine.cli.__doc__ or ""  # type: ignore[attr-defined]
    for key in (*run, *inspected, *several["methods"][0], *export["export"], *history["runs"][0]):
        assert f"``{key}``" in text, key


# -- streams -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("words", [["methods"], ["methods", "svd"], ["inspect"], ["compress"], ["history"]])
def test_every_encoding(encoding: str, words: list[str], tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict") for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    if words == ["inspect"]:
        words = ["inspect", str(tiny("llama"))]
    if words == ["compress"]:
        words = ["compress", str(tiny("llama")), "probe"]
    assert main(words) == 0
    text = streams[0].buffer.getvalue().decode(encoding)  # type: ignore[attr-defined] # BytesIO
    assert text.strip()
    if words[0] == "inspect":
        assert "260 x 64" in text or "260 × 64" in text


def test_without_any_stream(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service, or a program without a console on Windows."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["compress", str(tiny("llama")), "probe"]) == 0
    assert main(["comprss"]) == 2


class Closed(io.StringIO):
    """A terminal that is gone."""

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")

    def isatty(self) -> bool:
        return True


def test_a_terminal_that_is_closed_stops_no_run(tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(sys, "stderr", Closed())
    assert main(["compress", str(tiny("llama")), "probe", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "done"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_output_that_can_not_be_written_is_a_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "engine", "methods"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "compression-studio: Standard output can't be written: No space left on device.\n"


def test_control_characters_never_reach_the_terminal(tiny: Tiny, tmp_path: Path, capsys: Capture) -> None:
    evil = "a\x1b]0;title\x07\x9b2Jb\u202ec"
    pipeline = Pipeline.linear([("model", {"model": str(tiny("llama"))}), ("probe", {"action": "warn"})], name=evil)
    last = pipeline.blocks[-1].model_copy(update={"title": evil})
    (tmp_path / "evil.json").write_text(pipeline.with_block(last).to_json(), encoding="utf-8")
    capsys.readouterr()  # making the model writes a bar of its own
    assert main(["run", str(tmp_path / "evil.json")]) == 0
    assert main(["history"]) == 0
    assert main(["inspect", f"/nowhere/{evil}"]) == 2
    assert main(["run", str(tmp_path / "evil.json"), "--json"]) == 0
    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert "title" in text and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_a_bar_with_the_time_that_is_left_and_plain_lines_elsewhere() -> None:
    progress = Progress(run="r", block="b", fraction=0.5, total=0.25, text="layers.3\x07", total_eta=75.0)
    stage = StageChanged(run="r", block="b", state="running")
    log = Log(run="r", block="b", level="warning", text="odd")

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    def shown(stream: io.StringIO, **options: Any) -> str:
        terminal = Terminal({"b": "Probe"}, stream, **options)
        for event in (stage, progress, log, log):
            terminal(event)
        terminal.close()
        return stream.getvalue()

    live = shown(Screen())
    assert "25 %" in live and "Probe: layers.3\\x07" in live and "1 min 15 s left" in live and "\x07" not in live
    assert shown(io.StringIO()) == "Probe …\n  warning: odd\n", "a warning is said once"
    assert shown(Screen(), show="warnings") == "  warning: odd\n"
    assert shown(Screen(), show="nothing") == ""


# -- what goes wrong ---------------------------------------------------------------------------------------------------
def test_a_panic_of_a_library_is_a_sentence_and_the_run_is_closed(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def panic(*_: Any) -> None:
        raise Panic("regex blew up")

    monkeypatch.setattr(Probe, "misbehave", panic)
    assert main(["compress", str(tiny("llama")), "probe action=error", "--json"]) == 1
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert report["error"]["block"] == "probe_1" and "Panic: regex blew up" in told.err and "Traceback" not in told.err
    assert RunFolder(Path(report["folder"])).report()["status"] == "failed"
    monkeypatch.setattr("engine.cli.commands.history", panic)
    assert main(["history"]) == 1 and "Panic: regex blew up" in capsys.readouterr().err


def test_an_interrupt_in_a_script_closes_the_run(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Probe, "misbehave", interrupt)
    with pytest.raises(KeyboardInterrupt):
        engine.compress(tiny("llama"), "probe", action="error", evaluation=None, progress=False)
    (run,) = History.open(Home.default()).runs()
    assert run.status == "cancelled"
    assert [stage["state"] for stage in RunFolder(run.folder).report()["stages"]] == ["done", "cancelled"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--device", "foo"], "Unknown device 'foo'"),
        (["--device", "cuda:99"], "This machine has no device 'cuda:99'"),
        (["--device", "meta"], "This machine has no device 'meta'"),
        (["--evaluate", "~nosuchuser/x"], "The home folder was not found (~nosuchuser/x)"),
        (["--export", "dense", "--out", "out\udcff"], "its bytes are not UTF-8"),
    ],
)
def test_mistakes_are_sentences(words: list[str], sentence: str, tiny: Tiny, capsys: Capture) -> None:
    assert main(["compress", str(tiny("llama")), "probe", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_paths_of_nobody(tiny: Tiny, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (["compress", "~nosuchuser/x", "probe"], ["inspect", "~nosuchuser/x"], ["resume", "~nosuchuser/x"]):
        assert main(words) == 2
        assert "The home folder was not found (~nosuchuser/x)" in capsys.readouterr().err
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", "~nosuchuser/home")
    assert main(["history"]) == 2 and "home folder" in capsys.readouterr().err


def test_a_user_without_home_folder(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.delenv("COMPRESSION_STUDIO_HOME")
    monkeypatch.setattr("engine.base.files.user_data_path", lambda name: Path("~/.local/share") / name)
    with pytest.raises(BadInput, match="no home folder"):
        home()
    assert main(["history"]) == 2 and "COMPRESSION_STUDIO_HOME" in capsys.readouterr().err


def test_devices_and_files_that_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadInput, match=r"This machine has no device 'cuda' that torch .* can use: there is cpu"):
        pick_device("cuda")
    assert pick_device() == torch.device("cpu")
    error = disk_error(OSError(errno.EFBIG, "File too large"), Path("/x/model.safetensors"))
    assert "larger than its disk" in str(error) and "FAT32" in str(error)


def test_a_run_without_its_process_was_interrupted(tmp_path: Path) -> None:
    pipeline = Pipeline.linear([("model", {})])
    folder = RunFolder.create(tmp_path / "run", pipeline, {"run": "one"})
    folder.write_report({"run": "one", "status": "running", "stages": [], "name": "n"})
    history = History.open(Home(tmp_path))
    history.record(folder, {"run": "one", "status": "running", "stages": [], "name": "n"})
    assert history.runs()[0].status == folder.report()["status"] == "interrupted"
    with folder.locked():
        assert history.runs()[0].status == folder.report()["status"] == "running"
    assert history.runs()[0].status == "interrupted"
    folder.write_report({"run": "one", "status": "done", "stages": [], "name": "n"})
    assert folder.report()["status"] == "done"


# -- completion --------------------------------------------------------------------------------------------------------
def test_what_completes_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "gptq" in completion.steps("gp") and "model" not in completion.steps("")
    assert "gptq group_size=" in completion.steps("gptq gr")
    assert "gptq format=int4" in completion.steps("gptq format=")
    assert completion.steps("nothing at") == []
    before = argparse.Namespace(steps=["svd", "gptq", "group_size=64"])
    assert "group_size=" in completion.steps("gr", before) and "refine" in completion.steps("re", before)
    assert "format=int4" in completion.steps("format=", before)
    assert set(completion.format_ids()) == {entry.id for entry in formats().values() if not entry.origin}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small").mkdir()
    (tmp_path / "a.gguf").touch()
    (tmp_path / "a.txt").touch()
    assert completion.models() == ["sample", "a.gguf", "small/"]
    file = tmp_path / "p.json"
    file.write_text(Pipeline.linear([("model", {}), ("gptq", {})]).to_json())
    arguments = parser().parse_args(["run", str(file)])
    assert completion.changes("g", arguments) == ["model_1.", "gptq_1.", "evaluation.", "pipeline."]
    assert "gptq_1.format=int4" in completion.changes("gptq_1.format=", arguments)


@pytest.mark.skipif(sys.platform == "win32", reason="file descriptors of a shell")
@pytest.mark.parametrize("program", ["engine", "studio.shell.app"])
def test_a_shell_is_answered(program: str, tmp_path: Path) -> None:
    """Also by the program that opens a window without arguments; without torch."""
    pytest.importorskip("argcomplete")
    line = "compression-studio compress sample round_to"
    answer = tmp_path / "answer"
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_TYPE": "9", "IFS": "\013"}
    environment = {**os.environ, **asked, "_ARGCOMPLETE_STDOUT_FILENAME": str(answer)}
    command = [sys.executable, "-X", "importtime", "-m", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.read_text().strip() == "round_to_nearest", done.stderr[-500:]
    assert "| torch\n" not in done.stderr and "| PySide6" not in done.stderr


def test_the_two_programs_are_alike(capsys: Capture) -> None:
    from studio.shell.app import main as program

    for words in (["methods", "nf4"], ["comprss"], ["history"]):
        assert program(words) == main(words)
        told = capsys.readouterr()
        half = len(told.out) // 2, len(told.err) // 2
        assert told.out[: half[0]] == told.out[half[0] :] and told.err[: half[1]] == told.err[half[1] :]
        assert told.out or told.err


@pytest.mark.parametrize(
    ("word", "advice"), [("sampel", "Did you mean 'sample'?"), ("nosuchmodel", "Check the name and the network")]
)
def test_a_name_that_nothing_has(
    word: str, advice: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither here nor to be had: said, with what was likely meant, and no failed run is left."""
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", _unreachable)
    assert main(["compress", word, "awq", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert "there is no folder or file of this name" in told["error"]["why"] and advice in told["error"]["message"]
    assert main(["history", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == []


def _unreachable(*_: object, **__: object) -> None:
    raise ConnectionError("no network here")


@pytest.mark.skipif(sys.platform == "win32", reason="folders of other systems")
@pytest.mark.parametrize("command", ["history", "results"])
def test_a_workspace_that_can_not_be_is_no_empty_list(
    command: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in ("/proc/nope", str(tmp_path / "file")):
        monkeypatch.setenv("COMPRESSION_STUDIO_HOME", place)
        assert main([command]) == 2
        assert "The workspace can't be opened" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_a_process_that_is_ended_while_it_starts_says_so(seconds: float, tmp_path: Path) -> None:
    """Libraries are being loaded, or the command has its work already: the same words."""
    environment = {**os.environ, "COMPRESSION_STUDIO_HOME": str(tmp_path / "home")}
    words = [sys.executable, "-c", STARTING, "compress", "sample", "awq", "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None and process.stderr.readline().strip() == "ready"
    time.sleep(seconds)
    process.send_signal(signal.SIGTERM)
    told, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    shown = json.loads(told)
    assert shown["command"] == "compress" and shown["status"] == "cancelled"


STARTING = """
import sys
import time
from engine.starting import end_in_order
end_in_order()
print("ready", file=sys.stderr, flush=True)
from engine.cli import main
sys.exit(main())
"""


def test_an_export_lists_sizes_and_takes_the_smallest_that_loses_nothing(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(tiny("llama"))
    assert main(["export", model, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    formats = told["formats"]
    assert [each["default"] for each in formats] == [True] + [False] * (len(formats) - 1)
    first = formats[0]
    assert first["keeps_values"] and first["expected_bytes"] and first["id"] in ("dense", "container")
    assert main(["export", model]) == 0
    assert first["id"] in capsys.readouterr().out
    out = tmp_path / "out"
    assert main(["export", model, "--out", str(out), "--json"]) == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)["export"]
    assert result["format"] == first["id"] and result["metrics"]["size_bytes"] == first["expected_bytes"]
    assert "the smallest format that holds every value" in shown.err
