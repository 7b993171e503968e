"""The application's style sheet: the frame around the content (menus, tabs, docks, buttons, lists), from the tokens.

Editors (line edits, spin boxes, combo boxes, check boxes) stay with Fusion and the palette. Widgets choose a look by
the dynamic property ``look``: "primary", "quiet", "danger", "section", "more" for push buttons; "segment", "chip",
"legend", "menu" for tool buttons; "card", "panel" and "banner" for frames; "title", "heading", "muted", "note" for
labels.
"""

from __future__ import annotations

import resources
from studio.tokens import Tokens


def style_sheet(t: Tokens) -> str:
    """QSS for these tokens."""
    return "".join((_frame(t), _buttons(t), _lists(t), _surfaces(t)))


def _frame(t: Tokens) -> str:
    return f"""
QMainWindow::separator {{ background: {t.window}; width: 5px; height: 5px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QSplitter::handle {{ background: {t.border}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QMenuBar {{ background: {t.window}; padding: 2px 6px; border-bottom: 1px solid {t.grid}; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 5px; background: transparent; }}
QMenuBar::item:selected {{ background: {t.raised}; }}
QMenu {{ background: {t.surface}; border: 1px solid {t.border}; padding: 5px; }}
QMenu::item {{ padding: 5px 24px 5px 8px; border-radius: 5px; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}
QMenu::item:disabled {{ color: {t.muted}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: 5px 8px; }}
QToolBar {{ background: {t.window}; border: none; border-bottom: 1px solid {t.grid}; padding: 5px 8px; spacing: 2px; }}
QToolBar::separator {{ background: {t.border}; width: 1px; margin: 5px 7px; }}
QStatusBar {{ background: {t.window}; border-top: 1px solid {t.grid}; color: {t.muted}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {t.muted}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: 5px 7px; }}
QTabBar {{ background: transparent; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {t.muted}; padding: 6px 13px 5px 13px;
  border: none; border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
QTabBar::tab:disabled {{ color: {t.border}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {t.grid}; }}
QDockWidget {{ color: {t.muted}; }}
QLineEdit[frame="true"] {{ padding: 2px 4px; }}
QCheckBox {{ spacing: 7px; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
QScrollBar::handle {{ background: {t.border}; border-radius: 3px; }}
QScrollBar::handle:vertical {{ min-height: 28px; margin: 2px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; margin: 2px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {t.raised}; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
  color: transparent; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QProgressBar[look="success"]::chunk {{ background: {t.success}; }}
QProgressBar[look="warning"]::chunk {{ background: {t.warning}; }}
QProgressBar[look="error"]::chunk {{ background: {t.error}; }}
"""


def _buttons(t: Tokens) -> str:
    return f"""
QPushButton {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; border-radius: 6px;
  padding: 5px 14px; min-height: 18px; }}
QPushButton:hover {{ border-color: {t.muted}; }}
QPushButton:focus {{ border-color: {t.accent}; }}
QPushButton:pressed {{ background: {t.border}; }}
QPushButton:disabled {{ color: {t.muted}; background: {t.surface}; border-color: {t.grid}; }}
QPushButton[look="primary"] {{ background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent};
  font-weight: 600; }}
QPushButton[look="primary"]:hover, QPushButton[look="primary"]:focus {{ border-color: {t.text}; }}
QPushButton[look="primary"]:disabled {{ background: {t.raised}; color: {t.muted}; border-color: {t.raised}; }}
QPushButton[look="quiet"] {{ background: transparent; border: 1px solid transparent; padding: 5px 8px; }}
QPushButton[look="quiet"]:hover {{ background: {t.raised}; }}
QPushButton[look="quiet"]:focus {{ border-color: {t.accent}; }}
QPushButton[look="quiet"]:disabled {{ background: transparent; border-color: transparent; }}
QPushButton[look="section"], QPushButton[look="more"] {{ background: transparent; border: 1px solid transparent;
  padding: 3px 4px 3px 0; text-align: left; }}
QPushButton[look="section"] {{ font-weight: 600; }}
QPushButton[look="more"] {{ color: {t.muted}; }}
QPushButton[look="section"]:hover, QPushButton[look="more"]:hover {{ background: {t.raised}; }}
QPushButton[look="section"]:focus, QPushButton[look="more"]:focus {{ border-color: {t.accent}; }}
QPushButton[look="field"] {{ background: {t.field}; padding: 3px 8px; text-align: left; }}
QPushButton[look="danger"] {{ color: {t.error}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px; }}
QToolButton:hover {{ background: {t.raised}; }}
QToolButton:pressed, QToolButton:checked {{ background: {t.raised}; border-color: {t.border}; }}
QToolButton[look="menu"] {{ padding-right: 18px; }}
QToolButton[look="menu"]::menu-indicator {{ subcontrol-origin: padding; subcontrol-position: center right;
  right: 5px; }}
QToolButton:focus {{ border-color: {t.accent}; }}
QToolBar QToolButton {{ padding: 4px 6px; }}
QToolButton[look="primary"] {{ background: {t.accent}; color: {t.on_accent}; font-weight: 600; padding: 4px 12px; }}
QToolButton[look="primary"]:hover {{ border-color: {t.text}; }}
QToolButton[look="primary"]:disabled {{ background: {t.raised}; color: {t.muted}; border-color: transparent; }}
QToolButton[look="search"] {{ background: {t.field}; color: {t.muted}; border: 1px solid {t.border};
  padding: 4px 10px; }}
QToolButton[look="search"]:hover {{ border-color: {t.muted}; }}
"""


