"""The one table of actions: menus, toolbar, command palette, shortcut sheet and tooltips are all made from it."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.kit.icons import icon

PANEL_KEYS = {
    **{
        name: f"Alt+{number}"
        for number, name in enumerate(
            ("palette", "outline", "settings", "run", "charts", "inspector", "compare", "results", "export"), start=1
        )
    },
    "tryit": "Alt+T",
}
MENUS = ("file", "edit", "run", "view", "help")
TOOLBAR = (
    ("file.open", "file.open_model", "file.save"),
    ("edit.undo", "edit.redo", "edit.tidy"),
    ("run.check", "run.start", "run.to_here", "run.pause", "run.stop", "run.cancel"),
    ("view.zoom_fit",),
)
"""Ids of the actions that are in it, group by group."""


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Parameters
    ----------
    id: the menu, a dot and a name; one that begins otherwise is in no menu.
    keys: shortcuts, the main one first, with semicolons between them.
    when: context flags that must all hold; "!flag" must not hold. No flags: always possible.
    aliases: further words by which the command palette finds it.
    separator: draw a line above it in its menu.
    group: actions of a group exclude each other (theme).
    scoped: its keys only count while the canvas or the outline has the focus: elsewhere they belong to texts and
        tables.
    """

    id: str
    text: str
    icon: str
    keys: str
    when: str
    help: str
    aliases: str = ""
    separator: bool = False
    checkable: bool = False
    group: str = ""
    scoped: bool = False

    @property
    def menu(self) -> str:
        """The menu that it is in."""
        return self.id.partition(".")[0]

    @property
    def plain_text(self) -> str:
        """The text without mnemonics and dots."""
        return self.text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


