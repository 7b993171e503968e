"""Help inside the program: the guide, the methods (made from their own declarations), and what this is made of."""

from __future__ import annotations

import html
import importlib.metadata
import platform

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextCursor, QTextDocument, QTextTable
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QTextBrowser, QWidget

import engine
from engine import resources
from engine.contracts.settings import FieldInfo, fields
from engine.methods.base import FAMILY_TITLES, MethodInfo
from engine.methods.registry import methods
from studio.kit.dialogs import room_for
from studio.kit.icons import icon
from studio.kit.layouts import hbox, vbox
from studio.kit.marking import QT_TRANSLATE_NOOP
from studio.kit.papers import linked
from studio.kit.theme import SPACING, color, theme
from studio.kit.widgets import set_look, size_icons

PAGES = (
    ("guide", QT_TRANSLATE_NOOP("HelpWindow", "Guide"), "help"),
    ("news", QT_TRANSLATE_NOOP("HelpWindow", "What is new"), "sample"),
    ("words", QT_TRANSLATE_NOOP("HelpWindow", "Glossary"), "info"),
    ("training", QT_TRANSLATE_NOOP("HelpWindow", "Training"), "training"),
    ("budget", QT_TRANSLATE_NOOP("HelpWindow", "Fit to budget"), "budget"),
    ("quantization", QT_TRANSLATE_NOOP("HelpWindow", "Quantization"), "quantization"),
    ("pruning", QT_TRANSLATE_NOOP("HelpWindow", "Pruning"), "pruning"),
    ("distillation", QT_TRANSLATE_NOOP("HelpWindow", "Distillation"), "distillation"),
    ("low_rank", QT_TRANSLATE_NOOP("HelpWindow", "Low rank"), "low_rank"),
    ("methods", QT_TRANSLATE_NOOP("HelpWindow", "Methods"), "blocks"),
    ("formats", QT_TRANSLATE_NOOP("HelpWindow", "File formats"), "file"),
    ("about", QT_TRANSLATE_NOOP("HelpWindow", "About"), "sample"),
)
LIBRARIES = ("PySide6-Essentials", "pyqtgraph", "torch", "transformers", "safetensors", "gguf", "compressed-tensors")


class HelpWindow(QDialog):
    """Pages at the left, text at the right. Not modal."""

    def __init__(self, page: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Help"))
        self._list = QListWidget(self)
        self._list.setFixedWidth(160)
        size_icons(self._list, 18)
        self._list.setAccessibleName(self.tr("Pages"))
        self._text = QTextBrowser(self)
        self._text.setOpenLinks(False)
        self._text.document().setDocumentMargin(3 * SPACING)
        set_look(self._text, "plain")
        contents = vbox(self._list, margins=SPACING)
        self.setLayout(hbox(contents, (self._text, 1), margins=0, gap=0))
        for name, title, picture in PAGES:
            item = QListWidgetItem(icon(picture), self.tr(title), self._list)
            item.setData(Qt.ItemDataRole.UserRole, name)
        self._list.currentItemChanged.connect(self._on_page)
        self._text.anchorClicked.connect(self._on_link)
        theme().changed.connect(self._on_page)
        self.resize(*room_for(self, 900, 640))
        self._list.setCurrentRow([name for name, *_ in PAGES].index(page))

    def text(self) -> str:
        """The words of the page that is shown."""
        return self._text.toPlainText()

    def _on_page(self) -> None:
        name = self._list.currentItem().data(Qt.ItemDataRole.UserRole)
        self._text.document().setDefaultStyleSheet(_style())
        if name == "methods":
            self._text.setHtml(methods_page())
        elif name == "about":
            self._text.setHtml(about_page())
        else:
            self._text.setMarkdown(resources.path("help", f"{name}.md").read_text(encoding="utf-8"))
            _space_out(self._text.document())

    def _on_link(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
        elif url.hasFragment():
            self._text.scrollToAnchor(url.fragment())


def _space_out(document: QTextDocument) -> None:
    """Style headings and tables, which Markdown can't: space above, muted borders."""
    block = document.begin()
    while block.isValid():
        form = block.blockFormat()
        if form.headingLevel() > 1:
            form.setTopMargin(2 * SPACING)
            QTextCursor(block).setBlockFormat(form)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            table = frame.format().toTableFormat()
            table.setBorderBrush(color("border"))
            table.setCellPadding(5)
            frame.setFormat(table)


def page_of(method_id: str) -> str:
    """The page about the family of a method, else the guide."""
    info = methods().get(method_id)
    return info.family if info is not None and info.family in {name for name, *_ in PAGES} else "guide"


def methods_page() -> str:
    """All methods by family with their settings, as HTML."""
    parts = ["<h1>Methods</h1>"]
    for family, title in FAMILY_TITLES.items():
        members = [info for info in methods().values() if info.family == family]
        if members:
            parts.append(f"<h2>{title}</h2>")
            parts += [_method(info) for info in members]
    return "".join(parts)


def _method(info: MethodInfo) -> str:
    needs = f"<p class='muted'>Needs: {', '.join(sorted(info.needs))}</p>" if info.needs else ""
    paper = f"<p class='muted'>{linked(info.paper)}</p>" if info.paper else ""
    rows = "".join(_setting(field) for field in fields(info.settings))
    head = "<tr><td class='muted'>Setting</td><td class='muted'>Default</td><td class='muted'>What it does</td></tr>"
    table = f"<table width='100%' cellpadding='5'>{head}{rows}</table>" if rows else ""
    return f"<h3>{html.escape(info.title)}</h3><p>{html.escape(info.summary)}</p>{paper}{needs}{table}"


def _setting(field: FieldInfo) -> str:
    default = field.labeled(field.default)
    shown = ("on" if default else "off") if isinstance(default, bool) else default
    shown = "–" if shown in (None, "", (), []) else field.text(shown)
    return (
        f"<tr><td><b>{html.escape(field.title)}</b><br><code>{field.name}</code></td>"
        f"<td>{html.escape(str(shown))}</td><td>{html.escape(field.help)}</td></tr>"
    )


def about_page() -> str:
    """Version, license and the versions of the libraries, as HTML."""
    rows = [("Python", platform.python_version())]
    for name in LIBRARIES:
        try:
            rows.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    table = "".join(f"<tr><td>{name}</td><td>{version}</td></tr>" for name, version in rows)
    return (
        f"<h1>Compression Studio {engine.__version__}</h1>"
        "<p>A desktop studio that compresses language models: drag methods into a pipeline, run it, watch it, "
        "export it.</p><p>Apache License 2.0. Nothing leaves this machine unless you download a model.</p>"
        f"<h3>Made with</h3><table cellpadding='5'>{table}</table>"
    )


def _style() -> str:
    t = theme().tokens
    return (
        f"h1, h2, h3 {{ color: {t.text}; }} a {{ color: {t.accent}; }} .muted {{ color: {t.muted}; }} "
        f"code {{ color: {t.muted}; }}"
    )
