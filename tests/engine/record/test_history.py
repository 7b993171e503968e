"""The index of runs: rebuilt when it is lost or damaged, shared by processes."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.history import History
from engine.record.home import Home, new_run_id


@pytest.fixture
def history(home: Home) -> Iterator[History]:
    with contextlib.closing(History(home)) as opened:
        yield opened


def report(run: str, status: str = "done", perplexity: float = 20.0) -> dict[str, Any]:
    stages = [{"block": "b", "title": "B", "metrics": {"perplexity": perplexity, "size_bytes": 10.0}}]
    return {"run": run, "name": f"name of {run}", "status": status, "stages": stages, "started": "s", "finished": "f"}


def made(home: Home, run: str, **more: Any) -> tuple[RunFolder, dict[str, Any]]:
    folder = RunFolder.create(home.runs / run, Pipeline(), {"run": run})
    folder.write_report(report(run, **more))
    return folder, report(run, **more)


def test_runs_come_back_the_newest_first(home: Home, history: History) -> None:
    for run in ("2026-01-01-a", "2026-01-02-b"):
        history.record(*made(home, run))
    history.record(home_folder(home, "2026-01-01-a"), report("2026-01-01-a", status="failed", perplexity=21.0))
    runs = history.runs()
    assert [run.id for run in runs] == ["2026-01-02-b", "2026-01-01-a"]
    assert runs[1].status == "failed" and runs[1].metrics == {"b": {"perplexity": 21.0, "size_bytes": 10.0}}
    assert history.metrics("2026-01-01-a") == {"b": {"perplexity": 21.0, "size_bytes": 10.0}}
    assert history.folder_of("2026-01-02-b") == home.runs / "2026-01-02-b"
    assert history.folder_of("nothing") is None
    history.forget("2026-01-02-b")
    assert len(history.runs()) == 1 and history.metrics("2026-01-02-b") == {}


def home_folder(home: Home, run: str) -> RunFolder:
    return RunFolder.open(home.runs / run)


@pytest.mark.parametrize("harm", ["missing", "garbage", "cut off", "another version", "names in other bytes"])
def test_a_lost_or_damaged_index_is_made_anew(home: Home, harm: str) -> None:
    with contextlib.closing(History(home)) as history:
        for number in range(3):
            history.record(*made(home, f"r{number}"))
    if harm == "missing":
        home.history.unlink()
    elif harm == "garbage":
        home.history.write_bytes(b"this is no database" * 500)
    elif harm == "cut off":
        home.history.write_bytes(home.history.read_bytes()[:5000])
    elif harm == "names in other bytes":
        home.history.write_bytes(home.history.read_bytes().replace(b"TABLE", b"T\xe5BLE"))
    else:
        with contextlib.closing(sqlite3.connect(home.history)) as connection:
            connection.execute("PRAGMA user_version = 77")
    with contextlib.closing(History(home)) as history:
        assert [run.id for run in history.runs()] == ["r2", "r1", "r0"]
        history.record(*made(home, "r3"))
        assert len(history.runs()) == 4


def test_a_run_without_a_report_is_listed_as_interrupted(home: Home, history: History) -> None:
    RunFolder.create(home.runs / "killed", Pipeline(name="A"), {"run": "killed", "started": "then"})
    (run,) = history.runs()
    assert run.status == "interrupted" and run.started == "then"


def test_an_index_that_can_not_be_written_disturbs_nobody(home: Home) -> None:
    folder, entry = made(home, "r")
    home.history.mkdir()
    with contextlib.closing(History(home)) as history:
        history.record(folder, entry)
        assert history.runs() == ()


def test_two_processes_write_at_once(home: Home, tmp_path: Path) -> None:
    program = (
        "import sys, contextlib; from pathlib import Path\n"
        "from engine.record.history import History; from engine.record.home import Home\n"
        "from engine.record.folder import RunFolder; from engine.pipeline.document import Pipeline\n"
        "home, name = Home(Path(sys.argv[1])), sys.argv[2]\n"
        "with contextlib.closing(History(home)) as history:\n"
        "    for n in range(40):\n"
        "        folder = RunFolder(home.runs / f'{name}{n}')\n"
        "        history.record(folder, {'run': f'{name}{n}', 'name': '', 'status': 'done', 'stages': []})\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program, str(home.root), name]) for name in ("a", "b")]
    assert [process.wait(60) for process in processes] == [0, 0]
    with contextlib.closing(History(home)) as history:
        assert len(history.runs()) == 80


def test_ids_sort_by_time() -> None:
    ids = [new_run_id() for _ in range(50)]
    assert len(set(ids)) == 50 and [i[:17] for i in ids] == sorted(i[:17] for i in ids)


# -- results -----------------------------------------------------------------------------------------------------------
CHAIN = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {"group_size": 32})])


def with_artifacts(home: Home, run: str, *artifacts: str) -> RunFolder:
    """A run of two blocks that left these."""
    folder = RunFolder.create(home.runs / run, CHAIN, {"run": run})
    stages = []
    for block, name, size in zip(CHAIN.blocks, artifacts, (100.0, 30.0), strict=True):
        (home.artifacts / name).mkdir(parents=True, exist_ok=True)
        entry = {"block": block.id, "method": block.method, "title": block.method, "settings": block.settings}
        stages.append({**entry, "metrics": {"size_bytes": size}, "artifact": str(home.artifacts / name)})
    told = {"run": run, "name": "n", "status": "done", "stages": stages, "pipeline": CHAIN.model_dump(mode="json")}
    folder.write_report(told)
    return folder


def test_every_artifact_of_every_run_is_a_result(home: Home, history: History) -> None:
    for run, names in (("r1", ("m", "a")), ("r2", ("m", "b"))):
        folder = with_artifacts(home, run, *names)
        history.record(folder, folder.report())
    found = history.results()
    assert [(r.run, r.block) for r in found] == [
        ("r2", "model_1"), ("r2", "round_to_nearest_1"), ("r1", "model_1"), ("r1", "round_to_nearest_1"),
    ]  # fmt: skip
    last = found[-1]
    assert (last.source, last.model, last.settings, last.metrics) == (
        "model_1", "sample", {"group_size": 32}, {"size_bytes": 30.0},
    )  # fmt: skip


@pytest.mark.parametrize(("after", "grade"), [(20.5, "good"), (25.0, "noticeable"), (900.0, "broken"), (None, None)])
def test_a_run_is_graded_by_its_last_result_against_its_source(
    home: Home, history: History, after: float | None, grade: str | None
) -> None:
    folder = with_artifacts(home, "r1", "m", "a")
    said = folder.report()
    said["stages"][0]["metrics"]["perplexity"] = 20.0
    if after is not None:
        said["stages"][1]["metrics"]["perplexity"] = after
    history.record(folder, said)
    assert history.runs()[0].grade == grade


def test_a_note_lies_in_the_folder_and_survives_a_lost_index(home: Home, history: History) -> None:
    folder = with_artifacts(home, "r1", "m", "a")
    history.record(folder, folder.report())
    history.annotate("r1", "the good one")
    history.rebuild()
    assert {result.note for result in history.results()} == {"the good one"}


def test_deleting_a_run_frees_what_no_other_run_has(home: Home, history: History) -> None:
    for run, names in (("r1", ("m", "a")), ("r2", ("m", "b"))):
        folder = with_artifacts(home, run, *names)
        history.record(folder, folder.report())
    assert history.own_artifacts("r1") == (home.artifacts / "a",)
    with folder.locked(), pytest.raises(BadInput, match="going on"):
        history.delete("r2")
    history.delete("r1")
    assert not (home.runs / "r1").exists() and not (home.artifacts / "a").exists()
    assert (home.artifacts / "m").is_dir(), "the other run has it too"
    assert [result.run for result in history.results()] == ["r2", "r2"]