class Actions(QObject):
    """QActions of all specs. ``window`` owns them, so that shortcuts work everywhere in it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._context: dict[str, bool] = {}
        self._groups: dict[str, QActionGroup] = {}
        table = (*self._file(), *self._edit(), *self._run(), *self._view(), *self._help())
        self.specs = {spec.id: spec for spec in table}
        self._actions = {spec.id: self._make(spec, window) for spec in self.specs.values()}
        self.set_context()

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[tuple[ActionSpec, QAction]]:
        return ((spec, self._actions[spec.id]) for spec in self.specs.values())

    def bind(self, action_id: str, slot: Callable[[], object]) -> None:
        """Call ``slot``, without arguments, when the action is triggered."""
        self._actions[action_id].triggered.connect(partial(_call, slot))

    def replace(self, prefix: str, specs: Sequence[ActionSpec]) -> list[QAction]:
        """Put these in the place of all actions whose ids begin so; returns them."""
        for action_id in [name for name in self.specs if name.startswith(prefix)]:
            del self.specs[action_id]
            self._actions.pop(action_id).deleteLater()
        self.specs |= {spec.id: spec for spec in specs}
        actions = {spec.id: self._make(spec, self._window) for spec in specs}
        self._actions |= actions
        self.set_context()
        return list(actions.values())

    def name(self, action_id: str, what: str) -> None:
        """Say in the menu what an action would do: "Undo Add block"."""
        text = self.specs[action_id].text
        self._actions[action_id].setText(f"{text} {what.replace('&', '&&')}" if what else text)

    def set_context(self, **flags: bool) -> None:
        """Tell what is the case now; enabled states follow. Flags not named keep their value, unknown ones are off."""
        self._context.update(flags)
        for spec, action in self:
            action.setEnabled(all(self._holds(flag) for flag in spec.when.split()))

    def scope_to(self, *widgets: QWidget) -> None:
        """The widgets in which the keys of scoped actions count."""
        for spec, action in self:
            for widget in widgets if spec.scoped else ():
                widget.addAction(action)

    def in_menu(self, menu: str) -> list[tuple[ActionSpec, QAction]]:
        """The actions of a menu in order."""
        return [(spec, action) for spec, action in self if spec.menu == menu]

    def _holds(self, flag: str) -> bool:
        return not self._context.get(flag[1:], False) if flag.startswith("!") else self._context.get(flag, False)

    def _make(self, spec: ActionSpec, window: QWidget) -> QAction:
        action = QAction(icon(spec.icon), spec.text, self)
        action.setObjectName(spec.id)
        action.setShortcuts(QKeySequence.listFromString(spec.keys) if spec.keys else [])
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(_tooltip(spec, keys))
        action.setStatusTip(spec.help)
        action.setWhatsThis(spec.help)
        action.setCheckable(spec.checkable)
        if spec.group:
            if spec.group not in self._groups:
                self._groups[spec.group] = QActionGroup(self)
            self._groups[spec.group].addAction(action)
            action.setIconVisibleInMenu(False)  # the mark of the one in use stands there
        if spec.scoped:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        else:
            window.addAction(action)
        return action

    # -- the table ----------------------------------------------------------------------------------------------------
    def _file(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec("file.new", t("&New pipeline"), "new", "Ctrl+N", "", t("Start with an empty canvas.")),
            ActionSpec("file.open", t("&Open pipeline…"), "open", "Ctrl+O", "", t("Open a pipeline file.")),
            ActionSpec("file.open_model", t("Open &model…"), "model", "Ctrl+Shift+O", "",
                t("Look at a model's structure and put it on the canvas: a folder, a GGUF file or a hub id."),
                aliases="load hub download gguf safetensors"),
            ActionSpec("file.templates", t("&Home"), "template", "Ctrl+Shift+N", "",
                t("Show the page beside the pipeline: the sample, recent runs, a template for each method."),
                aliases="start welcome templates examples"),
            ActionSpec("file.back", t("&Back to the pipeline"), "undo", "Esc", "behind",
                t("Leave the home page."), aliases="return canvas"),
            ActionSpec("file.save", t("&Save"), "save", "Ctrl+S", "workspace", t("Save the pipeline."), separator=True),
            ActionSpec("file.save_as", t("Save &as…"), "save_as", "Ctrl+Shift+S", "workspace",
                t("Save the pipeline under another name.")),
            ActionSpec("file.export", t("&Export a model…"), "export", "Ctrl+E", "workspace",
                t("Write a compressed model in a format that other programs load, and verify it."),
                aliases="safetensors compressed-tensors write", separator=True),
            ActionSpec("file.quit", t("&Quit"), "quit", "Ctrl+Q", "", t("Close the studio."), separator=True),
        )  # fmt: skip

    def _edit(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec("edit.undo", t("&Undo"), "undo", "Ctrl+Z", "can_undo", t("Take back the last change.")),
            ActionSpec("edit.redo", t("&Redo"), "redo", "Ctrl+Shift+Z; Ctrl+Y", "can_redo",
                t("Do again what was taken back.")),
            ActionSpec("edit.cut", t("Cu&t"), "cut", "Ctrl+X", "selection",
                t("Cut the selected blocks."), separator=True, scoped=True),
            ActionSpec("edit.copy", t("&Copy"), "copy", "Ctrl+C", "selection",
                t("Copy the selected blocks with their links and settings."), scoped=True),
            ActionSpec("edit.paste", t("&Paste"), "paste", "Ctrl+V", "workspace", t("Paste blocks."), scoped=True),
            ActionSpec("edit.duplicate", t("&Duplicate"), "duplicate", "Ctrl+D", "selection",
                t("Copy and paste the selected blocks in one step."), scoped=True),
            ActionSpec("edit.branch", t("Duplicate as &branch"), "branch", "Ctrl+Shift+D", "one_block",
                t("Copy the selected block and all that follows it, fed by the same block: a variant to compare."),
                aliases="variant fork copy", scoped=True),
            ActionSpec("edit.bypass", t("B&ypass"), "bypass", "", "selection",
                t("Leave the selected blocks out without deleting them, or take them in again: key B on the canvas."),
                aliases="mute disable skip"),
            ActionSpec("edit.swap", t("S&wap method…"), "swap", "", "one_block",
                t("Another method in the place of the selected block; settings that both have are kept."),
                aliases="replace exchange"),
            ActionSpec("edit.delete", t("De&lete"), "delete", "Del", "selection",
                t("Delete the selected blocks, links and comments."), aliases="remove", scoped=True),
            ActionSpec("edit.select_all", t("Select &all"), "select_all", "Ctrl+A", "workspace",
                t("Select every block."), scoped=True),
            ActionSpec("edit.comment", t("Add co&mment"), "comment", "Ctrl+Shift+C", "workspace",
                t("Put a note on the canvas, or a frame around the selected blocks."),
                aliases="note frame group", separator=True),
            ActionSpec("edit.fold", t("Fold into one card"), "group", "Ctrl+G", "selection",
                t("One card for the selected blocks, with the settings that you choose on it."),
                aliases="group macro collapse", scoped=True),
            ActionSpec("edit.unfold", t("Unfold"), "sweep", "Ctrl+Shift+G", "selection",
                t("The blocks of a card; for blocks that are shown, take their group apart."),
                aliases="ungroup expand macro", scoped=True),
            ActionSpec("edit.tidy", t("T&idy up"), "tidy", "Ctrl+Shift+L", "has_blocks",
                t("Arrange the blocks in columns, in the order they run."), aliases="layout arrange align"),
            ActionSpec("edit.preferences", t("Pre&ferences…"), "settings", "Ctrl+,", "",
                t("Theme, text size, data folder, room on the disk, the hub, the device, defaults of methods."),
                aliases="settings theme cache token mirror device font", separator=True),
        )  # fmt: skip

    def _run(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec("run.check", t("&Check"), "check", "F7", "has_blocks !running",
                t("Look for problems and estimate memory, time and file size; nothing is computed."),
                aliases="estimate problems legality"),
            ActionSpec("run.start", t("&Run"), "run", "F5; Ctrl+R", "has_blocks !running",
                t("Check and run the pipeline. Blocks whose result is already there are not computed again."),
                aliases="start compress execute"),
            ActionSpec("run.to_here", t("Run to &here"), "run_to", "Shift+F5", "one_block !running",
                t("Run the selected block and all that it needs.")),
            ActionSpec("run.pause", t("&Pause"), "pause", "F6", "running !paused !cancelling",
                t("Hold at the next safe point; memory is kept."), separator=True),
            ActionSpec("run.continue", t("C&ontinue"), "run", "Shift+F6", "paused !cancelling",
                t("Go on with a paused run.")),
            ActionSpec("run.stop", t("&Stop and keep"), "stop", "F8", "trains !cancelling",
                t("End the training of this block after this step and keep what it has learned; the run goes on."),
                aliases="early finish training enough"),
            ActionSpec("run.cancel", t("Ca&ncel"), "cancel", "Ctrl+.", "cancellable",
                t("Stop the check, or the run at its next safe point: finished blocks are kept, it can be resumed."),
                aliases="stop abort"),
            ActionSpec("run.survey", t("Sur&vey…"), "branch", "", "!running",
                t("Run every method, or chosen ones, beside each other on the model of this pipeline, with the "
                  "same texts and measuring; the results stand side by side in Results."),
                aliases="compare all methods benchmark table", separator=True),
            ActionSpec("run.rotations", t("Compare rota&tions"), "rotation", "", "rotates !running",
                t("Run the selected block without rotation, with a random Hadamard one and with a learned one, and "
                  "compare perplexity and kurtosis."),
                aliases="spinquant hadamard kurtosis branches"),
            ActionSpec("run.queue_add", t("&Queue this pipeline"), "queued", "Ctrl+Shift+R", "has_blocks",
                t("Run the pipeline as it is now when the present run is over: go on with other work meanwhile."),
                aliases="wait later next batch", separator=True),
            ActionSpec("run.queue", t("Qu&eue…"), "queued", "", "",
                t("The pipelines that wait: order, hold, when all will be done."), aliases="waiting order batch"),
            ActionSpec("run.resume", t("Resume an &interrupted run…"), "resume", "", "!running",
                t("Take up a run that was cancelled, failed or was killed, where it stopped."), separator=True),
            ActionSpec("run.history", t("Past r&uns…"), "recent", "Ctrl+H", "!running",
                t("Look at a run again: its pipeline, charts, metrics and log."), aliases="history open results"),
            ActionSpec("run.report", t("Sho&w the run's report"), "file", "", "has_run",
                t("Show the report as a page: metrics, the pipeline, curves, layers."), aliases="html summary"),
            ActionSpec("run.report_pdf", t("Save the report as P&DF…"), "save_as", "", "has_run",
                t("The same page as a PDF, to be printed or sent."), aliases="print summary paper"),
            ActionSpec("run.folder", t("Open the run's &folder"), "folder", "", "has_run",
                t("Show the folder with the report, the log and the artifacts of the last run."),
                aliases="report artifacts"),
        )  # fmt: skip

    def _panels(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        panels = (
            ("palette", t("&Blocks"), t("The methods that can be put on the canvas."), "blocks"),
            ("outline", t("&Outline"), t("The pipeline as a tree, for the keyboard and screen readers."), "outline"),
            ("settings", t("&Settings"), t("The settings of the selected block."), "settings"),
            ("run", t("&Run"), t("Progress, problems, estimates and the log."), "log"),
            ("charts", t("&Charts"), t("Live curves, distributions, memory, and what methods draw."), "chart"),
            ("inspector", t("I&nspector"), t("A table of all layers."), "inspect"),
            ("compare", t("Co&mpare"), t("The metrics of all variants side by side."), "compare"),
            ("results", t("&All results"), t("Every result of every run in one table, with the Pareto front."), "grid"),
            ("export", t("&Export"), t("Write a model and verify it."), "export"),
            ("tryit", t("&Try it"), t("Let the original and the compressed model write."), "try"),
        )
        tip, aliases = t("Go to the panel; from there, hide it: {what}"), "panel show hide pareto table plots"
        return tuple(
            ActionSpec(f"view.{name}", text, picture, PANEL_KEYS[name], "workspace",
                tip.format(what=help), aliases, checkable=True)
            for name, text, help, picture in panels
        )  # fmt: skip

    def _themes(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        themes = (
            ("system", t("Theme: like the system"), t("Dark or light, as the desktop is."), "system"),
            ("dark", t("Theme: dark"), t("Light text on dark surfaces."), "dark"),
            ("light", t("Theme: light"), t("Dark text on light surfaces."), "light"),
            ("contrast", t("Theme: high contrast"), t("White on black, with strong borders."), "dark"),
        )
        return tuple(
            ActionSpec(f"view.theme_{name}", text, picture, "", "", help, "colors appearance mode",
                separator=name == "system", checkable=True, group="theme")
            for name, text, help, picture in themes
        )  # fmt: skip

    def _view(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            *self._panels(),
            ActionSpec("view.zoom_in", t("Zoom &in"), "zoom_in", "Ctrl++; Ctrl+=", "workspace",
                t("Make the blocks larger."), separator=True),
            ActionSpec("view.zoom_out", t("Zoom o&ut"), "zoom_out", "Ctrl+-", "workspace",
                t("Make the blocks smaller.")),
            ActionSpec("view.zoom_fit", t("Zoom to &fit"), "zoom_fit", "Ctrl+9", "workspace",
                t("Show the whole pipeline.")),
            ActionSpec("view.zoom_actual", t("Actual size"), "zoom_actual", "Ctrl+0", "workspace", t("Zoom to 100 %.")),
            *self._themes(),
            ActionSpec("view.watch", t("&Watch"), "chart", "F4", "workspace",
                t("Build or watch: the canvas as a strip of results over large charts, as during a run, or all tools."),
                aliases="build layout mode run", separator=True, checkable=True),
            ActionSpec("view.large", t("Large &panels"), "zoom_fit", "Alt+0; F11", "workspace",
                t("Give the canvas's room to the panels below it: large charts and tables."),
                aliases="maximize full screen zoom", checkable=True),
            ActionSpec("view.float", t("F&loat panel"), "float", "Ctrl+Shift+F", "workspace",
                t("Take the panel that you are in out of the window, or put it back."),
                aliases="undock detach window separate dock"),
            ActionSpec("view.save_layout", t("Sa&ve layout…"), "save", "", "workspace",
                t("Keep where the panels are now, floating ones too, under a name."),
                aliases="arrangement perspective"),
            ActionSpec("view.reset_layout", t("Reset la&yout"), "layout", "", "workspace",
                t("Put all panels back where they were at first.")),
        )  # fmt: skip

    def _help(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec("help.palette", t("&Find an action…"), "search", "Ctrl+Shift+P", "",
                t("Type what you want to do."), aliases="command palette"),
            ActionSpec("help.guide", t("&Help"), "help", "F1", "",
                t("Help for the setting or block that you are at, or how the studio is used."), aliases="guide manual"),
            ActionSpec("help.shortcuts", t("&Keyboard shortcuts"), "keyboard", "?; Ctrl+F1", "",
                t("All shortcuts on one sheet.")),
            ActionSpec("help.methods", t("&Methods and their settings"), "blocks", "", "",
                t("What every method does, the paper it comes from, and every setting.")),
            ActionSpec("help.responsiveness", t("&Responsiveness"), "time", "", "",
                t("How late the window answers, measured now."),
                aliases="latency fps performance debug", separator=True),
            ActionSpec("help.about", t("&About"), "info", "", "", t("Version, licenses, versions of the libraries.")),
        )  # fmt: skip


def _call(slot: Callable[[], object], checked: bool = False) -> None:
    """Drops the argument of ``triggered``, which slots with a default would take for their own."""
    slot()


def _tooltip(spec: ActionSpec, keys: str) -> str:
    """Name in bold, keys, help: the program's own words, and escaped like all others."""
    name, shortcut, text = (html.escape(part, quote=False) for part in (spec.plain_text, keys, spec.help))
    return f"<b>{name}</b>{f'&nbsp; {shortcut}' if shortcut else ''}<br>{text}"
