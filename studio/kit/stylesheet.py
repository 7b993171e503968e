"""The application's style sheet: resources/style.qss in the colors of a theme."""

from __future__ import annotations

import functools
from string import Template

from engine import resources
from studio.kit.tokens import Tokens


def style_sheet(t: Tokens) -> str:
    """QSS for these tokens; the file says which looks widgets can choose by `studio.kit.widgets.set_look`."""
    mark = resources.path("icons", "done.svg").as_posix()
    return _template().substitute(vars(t), check_mark=mark)


@functools.cache
def _template() -> Template:
    return Template(resources.path("style.qss").read_text(encoding="utf-8"))
