"""The report of a run as a PDF: pages with the pictures of its page, drawn for paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_engine import finish_run
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from engine.base.errors import StudioError
from engine.contracts.events import LayerDone, Metric
from engine.record.report import Entry
from engine.record.report_page import as_html
from studio.kit.opening import open_outside
from studio.runs import report
from studio.runs.report import SHARPNESS, WIDTH, write_pdf
from studio.runs.reports import ReportWindow


def page(layers: int = 0, wide: float = 304.0) -> str:
    """As a run writes it: a pipeline, a loss, layers."""
    stages = [Entry(block=name, method=name, title=name, settings={}, state="done") for name in ("model", "lora")]
    made = {
        "name": "Two & three", "status": "done", "started": "today", "seed": 0, "environment": {"python": "3"},
        "stages": [vars(stage) for stage in stages],
        "pipeline": {
            "blocks": [{"id": s.block, "method": s.method, "x": n * wide, "y": 0} for n, s in enumerate(stages)],
            "links": [{"source": "model", "target": "lora", "port": "model"}],
        },
    }  # fmt: skip
    losses = [Metric(run="r", block="lora", name="loss/train", step=n, value=9.0 - n / 10) for n in range(40)]
    done = [
        LayerDone(run="r", block="lora", layer=f"layers.{n}.up", index=n, count=layers, metrics={"sparsity": 0.5})
        for n in range(layers)
    ]
    return as_html(made, [*losses, *done])


def pages(written: bytes) -> int:
    return written.count(b"/Type /Page\n")


def test_pictures_are_in_it_and_long_tables_take_more_pages(qapp, tmp_path: Path) -> None:
    write_pdf(page(), tmp_path / "short.pdf")
    write_pdf(page(layers=150), tmp_path / "long.pdf")
    short, long = ((tmp_path / name).read_bytes() for name in ("short.pdf", "long.pdf"))
    assert short.startswith(b"%PDF") and short.count(b"/Subtype /Image") == page().count("<svg") == 2
    assert pages(short) == 1 and pages(long) > 2
    assert {path.name for path in tmp_path.iterdir()} == {"short.pdf", "long.pdf"}


def test_pictures_are_dark_on_white_and_fit_the_paper(qapp) -> None:
    svg = next(part for part in page(wide=2000.0).split("<svg")[1:])
    image = report._drawn("<svg" + svg.split("</svg>")[0] + "</svg>")
    assert image.width() == round(WIDTH * SHARPNESS)
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert "#ffffff" in seen and "#000000" in seen, "words are black"


def test_a_place_that_can_not_be_written_says_so(qapp, tmp_path: Path) -> None:
    with pytest.raises(StudioError):
        write_pdf(page(), Path("/proc/none/report.pdf"))


def test_the_window_saves_the_report_of_the_run_that_is_shown(studio, engine, tmp_path, monkeypatch) -> None:
    assert not studio.window.table["run.report_pdf"].isEnabled()
    finish_run(studio, engine, tmp_path)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *words: (str(tmp_path / "mine"), ""))
    studio.window.table["run.report_pdf"].trigger()
    assert "written when the run ends" in studio.window.status.message()
    studio.runs.folder.mkdir(parents=True, exist_ok=True)
    (studio.runs.folder / "report.html").write_text(page())
    studio.window.table["run.report_pdf"].trigger()
    assert (tmp_path / "mine.pdf").read_bytes().startswith(b"%PDF") and "mine" in studio.window.status.message()


def test_without_a_browser_the_report_is_shown_in_a_window(qtbot, studio, engine, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    finish_run(studio, engine, tmp_path)
    assert studio.runs.folder is not None
    studio.runs.folder.mkdir(parents=True, exist_ok=True)
    (studio.runs.folder / "report.html").write_text(page(), encoding="utf-8")
    studio.window.table["run.report"].trigger()
    (shown,) = studio.window.findChildren(ReportWindow)
    assert shown.isVisible() and "Two & three" in shown.text.toPlainText()
    assert shown.text.document().toHtml().count("<img") == page().count("<svg")
    shown.close()


def test_without_a_program_for_reports_it_is_said_where_the_file_is(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    told: list[tuple[str, str]] = []
    open_outside(tmp_path / "report.html", lambda kind, text: told.append((kind, text)))
    assert told == [("warning", f"No program is set up to open this file: {tmp_path / 'report.html'}")]
