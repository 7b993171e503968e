"""Locks of a plan: the menu of a layer, and the setting that they become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from engine.base.human import bytes_text
from engine.contracts.budget import BudgetProblem, Unit
from engine.fit.factored import option_title
from engine.fit.words import loss_text, unit_title

translate = QCoreApplication.translate

Lock = Callable[[Sequence[str], str | None], None]
"""Locks units, by name, at an option; None unlocks them."""


def cell_menu(
    problem: BudgetProblem,
    name: str,
    choices: Mapping[str, str],
    locked: Mapping[str, str],
    lock: Lock,
    parent: QWidget,
) -> QMenu:
    """Formats that a unit can be locked at, then all of its role and of its layer; the lock that there is, and all."""
    unit = problem.unit(name)
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addAction(translate("locking", "Lock {0} at").format(unit_title(unit))).setEnabled(False)
    nats = translate("locking", "{0} nats")
    for option in unit.options:
        text = f"{option_title(option.id)}\t{bytes_text(option.bytes)}, {nats.format(loss_text(option.loss))}"
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(choices.get(name) == option.id)
        action.triggered.connect(partial(_call, lock, [name], option.id))
    menu.addSeparator()
    for title, others in _wider(problem, unit):
        _add_wider(menu, title, others, lock)
    menu.addSeparator()
    names = list(locked)
    for text, units, possible in (
        (translate("locking", "Unlock {0}").format(unit_title(unit)), [name], name in locked),
        (translate("locking", "Unlock all"), names, bool(names)),
    ):
        action = menu.addAction(text)
        action.setEnabled(possible)
        action.triggered.connect(partial(_call, lock, units, None))
    return menu


def _call(lock: Lock, units: Sequence[str], option: str | None, checked: bool = False) -> None:
    lock(units, option)


def _wider(problem: BudgetProblem, unit: Unit) -> Iterable[tuple[str, list[Unit]]]:
    """Units that can be locked together: the role in all layers, and the layer."""
    if unit.layer is None:
        return
    yield (
        translate("locking", "Lock {0} of all layers at").format(unit.role),
        [x for x in problem.units if x.role == unit.role],
    )
    yield (
        translate("locking", "Lock layer {0} at").format(unit.layer),
        [x for x in problem.units if x.layer == unit.layer],
    )


def _add_wider(menu: QMenu, title: str, units: Sequence[Unit], lock: Lock) -> QAction:
    """A menu of the options that all of these units have."""
    inner = menu.addMenu(title)
    common = [o.id for o in units[0].options if all(any(x.id == o.id for x in unit.options) for unit in units)]
    for option in common:
        inner.addAction(option_title(option)).triggered.connect(
            partial(_call, lock, [unit.name for unit in units], option)
        )
    inner.setEnabled(bool(common))
    return inner.menuAction()


def lock_patterns(problem: BudgetProblem, locked: Mapping[str, str]) -> list[str]:
    """PATTERN=OPTION that mean exactly these locks: the role where all of its units are single layers locked alike,
    else the first layer of each unit, which stands for the others."""
    roles: dict[str, list[Unit]] = {}
    for unit in problem.units:
        roles.setdefault(unit.role, []).append(unit)
    patterns = []
    for role, units in roles.items():
        options = {locked.get(unit.name) for unit in units}
        single = len(units) > 1 and all(len(unit.layers) == 1 for unit in units)
        if single and len(options) == 1 and (option := options.pop()) is not None:
            patterns.append(f"{role}={option}")
        else:
            patterns += [f"{unit.layers[0]}={locked[unit.name]}" for unit in units if unit.name in locked]
    return patterns
