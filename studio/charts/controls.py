"""Small parts of charts: buttons above the plot, and the rows that hovering shows."""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6.QtWidgets import QToolButton, QWidget

from studio.kit.theme import set_font, theme
from studio.kit.widgets import tool


def switch(text: str, tip: str, parent: QWidget, on: Callable[[], None]) -> QToolButton:
    """A flat button above a plot that is pressed or not."""
    result = flat(tool(text, tip, parent, on=on))
    result.setCheckable(True)
    return result


def flat(button: QToolButton) -> QToolButton:
    """The same button without a frame, in small letters."""
    button.setAutoRaise(True)
    set_font(button, -1)
    return button


def swatch_row(color: str, name: str, value: str) -> str:
    """One line of a readout: a square in the curve's color, its name and its value."""
    square = f'<span style="color:{color}">■</span>&nbsp;' if color else ""
    return (
        f'<tr><td>{square}{html.escape(name)}&nbsp;&nbsp;</td><td align="right"><b>{html.escape(value)}</b></td></tr>'
    )


def readout_text(head: str, rows: list[str]) -> str:
    """A readout: a heading and rows made by `swatch_row`."""
    muted, head = theme().tokens.muted, html.escape(head)
    return f'<span style="color:{muted}">{head}</span><table cellspacing="0">{"".join(rows)}</table>'
