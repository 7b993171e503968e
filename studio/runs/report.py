"""The report of a run as a document of Qt, for a PDF or a window: the page that the run wrote, its pictures drawn."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QSizeF, Qt, QUrl
from PySide6.QtGui import QFont, QImage, QPageSize, QPainter, QPdfWriter, QTextDocument, QTextOption
from PySide6.QtSvg import QSvgRenderer

from engine.base.files import whole_file

SHARPNESS = 3
"""Dots of a picture for each of its units."""
WIDTH = 640.0
"""Units across the page: a wider picture is made smaller."""
DOTS_PER_INCH = 96
PAPER = {"#8882": "#f0f0f0", "currentColor": "#000"}
"""Colors of the page that Qt's pictures do not know."""
PLAIN = {
    "<summary>": "<p>",
    "</summary>": "</p>",
    "<td>": "<td style='white-space: nowrap'>",
    "<tr><th>": "<tr><th style='white-space: nowrap; text-align: left'>",  # names stay in one line
}
"""Replacements for HTML that Qt's text documents do not support."""
STYLE = "table { border-collapse: collapse } td, th { padding: 2px 6px; text-align: right } small { color: #555 }"


def write_pdf(page: str, path: Path) -> None:
    """Write report.html, given as text, to a PDF of pages with numbers. Raises `StudioError` where it can't be
    written. GUI thread only."""
    document = report_document(page, QFont("sans-serif", 8))
    with whole_file(path) as partial_file:
        partial_file.write_bytes(_printed(document))


def report_document(page: str, letters: QFont) -> QTextDocument:
    """report.html, given as text, as black on white. GUI thread only."""
    document = QTextDocument()
    document.setDefaultFont(letters)
    document.setDefaultStyleSheet(STYLE)
    whole = QTextOption()
    whole.setWrapMode(QTextOption.WrapMode.WordWrap)  # no word is broken in a narrow column
    document.setDefaultTextOption(whole)
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    pictures = re.findall(r"<svg .*?</svg>", text, flags=re.DOTALL)
    for number, svg in enumerate(pictures):
        image = _drawn(svg)
        name = f"picture{number}"
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
        wide, high = image.width() / SHARPNESS, image.height() / SHARPNESS
        text = text.replace(svg, f"<br><img src='{name}' width='{wide:.0f}' height='{high:.0f}'>", 1)
    for old, new in PLAIN.items():
        text = text.replace(old, new)
    document.setHtml(text)
    return document


def _printed(document: QTextDocument) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_PER_INCH)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))  # the document has its own
    document.print_(writer)
    buffer.close()
    return bytes(data.data())


def _drawn(svg: str) -> QImage:
    """A picture of the page, at most as wide as the paper."""
    for name, hue in PAPER.items():
        svg = svg.replace(name, hue)
    head = "<svg xmlns='http://www.w3.org/2000/svg' font-family='sans-serif' font-size='13' "
    renderer = QSvgRenderer(QByteArray(svg.replace("<svg ", head, 1).encode()))
    size = QSizeF(renderer.viewBoxF().size())
    size *= min(1.0, WIDTH / max(size.width(), 1.0))
    image = QImage((size * SHARPNESS).toSize(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image
