"""Panels that import large libraries, made after the first paint."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def charts(parent: QWidget) -> QWidget:
    """The panel “charts”."""
    from studio.plots.board import Board

    return Board(parent)


def inspector(parent: QWidget) -> QWidget:
    """The panel “inspector”."""
    from studio.inspector.panel import InspectorPanel

    return InspectorPanel(parent)


def results(parent: QWidget) -> QWidget:
    """The panel “results”."""
    from studio.allresults.panel import ResultsPanel

    return ResultsPanel(parent)


def fit(parent: QWidget) -> QWidget:
    """The panel “fit”."""
    from studio.fit.panel import FitPanel

    return FitPanel(parent)


def compare(parent: QWidget) -> QWidget:
    """The panel “compare”."""
    from studio.compare.panel import ComparePanel

    return ComparePanel(parent)
