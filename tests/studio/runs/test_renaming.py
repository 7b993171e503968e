"""A pipeline that is renamed after its run: the run has the new name on disk, in the history and on its page."""

from __future__ import annotations

from engine.pipeline.document import Pipeline
from engine.record.history import History
from engine.record.home import Home
from engine.record.renaming import rename_run
from studio.shell.assembly import Studio
from tests.studio.runs.test_versions import NOW, ran


def test_the_run_follows_the_name_of_its_pipeline(studio: Studio, qtbot) -> None:
    folder = ran(NOW, "1")
    studio.past_runs.show(folder)
    qtbot.waitUntil(lambda: studio.session.run is not None and studio.session.run.is_over)
    renamed = studio.document.pipeline.model_copy(update={"name": "smol"})
    with qtbot.waitSignal(studio.renaming.renamed, timeout=5000):
        studio.document.change("Name", renamed)
    assert folder.report()["name"] == "smol" and folder.pipeline() == NOW.model_copy(update={"name": "smol"})
    assert "<title>smol" in (folder.path / "report.html").read_text(encoding="utf-8")
    with History.open(Home.default()) as history:
        assert [run.name for run in history.runs()] == ["smol"]
        assert history.metrics("1") == {"round_to_nearest_1": {"perplexity": 10.0, "size_bytes": 3.5e6}}


def test_a_run_that_is_executed_or_gone_keeps_its_name(own_home) -> None:
    folder = ran(NOW, "1")
    assert not rename_run(Home.default(), folder.path, NOW.name), "it has that name"
    assert not rename_run(Home.default(), folder.path / "gone", "smol")
    folder.report_path.write_text("[")
    assert not rename_run(Home.default(), folder.path, "smol"), "a damaged record stays as it is"
    assert folder.report_path.read_text() == "[" and isinstance(folder.pipeline(), Pipeline)