def _lists(t: Tokens) -> str:
    return f"""
QTreeView, QTableView, QListView {{ background: {t.surface}; border: none; outline: none;
  alternate-background-color: {t.field}; selection-background-color: {t.raised}; selection-color: {t.text}; }}
QTreeView::item, QListView::item {{ padding: 4px 4px; }}
QTableView::item {{ padding: 0 6px; }}
QTreeView::item:hover, QListView::item:hover, QTableView::item:hover {{ background: {t.grid}; }}
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected {{ background: {t.raised}; }}
QTreeView::indicator, QListView::indicator {{ width: 14px; height: 14px; border: 1px solid {t.muted};
  border-radius: 4px; background: {t.field}; }}
QTreeView::indicator:checked, QListView::indicator:checked {{ background: {t.accent}; border-color: {t.accent};
  image: url("{resources.path("icons", "done.svg").as_posix()}"); }}
QTreeView::indicator:indeterminate {{ background: {t.muted}; border-color: {t.muted}; }}
QHeaderView {{ background: {t.surface}; border: none; }}
QHeaderView::section {{ background: {t.surface}; color: {t.muted}; border: none; border-bottom: 1px solid {t.border};
  padding: 5px 6px; }}
QTableCornerButton::section {{ background: {t.surface}; border: none; border-bottom: 1px solid {t.border}; }}
"""


def _surfaces(t: Tokens) -> str:
    return f"""
QFrame[look="card"] {{ background: {t.surface}; border: 1px solid {t.grid}; border-radius: 10px; }}
QFrame[look="panel"] {{ background: {t.surface}; border: none; }}
QFrame[look="line"] {{ background: {t.border}; border: none; max-height: 1px; }}
QFrame[look="banner"] {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: 8px; }}
QFrame[look="banner-error"] {{ background: {t.surface}; border: 1px solid {t.error}; border-radius: 8px; }}
QFrame[look="banner-warning"] {{ background: {t.surface}; border: 1px solid {t.warning}; border-radius: 8px; }}
QFrame[look="banner-success"] {{ background: {t.surface}; border: 1px solid {t.success}; border-radius: 8px; }}
QFrame[look="segments"] {{ background: {t.field}; border: 1px solid {t.border}; border-radius: 6px; }}
QToolButton[look="segment"] {{ padding: 2px 6px; border-radius: 4px; color: {t.muted}; }}
QToolButton[look="segment"]:checked {{ background: {t.raised}; color: {t.text}; border-color: {t.border}; }}
QToolButton[look="segment"]:focus {{ border-color: {t.accent}; }}
QToolButton[look="chip"] {{ padding: 2px 9px; border-radius: 9px; color: {t.muted}; border-color: {t.border}; }}
QToolButton[look="chip"]:checked {{ background: {t.raised}; color: {t.text}; border-color: {t.accent}; }}
QToolButton[look="chip"]:focus {{ border-color: {t.text}; }}
QToolButton[look="legend"] {{ border: 0; background: transparent; padding: 1px 4px 1px 1px; border-radius: 4px;
  color: {t.muted}; text-decoration: line-through; }}
QToolButton[look="legend"]:checked {{ color: {t.text}; text-decoration: none; }}
QToolButton[look="legend"]:hover, QToolButton[look="legend"]:focus {{ background: {t.raised}; }}
QLabel[look="muted"] {{ color: {t.muted}; }}
QLabel[look="note"] {{ color: {t.text}; background: {t.raised}; border-left: 3px solid {t.warning};
  padding: 4px 10px; }}
QLabel[look="error"] {{ color: {t.error}; }}
QLabel[look="warning"] {{ color: {t.warning}; }}
QLabel[look="success"] {{ color: {t.success}; }}
QAbstractButton[look="tile"] {{ background: {t.surface}; border: 1px solid {t.grid}; border-radius: 10px; }}
QPlainTextEdit, QTextBrowser {{ background: {t.field}; border: 1px solid {t.border}; border-radius: 6px; }}
QPlainTextEdit:focus, QTextBrowser:focus {{ border-color: {t.accent}; }}
QPlainTextEdit[look="plain"], QTextBrowser[look="plain"] {{ background: {t.surface}; border: none; }}
QGroupBox {{ border: none; margin-top: 20px; font-weight: 600; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 0; padding: 0; color: {t.muted}; }}
"""
