"""References to papers as HTML."""

from __future__ import annotations

import html
import re

_LINKS = re.compile(r"(?P<url>https://[^\s<>\"]+[\w/])|\b(?P<word>arXiv[ :])?(?P<number>\d{4}\.\d{4,5})\b")


def linked(paper: str) -> str:
    """A reference as HTML: addresses are links, and arXiv numbers, also one that stands without the word."""
    return _LINKS.sub(_link, html.escape(paper))


def _link(match: re.Match[str]) -> str:
    if url := match["url"]:
        return f'<a href="{url}">{url.removeprefix("https://")}</a>'
    return f'<a href="https://arxiv.org/abs/{match["number"]}">{match[0]}</a>'
