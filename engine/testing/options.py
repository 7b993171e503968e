"""The options that pytest gets where Compression Studio is installed: ``--method`` and ``--kinds``.

pytest imports this module by its entry point at every start, so that it loads neither torch nor the tests.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("engine.testing.matrix", "engine.testing.exports", "engine.testing.stage")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of ``pytest --pyargs engine.testing``."""
    group = parser.getgroup("compression studio")
    group.addoption(
        "--method",
        action="append",
        default=[],
        metavar="'METHOD setting=value …'",
        help="with --pyargs engine.testing: the method to test, by its id or as package.module:METHOD, with the "
        "settings to test it with; may be repeated",
    )
    group.addoption(
        "--kinds",
        default="",
        metavar="KIND,KIND",
        help="with --pyargs engine.testing: the architectures to test on (default: all of engine.testing.models.KINDS "
        "and IRREGULAR)",
    )
