"""Words of others are shown letter by letter: no title, path, error or name makes the window load a picture."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QMenu,
    QMessageBox,
    QTextBrowser,
)

from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.headers import TensorInfo
from engine.contracts.commands import Checked, FormatInfo, Verified
from engine.contracts.events import Curve, Failure, LayerDone, Log, Measured, Metric, RunChanged, StageChanged
from engine.contracts.problem import Problem
from engine.pipeline.document import Block, Comment, Evaluation, Link, Pipeline
from studio.bridge import Bridge
from studio.document.home import add_recent
from studio.kit import message_boxes
from studio.kit.details import FailureDialog
from studio.kit.plaintext import as_plain
from studio.models.dialog import ModelDialog
from studio.shell.assembly import Studio

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "studio").rglob("*.py"))
EVIL = '<img src="file:///etc/evil.png">'
FREE = 10**12
TIP = Qt.ItemDataRole.ToolTipRole


# -- what is in the sources -------------------------------------------------------------------------------------------
def calls(path: Path, name: str) -> list[ast.Call]:
    """Calls of a function or method of this name."""
    found = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return [c for c in found if getattr(c.func, "id", getattr(c.func, "attr", "")) == name]


def is_own(text: ast.expr) -> bool:
    """Whether an argument is a constant of the program, or was made plain."""
    if isinstance(text, ast.IfExp):
        return is_own(text.body) and is_own(text.orelse)
    if isinstance(text, ast.Call):
        name = getattr(text.func, "id", getattr(text.func, "attr", ""))
        return name == "as_plain" or (name in ("tr", "translate") and isinstance(text.args[-1], ast.Constant))
    return isinstance(text, ast.Constant)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_labels_message_boxes_and_tooltips_are_made_where_they_are_made_plain(path: Path) -> None:
    name = path.relative_to(ROOT / "studio").as_posix()
    assert name == "kit/widgets.py" or not calls(path, "QLabel"), "use PlainLabel"
    source = path.read_text("utf-8")
    assert name == "kit/message_boxes.py" or "QMessageBox" not in source, "use studio.kit.message_boxes"
    assert "ToolTipRole" not in source or "as_plain" in source, "use as_plain"
    own_words = {
        "kit/actions.py": "_tooltip",
        "shell/window.py": "toolTip",
        "runs/panel.py": "toolTip",
        "runs/result_card.py": "toolTip",
    }
    for call in calls(path, "setToolTip"):
        text = call.args[-1]
        made_by = getattr(text.func, "id", getattr(text.func, "attr", "")) if isinstance(text, ast.Call) else ""
        assert is_own(text) or own_words.get(name) == made_by, f"line {call.lineno}: use as_plain"


def test_plain_means_plain() -> None:
    assert as_plain("1 & 2\n\n3") == "1 & 2\n\n3"
    lines = as_plain("several words " * 30).split("\n")
    assert len(lines) == 5 and all(80 < len(line) <= 90 for line in lines[:-1])
    assert as_plain(f"a {EVIL}\nb") == '<qt>a &lt;img src="file:///etc/evil.png"&gt;<br>b</qt>'


# -- what is on the screen --------------------------------------------------------------------------------------------
def rich() -> list[str]:
    """Everything on the screen, or behind it, that would be taken for rich text with the picture in it."""
    found = []
    for widget in QApplication.allWidgets():
        name = f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        plain = isinstance(widget, QLabel) and widget.textFormat() == Qt.TextFormat.PlainText
        if isinstance(widget, QLabel) and "<img" in widget.text() and not plain:
            found.append(f"text of {name}")
        if "<img" in widget.toolTip():
            found.append(f"tooltip of {name}")
        if isinstance(widget, QTextBrowser) and "evil.png" in widget.toHtml().replace("&quot;", ""):
            found.append(f"page of {name}")
        if isinstance(widget, QMenu) and widget.toolTipsVisible():
            found += [f"tooltip of {action.text()}" for action in widget.actions() if "<img" in action.toolTip()]
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            found += [f"row of {name}" for tip in tips(widget.model(), QModelIndex()) if "<img" in tip]
            headers = (widget.model().headerData(n, Qt.Orientation.Horizontal, TIP) for n in columns(widget.model()))
            found += [f"header of {name}" for tip in headers if "<img" in str(tip)]
        if isinstance(widget, QGraphicsView):
            for item in widget.scene().items():
                found += [f"tooltip of {type(item).__name__}"] if "<img" in item.toolTip() else []
                if isinstance(item, QGraphicsTextItem) and '<img src="file:///etc/evil.png"' in item.toHtml():
                    found.append(f"text of {type(item).__name__}")
    return found


def columns(model: QAbstractItemModel, parent: QModelIndex | None = None) -> range:
    """Columns of a model; a list has one and does not tell."""
    return range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent or QModelIndex()))


def tips(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    for row in range(model.rowCount(parent)):
        for column in columns(model, parent):
            index = model.index(row, column, parent)
            yield str(index.data(TIP) or "")
        yield from tips(model, model.index(row, 0, parent))


@pytest.fixture
def studio(qtbot, engine, monkeypatch, tmp_path) -> Iterator[Studio]:
    add_recent("pipelines", str(tmp_path / EVIL.replace("/", "_")))
    add_recent("models", EVIL)
    made = Studio(Bridge(make=lambda lane: engine))
    made.window.resize(1600, 1000)
    made.window.show()
    yield made
    made.document.undo_stack.setClean()
    made.closing._waiting = True
    made.window.close()
    made.window.deleteLater()


def hostile(where: Path) -> Pipeline:
    """The payload in every string that a pipeline has."""
    blocks = (
        Block(id="model_1", method="model", settings={"model": EVIL}, title=EVIL),
        Block(id="b", method="round_to_nearest", title=f"{EVIL} and a title that is long enough to be cut off", x=240),
        Block(id="c", method=EVIL, settings={EVIL: EVIL}, title="", x=480),
    )
    links = (Link(source="model_1", target="b"), Link(source="b", target="c"))
    comments = (Comment(id="n", text=EVIL, x=0, y=200),)
    pipeline = Pipeline(
        name=EVIL,
        description=EVIL,
        blocks=blocks,
        links=links,
        comments=comments,
        evaluation=Evaluation(text=EVIL),
    )
    (where / "evil.json").write_text(pipeline.to_json(), encoding="utf-8")
    return pipeline


def show_everything(studio: Studio, engine: FakeEngine, tmp_path: Path) -> None:
    """Every sentence that a run can bring to the screen."""
    studio.window.welcome.refresh()
    assert not rich()
    hostile(tmp_path)
    studio.files.open_path(tmp_path / "evil.json")
    studio.window.workspace.make_panels()
    for ids in (["model_1"], ["b"], ["c"], []):
        studio.canvas.select(ids)
        assert not rich(), ids
    good = studio.document.pipeline.without(["c"])
    studio.document.change("Edit", good)
    studio.window.table["run.start"].trigger()
    problem = Problem("warning", EVIL, EVIL, block="b")
    engine.answer(Checked((problem,), {b.id: (10, 10, 1.0) for b in good.blocks}, (), FREE, FREE))
    studio.bridge.pump()
    run = engine.commands[-1].id
    engine.say(RunChanged(run=run, state="running"), StageChanged(run=run, block="b", state="running", message=EVIL))
    engine.say(Log(run=run, block="b", level="warning", text=EVIL))
    engine.say(Metric(run=run, block="b", name=EVIL, value=1.0, step=1))
    engine.say(LayerDone(run=run, block="b", layer=EVIL, index=0, count=1, metrics={EVIL: 1.0}))
    two = (1.0, 2.0)
    engine.say(Curve(run=run, block="b", chart=EVIL, series=EVIL, x=two, y=two, x_title=EVIL, y_title=EVIL))
    engine.say(Measured(run=run, block="b", metrics={EVIL: 1.0}, protocol={EVIL: EVIL}, artifact=f"/{EVIL}"))
    studio.bridge.pump()
    failure = Failure(run=run, block="b", what=EVIL, where=EVIL, why=EVIL, advice=EVIL, traceback=EVIL)
    engine.say(failure, RunChanged(run=run, state="failed", message=EVIL))
    studio.bridge.pump()
    FailureDialog(failure, studio.runs.titles(), studio.window).show()
    studio.window.show_message("error", EVIL)
    studio.window.tell_failure(EVIL)


def test_a_document_of_a_stranger_loads_no_picture(studio, engine, qtbot, tmp_path, monkeypatch) -> None:
    show_everything(studio, engine, tmp_path)
    qtbot.wait(300)  # panels that are told late
    shown = [w.text() for w in QApplication.allWidgets() if isinstance(w, QLabel) and "<img" in w.text()]
    assert len(shown) > 5, "the words are there, as they were written"
    assert not rich()
    info = FormatInfo(EVIL, EVIL, EVIL, (Problem("warning", EVIL),), 10, ())
    studio.export_panel._on_formats((info,))
    verified = Verified(tmp_path / "x", EVIL, False, EVIL, EVIL, 1.0, {EVIL: 1.0}, (EVIL,))
    studio.export_panel.result.show_result(verified, info)
    studio.window.table["file.open_model"].trigger()
    models = studio.window.findChild(ModelDialog)
    tensors = (TensorInfo(f"model.layers.0.{EVIL}", (2, 2), "BF16", 8),)
    header = CheckpointHeader(tmp_path, "safetensors", {"model_type": EVIL, "architectures": [EVIL]}, tensors)
    models.preview.show_structure(header)
    models.banner.show_message("error", EVIL)
    assert not rich()
    for dialog in QApplication.topLevelWidgets():
        if dialog is not studio.window and dialog.isVisible():
            dialog.close()


def test_message_boxes_are_plain(qtbot, monkeypatch) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: seen.append([w.text() for w in box.findChildren(QLabel)]))
    parent = QLabel()
    qtbot.addWidget(parent)
    options = [("no", EVIL), ("yes", "Yes")]
    assert message_boxes.choose(parent, EVIL, EVIL, options, escape="no") == "no"
    message_boxes.warn(parent, EVIL, EVIL)
    assert len(seen) == 2 and all("&lt;img" in "".join(texts) and "<img" not in "".join(texts) for texts in seen)


def test_message_boxes_break_lines_themselves() -> None:
    text = "A run goes on. " * 12
    assert "\n" not in as_plain(text, wraps=True) and "\n" in as_plain(text)
    assert "&lt;b&gt;" in as_plain("<b>" + text, wraps=True)
