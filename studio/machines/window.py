"""The Machines page: a card for each machine that ssh reaches, and a form that adds one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QFrame, QLineEdit, QScrollArea, QSpinBox, QWidget

from engine.base.errors import StudioError
from engine.contracts.processes import MOST_PROCESSES, STRATEGIES, TITLES
from engine.machines.records import MachineRecord, add_machine, read_machines, remove_machine
from engine.record.home import Home
from studio.kit import message_boxes
from studio.kit.combo import Choice
from studio.kit.dialogs import room_for
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import Banner, EmptyState, button, label, set_look
from studio.machines.card import MachineCard


class MachinesWindow(QDialog):
    """Not modal. GUI thread only."""

    changed = Signal()
    """A machine was added or removed."""
    follow_requested = Signal(str, str)
    """Name of a machine and id of a run there."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Machines"))
        self.cards: dict[str, MachineCard] = {}
        text = self.tr(
            "Machines that ssh reaches without asking for a password. Runs continue there when the connection is lost; "
            "the models and texts that they need are uploaded."
        )
        self.banner = Banner(self)
        self.add = button(self.tr("Add a machine…"), self, look="primary", picture="plus", on=self._show_form)
        self.add.setAutoDefault(False)
        self._make_form()
        page = QWidget(self)
        self.empty = EmptyState(
            "chip", self.tr("No machine yet"), self.tr("Add one by what you give to ssh, such as user@host."), page
        )
        self._list = vbox(gap=SPACING)
        page.setLayout(vbox(self.empty, self._list, None, gap=SPACING))
        area = QScrollArea(self, widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        head = hbox((label(text, self, look="muted"), 1), self.add, gap=SPACING)
        self.setLayout(vbox(head, self.banner, self.form, (area, 1), margins=2 * SPACING))
        self.resize(*room_for(self, 760, 520))

    def open_page(self) -> None:
        """Show the page and look at all machines."""
        self.show()
        self.raise_()
        self.fill()
        for card in self.cards.values():
            card.look()

    def fill(self) -> None:
        """Show a card for each machine; those that are there stay as they are."""
        try:
            records = read_machines(Home.default())
            self.banner.clear()
        except StudioError as error:
            records = []
            self.banner.show_message("error", str(error))
        names = {record.name for record in records}
        for name in [name for name in self.cards if name not in names]:
            card = self.cards.pop(name)
            card.close_task()
            card.hide()
            card.deleteLater()
        for record in records:
            if record.name not in self.cards:
                self.cards[record.name] = card = MachineCard(record, self)
                card.remove_requested.connect(self._on_remove)
                card.follow_requested.connect(self.follow_requested)
                self._list.addWidget(card)
            self.cards[record.name].show_record(record)
        self.empty.setVisible(not self.cards)

    def _make_form(self) -> None:
        self.form = QFrame(self)
        set_look(self.form, "card")
        self.name, self.destination = QLineEdit(self.form), QLineEdit(self.form)
        self.python, self.workspace = QLineEdit(self.form), QLineEdit(self.form)
        self.launcher = QLineEdit(self.form)
        self.processes = QSpinBox(self.form, minimum=1, maximum=MOST_PROCESSES)
        tip = self.tr("DDP: each GPU has the whole model. FSDP2: the weights are split over the GPUs.")
        self.strategy = Choice(self.tr("What several processes share"), self.form, tip=tip)
        self.strategy.offer([(strategy, TITLES[strategy]) for strategy in STRATEGIES])
        self.processes.valueChanged.connect(lambda count: self.strategy.setEnabled(count > 1))
        self.strategy.setEnabled(False)
        self.launcher.setPlaceholderText(self.tr("only with Slurm: srun --gres=gpu:1 --time=8:00:00"))
        self.name.setPlaceholderText("box")
        self.destination.setPlaceholderText(self.tr("user@host, or a name of ~/.ssh/config"))
        self.python.setPlaceholderText("python3")
        self.workspace.setPlaceholderText(self.tr("the usual one"))
        fields = QFormLayout()
        for title, line in (
            (self.tr("Name"), self.name),
            (self.tr("Destination for ssh"), self.destination),
            (self.tr("Python there"), self.python),
            (self.tr("Workspace there"), self.workspace),
            (self.tr("Launcher"), self.launcher),
        ):
            line.setAccessibleName(title)
            fields.addRow(label(title, self.form), line)
        title = self.tr("Processes")
        self.processes.setAccessibleName(title)
        self.processes.setToolTip(self.tr("As many as there are GPUs: each process computes on one."))
        fields.addRow(label(title, self.form), hbox(self.processes, self.strategy, None, gap=SPACING))
        self.save = button(self.tr("Add"), self.form, look="primary", on=self._on_add)
        cancel = button(self.tr("Cancel"), self.form, on=self._hide_form)
        cancel.setAutoDefault(False)
        self.save.setDefault(True)
        buttons = hbox(None, self.save, cancel, gap=SPACING)
        self.form.setLayout(vbox(fields, buttons, margins=SPACING + 4, gap=SPACING))
        self.form.hide()

    def _show_form(self) -> None:
        self.form.show()
        self.add.setEnabled(False)
        self.name.setFocus()

    def _hide_form(self) -> None:
        self.form.hide()
        self.add.setEnabled(True)
        for line in (self.name, self.destination, self.python, self.workspace, self.launcher):
            line.clear()
        self.processes.setValue(1)

    def _on_add(self) -> None:
        record = MachineRecord(
            name=self.name.text().strip(),
            destination=self.destination.text().strip(),
            python=self.python.text().strip() or "python3",
            home=self.workspace.text().strip(),
            launcher=self.launcher.text().strip(),
            processes=self.processes.value(),
            strategy=self.strategy.currentData(),
        )
        try:
            add_machine(Home.default(), record)
        except StudioError as error:
            self.banner.show_message("error", str(error), dismissable=True)
            return
        self._hide_form()
        self.fill()
        self.cards[record.name].look()
        self.changed.emit()

    def _on_remove(self, name: str) -> None:
        text = self.tr("Removes “{0}” from this list. Nothing changes on the machine, and its runs continue.").format(
            name
        )
        options = [("remove", self.tr("Remove")), ("cancel", self.tr("Cancel"))]
        if message_boxes.choose(self, self.tr("Remove this machine?"), text, options, escape="cancel") != "remove":
            return
        try:
            remove_machine(Home.default(), name)
        except StudioError as error:
            self.banner.show_message("error", str(error), dismissable=True)
            return
        self.fill()
        self.changed.emit()
