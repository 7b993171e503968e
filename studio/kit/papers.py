"""References to papers as HTML."""

from __future__ import annotations

import html
import re

_ARXIV = re.compile(r"\b(arXiv[ :])?(\d{4}\.\d{4,5})\b")


def linked(paper: str) -> str:
    """A reference as HTML, each arXiv number in it a link, also one that stands without the word."""
    return _ARXIV.sub(r'<a href="https://arxiv.org/abs/\2">\1\2</a>', html.escape(paper))
