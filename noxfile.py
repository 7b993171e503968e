"""The commands that people need: ``nox -s unit``, ``tests``, ``lint``, ``faults``, ``docs`` and ``studio``."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "unit"]
nox.options.reuse_existing_virtualenvs = True


def _install(session: nox.Session) -> None:
    session.install("-e", ".[test]")


@nox.session
def unit(session: nox.Session) -> None:
    """The fast loop: formulas, contracts, pipelines; under a minute on two cores."""
    _install(session)
    session.run("pytest", "-m", "unit", "-n", "2", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Everything, as README says it."""
    _install(session)
    session.run("pytest", "-n", "auto", "--dist", "worksteal", "--all-kinds", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, and which way imports run."""
    _install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")
    session.run("mypy")


@nox.session
def faults(session: nox.Session) -> None:
    """Put faults into the formulas and count those that no test notices."""
    _install(session)
    session.run("python", "tests/benchmarks/injected_faults.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site into build/site; a broken link or reference is an error. The engine is only read."""
    session.install("mkdocs>=1.6,<2", "mkdocstrings[python]>=0.27")
    session.run("mkdocs", "build", "--strict", *session.posargs)


@nox.session
def studio(session: nox.Session) -> None:
    """Start the window from the sources."""
    session.install("-e", ".")
    session.run("compression-studio", *session.posargs)
