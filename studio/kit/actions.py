"""The one table of actions: menus, toolbar, command palette, shortcut sheet and tooltips are all made from it."""

from __future__ import annotations

import html
import re
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
    "fit": "Alt+B",
    "tryit": "Alt+T",
}
KEY_BEHIND = re.compile(r"\s*\(&\w\)")
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
        """The text without mnemonics and dots. Languages that have no such letters name the key behind the text."""
        return KEY_BEHIND.sub("", self.text).replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


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
        if KEY_BEHIND.search(spec.text):
            action.setIconText(spec.plain_text)  # on a button; Qt leaves the key in it
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
        return (
            ActionSpec("file.new", self.tr("&New pipeline"), "new", "Ctrl+N", "", self.tr("Create an empty pipeline.")),
            ActionSpec("file.open", self.tr("&Open pipeline…"), "open", "Ctrl+O", "", self.tr("Open a pipeline file.")),
            ActionSpec("file.reopen", self.tr("Reopen &closed pipeline"), "reset", "Ctrl+Shift+T", "closed",
                self.tr("Show the pipeline that was closed last, with its unsaved changes."),
                aliases="undo close tab restore back"),
            ActionSpec("file.open_model", self.tr("Open &model…"), "model", "Ctrl+Shift+O", "",
                self.tr("Inspect a model's structure and add it to the canvas: a folder, a GGUF file or a hub id."),
                aliases="load hub download gguf safetensors"),
            ActionSpec("file.fit", self.tr("&Fit a model to a size…"), "budget", "", "",
                self.tr("Choose a model, the bytes that its file may have, and the program that will run it."),
                aliases="budget compress target bytes MB smallest mixed precision"),
            ActionSpec("file.card", self.tr("Open model car&d…"), "verified", "", "",
                self.tr("Show how an export was made, make it again and compare: a folder, a GGUF file or a hub id."),
                aliases="replay reproduce recipe replay.json README verify exact"),
            ActionSpec("file.templates", self.tr("&Home"), "template", "Ctrl+Shift+N", "",
                self.tr("Show the home page: the sample, recent runs, templates for all methods."),
                aliases="start welcome templates examples"),
            ActionSpec("file.back", self.tr("&Back to the pipeline"), "undo", "Esc", "behind",
                self.tr("Leave the home page."), aliases="return canvas"),
            ActionSpec("file.save", self.tr("&Save"), "save", "Ctrl+S", "workspace",
                self.tr("Save the pipeline."), separator=True),
            ActionSpec("file.save_as", self.tr("Save &as…"), "save_as", "Ctrl+Shift+S", "workspace",
                self.tr("Save the pipeline under another name.")),
            ActionSpec("file.export", self.tr("&Export a model…"), "export", "Ctrl+E", "workspace",
                self.tr("Export a compressed model for other programs and verify it."),
                aliases="safetensors compressed-tensors write", separator=True),
            ActionSpec("file.quit", self.tr("&Quit"), "quit", "Ctrl+Q", "",
                self.tr("Close the studio."), separator=True),
        )  # fmt: skip

    def _edit(self) -> tuple[ActionSpec, ...]:
        return (
            ActionSpec("edit.undo", self.tr("&Undo"), "undo", "Ctrl+Z", "can_undo", self.tr("Undo the last change.")),
            ActionSpec("edit.redo", self.tr("&Redo"), "redo", "Ctrl+Shift+Z; Ctrl+Y", "can_redo",
                self.tr("Redo the last undone change.")),
            ActionSpec("edit.cut", self.tr("Cu&t"), "cut", "Ctrl+X", "selection",
                self.tr("Cut the selected blocks."), separator=True, scoped=True),
            ActionSpec("edit.copy", self.tr("&Copy"), "copy", "Ctrl+C", "selection",
                self.tr("Copy the selected blocks with their links and settings."), scoped=True),
            ActionSpec("edit.paste", self.tr("&Paste"), "paste", "Ctrl+V", "workspace",
                self.tr("Paste blocks."), scoped=True),
            ActionSpec("edit.duplicate", self.tr("&Duplicate"), "duplicate", "Ctrl+D", "selection",
                self.tr("Duplicate the selected blocks."), scoped=True),
            ActionSpec("edit.branch", self.tr("Duplicate as &branch"), "branch", "Ctrl+Shift+D", "one_block",
                self.tr("Copy the selected block and all blocks after it as a new branch to compare."),
                aliases="variant fork copy", scoped=True),
            ActionSpec("edit.bypass", self.tr("B&ypass"), "bypass", "", "selection",
                self.tr("Skip the selected blocks without deleting them, or restore them (B on the canvas)."),
                aliases="mute disable skip"),
            ActionSpec("edit.swap", self.tr("S&wap method…"), "swap", "", "one_block",
                self.tr("Replace the method of the selected block. Settings that both methods have are preserved."),
                aliases="replace exchange"),
            ActionSpec("edit.delete", self.tr("De&lete"), "delete", "Del", "selection",
                self.tr("Delete the selected blocks, links and comments."), aliases="remove", scoped=True),
            ActionSpec("edit.select_all", self.tr("Select &all"), "select_all", "Ctrl+A", "workspace",
                self.tr("Select every block."), scoped=True),
            ActionSpec("edit.comment", self.tr("Add co&mment"), "comment", "Ctrl+Shift+C", "workspace",
                self.tr("Add a note to the canvas, or a frame around the selected blocks."),
                aliases="note frame group", separator=True),
            ActionSpec("edit.fold", self.tr("Fold into one card"), "group", "Ctrl+G", "selection",
                self.tr("Combine the selected blocks into one card that shows the settings you choose."),
                aliases="group macro collapse", scoped=True),
            ActionSpec("edit.unfold", self.tr("Unfold"), "sweep", "Ctrl+Shift+G", "selection",
                self.tr("Show the blocks of a card. If they are shown already, ungroup them."),
                aliases="ungroup expand macro", scoped=True),
            ActionSpec("edit.tidy", self.tr("T&idy up"), "tidy", "Ctrl+Shift+L", "has_blocks",
                self.tr("Arrange the blocks in columns, in the order they run."), aliases="layout arrange align"),
            ActionSpec("edit.preferences", self.tr("Pre&ferences…"), "settings", "Ctrl+,", "",
                self.tr("Theme, text size, data folder, disk space, hub, device, method defaults."),
                aliases="settings theme cache token mirror device font", separator=True),
        )  # fmt: skip

    def _run(self) -> tuple[ActionSpec, ...]:
        return (
            ActionSpec("run.check", self.tr("&Check"), "check", "F7", "has_blocks !running",
                self.tr("Find problems and estimate memory, time and file size without running."),
                aliases="estimate problems legality"),
            ActionSpec("run.start", self.tr("&Run"), "run", "F5; Ctrl+R", "has_blocks !running",
                self.tr("Check and run the pipeline. Cached results are reused."),
                aliases="start compress execute"),
            ActionSpec("run.to_here", self.tr("Run to &here"), "run_to", "Shift+F5", "one_block !running",
                self.tr("Run the selected block and all blocks before it.")),
            ActionSpec("run.pause", self.tr("&Pause"), "pause", "F6", "running !paused !cancelling",
                self.tr("Pause at the next safe point. Memory stays in use."), separator=True),
            ActionSpec("run.continue", self.tr("C&ontinue"), "run", "Shift+F6", "paused !cancelling",
                self.tr("Continue a paused run.")),
            ActionSpec("run.stop", self.tr("&Stop and keep"), "stop", "F8", "trains !cancelling",
                self.tr("Stop training this block after the present step and keep its result. The run continues."),
                aliases="early finish training enough"),
            ActionSpec("run.cancel", self.tr("Ca&ncel"), "cancel", "Ctrl+.", "cancellable",
                self.tr("Stop the check, or stop the run at its next safe point. Finished blocks are saved and the run "
                  "can be resumed."),
                aliases="stop abort"),
            ActionSpec("run.survey", self.tr("Sur&vey…"), "branch", "", "!running",
                self.tr("Run several methods on this pipeline's model with the same texts and evaluation, and compare "
                  "them in Results."),
                aliases="compare all methods benchmark table", separator=True),
            ActionSpec("run.claims", self.tr("C&laims…"), "check", "", "",
                self.tr("Measure what the papers claim about the methods, with several seeds and verdicts."),
                aliases="survey verdict paper evidence benchmark seeds"),
            ActionSpec("run.machines", self.tr("M&achines…"), "chip", "", "",
                self.tr("Add machines that ssh reaches, see their devices and what runs there, and run on them."),
                aliases="ssh remote gpu server cluster where"),
            ActionSpec("run.rotations", self.tr("Compare rota&tions"), "rotation", "", "rotates !running",
                self.tr("Run the selected block without rotation, with a random Hadamard rotation and with a learned "
                  "one, and compare perplexity and kurtosis."),
                aliases="spinquant hadamard kurtosis branches"),
            ActionSpec("run.queue_add", self.tr("Add to &queue"), "queued", "Ctrl+Shift+R", "has_blocks",
                self.tr("Run the pipeline in its current state after the current run ends."),
                aliases="wait later next batch", separator=True),
            ActionSpec("run.queue", self.tr("Qu&eue…"), "queued", "", "",
                self.tr("Show queued pipelines, their order and the expected end."), aliases="waiting order batch"),
            ActionSpec("run.resume", self.tr("Resu&me a run…"), "resume", "", "!running",
                self.tr("Resume a canceled, failed or interrupted run where it stopped."), separator=True),
            ActionSpec("run.history", self.tr("Past r&uns…"), "recent", "Ctrl+H", "!running",
                self.tr("Show a past run: its pipeline, charts, metrics and log."), aliases="history open results"),
            ActionSpec("run.fetch", self.tr("Fetch wei&ghts"), "download", "", "has_run !running",
                self.tr("Fetch the model that the selected block left on another machine, or the last one."),
                aliases="remote machine download result"),
            ActionSpec("run.report", self.tr("Sho&w report"), "file", "", "has_run",
                self.tr("Show the run's report: metrics, pipeline, curves, layers."), aliases="html summary"),
            ActionSpec("run.report_pdf", self.tr("Save report as P&DF…"), "save_as", "", "has_run",
                self.tr("Save the run's report as a PDF."), aliases="print summary paper"),
            ActionSpec("run.folder", self.tr("Open run &folder"), "folder", "", "has_run",
                self.tr("Open the folder with the run's report, log and artifacts."),
                aliases="report artifacts"),
        )  # fmt: skip

    def _panels(self) -> tuple[ActionSpec, ...]:
        panels = (
            ("palette", self.tr("&Blocks"), self.tr("Methods to add to the canvas."), "blocks"),
            ("outline", self.tr("&Outline"),
             self.tr("The pipeline as a list, for keyboards and screen readers."), "outline"),
            ("settings", self.tr("&Settings"), self.tr("The settings of the selected block."), "settings"),
            ("run", self.tr("&Run", "panel"), self.tr("Progress, problems, estimates and the log."), "log"),
            ("charts", self.tr("&Charts"),
             self.tr("Live curves, distributions, memory and plots of methods."), "chart"),
            ("inspector", self.tr("I&nspector"), self.tr("A table of all layers."), "inspect"),
            ("compare", self.tr("Co&mpare"), self.tr("Metrics and layers of several results side by side."), "compare"),
            ("fit", self.tr("Fit to bu&dget"), self.tr("The format of each layer for every file size."), "disk"),
            ("results", self.tr("&All results"),
             self.tr("All results of all runs in one table, with the Pareto front."), "grid"),
            ("export", self.tr("&Export"), self.tr("Export a model and verify it."), "export"),
            ("tryit", self.tr("&Try it"), self.tr("Generate text with the original and compressed models."), "try"),
        )  # fmt: skip
        tip = self.tr("Show the panel, or hide it if it has the focus: {what}")
        aliases = "panel show hide pareto table plots"
        return tuple(
            ActionSpec(f"view.{name}", text, picture, PANEL_KEYS[name], "workspace",
                tip.format(what=help), aliases, checkable=True)
            for name, text, help, picture in panels
        )  # fmt: skip

    def _themes(self) -> tuple[ActionSpec, ...]:
        themes = (
            ("system", self.tr("Theme: system"), self.tr("Follow the desktop's dark or light mode."), "system"),
            ("dark", self.tr("Theme: dark"), self.tr("Light text on dark surfaces."), "dark"),
            ("light", self.tr("Theme: light"), self.tr("Dark text on light surfaces."), "light"),
            ("contrast", self.tr("Theme: high contrast"), self.tr("White on black, with strong borders."), "dark"),
        )
        return tuple(
            ActionSpec(f"view.theme_{name}", text, picture, "", "", help, "colors appearance mode",
                separator=name == "system", checkable=True, group="theme")
            for name, text, help, picture in themes
        )  # fmt: skip

    def _view(self) -> tuple[ActionSpec, ...]:
        return (
            *self._panels(),
            ActionSpec("view.zoom_in", self.tr("Zoom &in"), "zoom_in", "Ctrl++; Ctrl+=", "workspace",
                self.tr("Zoom in on the canvas."), separator=True),
            ActionSpec("view.zoom_out", self.tr("Zoom o&ut"), "zoom_out", "Ctrl+-", "workspace",
                self.tr("Zoom out of the canvas.")),
            ActionSpec("view.zoom_fit", self.tr("Zoom to &fit"), "zoom_fit", "Ctrl+9", "workspace",
                self.tr("Show the whole pipeline.")),
            ActionSpec("view.zoom_actual", self.tr("Actual size"), "zoom_actual", "Ctrl+0", "workspace",
                self.tr("Zoom to 100 %.")),
            *self._themes(),
            ActionSpec("view.watch", self.tr("&Watch"), "chart", "F4", "workspace",
                self.tr("Switch between building (all tools) and watching (result cards above large charts)."),
                aliases="build layout mode run", separator=True, checkable=True),
            ActionSpec("view.build", self.tr("Bac&k to Build"), "undo", "", "away",
                self.tr("Return to the canvas with all tools (Esc)."), aliases="leave watch canvas return"),
            ActionSpec("view.large", self.tr("Large &panels"), "zoom_fit", "Alt+0; F11", "workspace",
                self.tr("Hide the canvas and enlarge the panels below it."),
                aliases="maximize full screen zoom", checkable=True),
            ActionSpec("view.float", self.tr("F&loat panel"), "float", "Ctrl+Shift+F", "workspace",
                self.tr("Float the focused panel in its own window, or dock it again."),
                aliases="undock detach window separate dock"),
            ActionSpec("view.save_layout", self.tr("Sa&ve layout…"), "save", "", "workspace",
                self.tr("Save the arrangement of panels under a name."),
                aliases="arrangement perspective"),
            ActionSpec("view.reset_layout", self.tr("Reset la&yout"), "layout", "", "workspace",
                self.tr("Restore the default arrangement of panels.")),
        )  # fmt: skip

    def _help(self) -> tuple[ActionSpec, ...]:
        return (
            ActionSpec("help.palette", self.tr("&Find an action…"), "search", "Ctrl+Shift+P", "",
                self.tr("Search all actions by name."), aliases="command palette"),
            ActionSpec("help.guide", self.tr("&Help"), "help", "F1", "",
                self.tr("Show help for the focused setting or selected block, or the guide."), aliases="guide manual"),
            ActionSpec("help.news", self.tr("What is &new"), "sample", "", "",
                self.tr("Show what changed in this version."), aliases="changes release update version"),
            ActionSpec("help.updates", self.tr("&Updates and versions…"), "download", "", "",
                self.tr("Show the installed versions; update, roll back, repair."),
                aliases="upgrade install rollback repair release newer uninstall"),
            ActionSpec("help.shortcuts", self.tr("&Keyboard shortcuts"), "keyboard", "?; Ctrl+F1", "",
                self.tr("Show all shortcuts.")),
            ActionSpec("help.methods", self.tr("&Methods and their settings"), "blocks", "", "",
                self.tr("Describe every method, its paper and its settings.")),
            ActionSpec("help.responsiveness", self.tr("&Responsiveness"), "time", "", "",
                self.tr("Measure how fast the window responds."),
                aliases="latency fps performance debug", separator=True),
            ActionSpec("help.about", self.tr("&About"), "info", "", "",
                self.tr("Show the version, licenses and library versions.")),
        )  # fmt: skip


def _call(slot: Callable[[], object], checked: bool = False) -> None:
    """Drops the argument of ``triggered``, which slots with a default would take for their own."""
    slot()


def _tooltip(spec: ActionSpec, keys: str) -> str:
    """Name in bold, keys, help: the program's own words, and escaped like all others."""
    name, shortcut, text = (html.escape(part, quote=False) for part in (spec.plain_text, keys, spec.help))
    return f"<b>{name}</b>{f'&nbsp; {shortcut}' if shortcut else ''}<br>{text}"
