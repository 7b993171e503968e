"""Text that llama.cpp writes in the place of dense layers: the same words, by the program that will run the export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import resources
from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.contracts.commands import Generate, Generation
from engine.contracts.events import Event, Generated
from engine.measure.generate import generate
from engine.measure.llama_cpp import process
from engine.models.source import open_model
from engine.record.home import Home
from engine.run.control import Control
from engine.run.llama_cpp import file
from engine.run.llama_cpp.file import FILES, file_for
from engine.run.llama_cpp.text import write_text
from engine.service.jobs import execute

pytest.importorskip("xllamacpp")
SAMPLE = resources.path("sample", "model")
ANSWER: dict[str, Any] = {"prompt": "Once upon a time", "tokens": 12, "temperature": 0.0, "seed": 0, "chat": False}


def nothing(*_: object) -> None:
    """Progress and safe points that nobody looks at."""


@pytest.mark.slow
def test_it_is_the_text_that_the_layers_give_and_says_which_program_wrote(home: Home, result: Path) -> None:
    ours = list[str]()
    generate(open_model(result), **ANSWER, checkpoint=nothing, piece=ours.append)
    told = list[Event]()
    models = (str(result), str(SAMPLE))
    command = Generate(models=models, **ANSWER)
    generation = execute(command, home, "cpu", nothing, Control(), told.append)
    assert isinstance(generation, Generation) and generation.speeds.keys() == set(models)
    assert generation.programs.keys() == {str(result)} and "llama.cpp" in generation.programs[str(result)]
    theirs = [event.text for event in told if isinstance(event, Generated) and event.model == str(result)]
    first, second = ("".join(pieces).split()[:3] for pieces in (theirs, ours))
    assert first == second, "later words may differ: llama.cpp rounds what a layer reads to 8 bits"
    assert len(theirs) > 3, "piece by piece"
    (file,) = (home.cache / "llama.cpp").glob("*/*.gguf")
    before = file.stat().st_mtime_ns
    pieces = list[str]()
    stopped = {**ANSWER, "stop": ("".join(theirs).split()[2],)}
    model = open_model(result)
    assert file_for(model, home, nothing, nothing) == file and file.stat().st_mtime_ns == before, "written once"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    model = open_model(result)
    again = file_for(model, home, nothing, nothing)
    assert again is not None and again.read_bytes() == content, "one that was edited is written again"
    file = again
    write_text(model, file, **stopped, checkpoint=nothing, piece=pieces.append)
    assert "".join(theirs).startswith("".join(pieces).rstrip()) and len("".join(pieces)) < len("".join(theirs))


@pytest.mark.slow
def test_a_cancel_ends_the_process_and_a_broken_file_is_a_sentence(home: Home, result: Path, tmp_path: Path) -> None:
    model = open_model(result)
    file = file_for(model, home, nothing, nothing)
    assert file is not None

    def cancelled() -> None:
        raise Cancelled

    started = list[Any]()
    with pytest.MonkeyPatch.context() as patch:
        real = process.children.start
        patch.setattr(process.children, "start", lambda *a, **o: started.append(real(*a, **o)) or started[-1])
        with pytest.raises(Cancelled):
            write_text(model, file, **ANSWER, checkpoint=cancelled, piece=nothing)
        assert started[0].poll() is not None, "nobody is left behind"
        broken = tmp_path / "broken.gguf"
        broken.write_bytes(file.read_bytes()[:5000])
        with pytest.raises(RunFailed, match=r"llama\.cpp can't run this model"):
            write_text(model, broken, **ANSWER, checkpoint=nothing, piece=nothing)


def test_other_layers_are_run_here(home: Home, tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert file_for(open_model(tiny("llama")), home, nothing, nothing) is None, "dense layers"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert file_for(open_model(tiny("llama")), home, nothing, nothing) is None, "no llama.cpp"


def test_a_prompt_that_is_too_long_is_refused_and_few_files_stay(home: Home, result: Path) -> None:
    model = open_model(result)
    with pytest.raises(BadInput, match="too long"):
        long = {**ANSWER, "prompt": "word " * 5000}
        write_text(model, Path("no.gguf"), **long, checkpoint=nothing, piece=nothing)
    for number in range(5):
        (home.cache / "llama.cpp" / str(number)).mkdir(parents=True)
    file._drop_oldest(home.cache / "llama.cpp")
    assert len(list((home.cache / "llama.cpp").iterdir())) == FILES - 1
