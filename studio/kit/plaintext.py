"""Words of others (titles, paths, errors, model cards) are shown as they are written. Qt guesses whether a text is rich
and would load the pictures that it names; labels are told not to (`studio.kit.widgets.PlainLabel`), tooltips and
message boxes can't be."""

from __future__ import annotations

import html
import re
import textwrap

WIDTH = 90
"""Letters in a line of a tooltip: Qt breaks none that is not rich."""
_WORD = re.compile(r"\S{121,}")
_MARK = re.compile(r"[-_./]+(?=\w)")


def shortened(text: str) -> str:
    """A text without words that no line can hold, such as a file name of thousands of letters: their middle is left
    out."""
    return _WORD.sub(lambda word: f"{word[0][:60]}…{word[0][-40:]}", text)


def as_plain(text: str, *, wraps: bool = False) -> str:
    """A text that a tooltip or a message box shows letter by letter, whatever is in it, in lines that can be read.
    ``wraps``: the widget breaks lines itself, as message boxes do; broken here too, they would be ragged."""
    if len(text) <= WIDTH and "<" not in text and text.replace("\n", "").isprintable():
        return text  # of large pipelines there are thousands
    text = shortened(text)
    if not wraps:
        text = "\n".join(_filled(line) for line in text.split("\n"))
    if "<" not in text:  # without a tag Qt never takes it for rich text
        return text
    escaped = html.escape(text, quote=False).replace("\n", "<br>")
    return f"<qt>{escaped}</qt>"


def breakable(name: str) -> str:
    """A name of a file or a model that may go on in the next line behind each mark in it."""
    return _MARK.sub("\\g<0>\u200b", name)


def _filled(line: str) -> str:
    if len(line) <= WIDTH and line.isprintable():
        return line.rstrip()
    return textwrap.fill(line, WIDTH, break_on_hyphens=False)
