"""What lies in the data folder is the person's alone, whatever the umask; an export is what the umask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.base.files import make_folder, write_text
from engine.checkpoints import consent
from engine.export.verification.check import export
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.run import runner

Tiny = Callable[[str], Path]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such modes there")


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in (root, *root.rglob("*")) if path.stat().st_mode & 0o077]


@pytest.mark.usefixtures("warm_reader")
@pytest.mark.parametrize("default", [True, False])
def test_nothing_in_the_data_folder_is_anybody_elses(
    default: bool, open_umask: None, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if default:
        monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "data" / "home"))
    home = Home(tmp_path / "data" / "home")
    text = tmp_path / "text.txt"
    text.write_text("All happy families are alike. " * 100, "utf-8")
    steps = [("model", {"model": str(tiny("llama"))}), ("round_to_nearest", {"format": "int8", "group_size": 32})]
    pipeline = Pipeline.linear(steps)
    evaluation = pipeline.evaluation.replace(text=str(text), window_size=32, num_windows=2)
    outcome = runner.start(pipeline.with_evaluation(evaluation), home=home)
    assert outcome.status == "done", outcome.error
    if default:
        consent.give(consent.Code(tmp_path, {"a.py": b""}), "m")
    assert len(list(home.root.rglob("*"))) > 10 and open_to_others(home.root) == []
    artifact = Path(outcome.report["stages"][-1]["artifact"])
    for mask, expected in ((0o022, 0o644), (0o077, 0o600)):
        os.umask(mask)
        export(artifact, "container", tmp_path / f"out{mask}", {}, lambda *_: None, lambda: None)
        files = [path for path in (tmp_path / f"out{mask}").rglob("*") if path.is_file()]
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
        assert modes["config.json"] == modes["README.md"] == expected
        assert not any(mode & ~expected for mode in modes.values())  # the library of safetensors is stricter
    os.umask(0)


def test_the_umask_may_be_stricter(tmp_path: Path) -> None:
    before = os.umask(0o277)
    try:
        Home(tmp_path / "home")
        make_folder(tmp_path / "home")
        assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o500
        os.umask(0o177)
        (tmp_path / "home").chmod(0o700)
        write_text(tmp_path / "home" / "a.txt", "a")
        assert stat.S_IMODE((tmp_path / "home" / "a.txt").stat().st_mode) == 0o600
    finally:
        os.umask(before)
