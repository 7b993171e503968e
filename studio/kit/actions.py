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
    "fit": "Alt+B",
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
            ActionSpec("file.new", t("&New pipeline"), "new", "Ctrl+N", "", t("Create an empty pipeline.")),
            ActionSpec("file.open", t("&Open pipeline…"), "open", "Ctrl+O", "", t("Open a pipeline file.")),
            ActionSpec("file.reopen", t("Reopen &closed pipeline"), "reset", "Ctrl+Shift+T", "closed",
                t("Show the pipeline that was closed last, with its unsaved changes."),
                aliases="undo close tab restore back"),
            ActionSpec("file.open_model", t("Open &model…"), "model", "Ctrl+Shift+O", "",
                t("Inspect a model's structure and add it to the canvas: a folder, a GGUF file or a hub id."),
                aliases="load hub download gguf safetensors"),
            ActionSpec("file.card", t("Open model car&d…"), "verified", "", "",
                t("Show how an export was made, make it again and compare: a folder, a GGUF file or a hub id."),
                aliases="replay reproduce recipe replay.json README verify exact"),
            ActionSpec("file.templates", t("&Home"), "template", "Ctrl+Shift+N", "",
                t("Show the home page: the sample, recent runs, templates for all methods."),
                aliases="start welcome templates examples"),
            ActionSpec("file.back", t("&Back to the pipeline"), "undo", "Esc", "behind",
                t("Leave the home page."), aliases="return canvas"),
            ActionSpec("file.save", t("&Save"), "save", "Ctrl+S", "workspace", t("Save the pipeline."), separator=True),
            ActionSpec("file.save_as", t("Save &as…"), "save_as", "Ctrl+Shift+S", "workspace",
                t("Save the pipeline under another name.")),
            ActionSpec("file.export", t("&Export a model…"), "export", "Ctrl+E", "workspace",
                t("Export a compressed model for other programs and verify it."),
                aliases="safetensors compressed-tensors write", separator=True),
            ActionSpec("file.quit", t("&Quit"), "quit", "Ctrl+Q", "", t("Close the studio."), separator=True),
        )  # fmt: skip

    def _edit(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec("edit.undo", t("&Undo"), "undo", "Ctrl+Z", "can_undo", t("Undo the last change.")),
            ActionSpec("edit.redo", t("&Redo"), "redo", "Ctrl+Shift+Z; Ctrl+Y", "can_redo",
                t("Redo the last undone change.")),
            ActionSpec("edit.cut", t("Cu&t"), "cut", "Ctrl+X", "selection",
                t("Cut the selected blocks."), separator=True, scoped=True),
            ActionSpec("edit.copy", t("&Copy"), "copy", "Ctrl+C", "selection",
                t("Copy the selected blocks with their links and settings."), scoped=True),
            ActionSpec("edit.paste", t("&Paste"), "paste", "Ctrl+V", "workspace", t("Paste blocks."), scoped=True),
            ActionSpec("edit.duplicate", t("&Duplicate"), "duplicate", "Ctrl+D", "selection",
                t("Duplicate the selected blocks."), scoped=True),
            ActionSpec("edit.branch", t("Duplicate as &branch"), "branch", "Ctrl+Shift+D", "one_block",
                t("Copy the selected block and all blocks after it as a new branch to compare."),
                aliases="variant fork copy", scoped=True),
            ActionSpec("edit.bypass", t("B&ypass"), "bypass", "", "selection",
                t("Skip the selected blocks without deleting them, or restore them (B on the canvas)."),
                aliases="mute disable skip"),
            ActionSpec("edit.swap", t("S&wap method…"), "swap", "", "one_block",
                t("Replace the method of the selected block. Settings that both methods have are preserved."),
                aliases="replace exchange"),
            ActionSpec("edit.delete", t("De&lete"), "delete", "Del", "selection",
                t("Delete the selected blocks, links and comments."), aliases="remove", scoped=True),
            ActionSpec("edit.select_all", t("Select &all"), "select_all", "Ctrl+A", "workspace",
                t("Select every block."), scoped=True),
            ActionSpec("edit.comment", t("Add co&mment"), "comment", "Ctrl+Shift+C", "workspace",
                t("Add a note to the canvas, or a frame around the selected blocks."),
                aliases="note frame group", separator=True),
            ActionSpec("edit.fold", t("Fold into one card"), "group", "Ctrl+G", "selection",
                t("Combine the selected blocks into one card that shows the settings you choose."),
                aliases="group macro collapse", scoped=True),
            ActionSpec("edit.unfold", t("Unfold"), "sweep", "Ctrl+Shift+G", "selection",
                t("Show the blocks of a card. If they are shown already, ungroup them."),
                aliases="ungroup expand macro", scoped=True),
            ActionSpec("edit.tidy", t("T&idy up"), "tidy", "Ctrl+Shift+L", "has_blocks",
                t("Arrange the blocks in columns, in the order they run."), aliases="layout arrange align"),
            ActionSpec("edit.preferences", t("Pre&ferences…"), "settings", "Ctrl+,", "",
                t("Theme, text size, data folder, disk space, hub, device, method defaults."),
                aliases="settings theme cache token mirror device font", separator=True),
        )  # fmt: skip

    def _run(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec("run.check", t("&Check"), "check", "F7", "has_blocks !running",
                t("Find problems and estimate memory, time and file size without running."),
                aliases="estimate problems legality"),
            ActionSpec("run.start", t("&Run"), "run", "F5; Ctrl+R", "has_blocks !running",
                t("Check and run the pipeline. Cached results are reused."),
                aliases="start compress execute"),
            ActionSpec("run.to_here", t("Run to &here"), "run_to", "Shift+F5", "one_block !running",
                t("Run the selected block and all blocks before it.")),
            ActionSpec("run.pause", t("&Pause"), "pause", "F6", "running !paused !cancelling",
                t("Pause at the next safe point. Memory stays in use."), separator=True),
            ActionSpec("run.continue", t("C&ontinue"), "run", "Shift+F6", "paused !cancelling",
                t("Continue a paused run.")),
            ActionSpec("run.stop", t("&Stop and keep"), "stop", "F8", "trains !cancelling",
                t("Stop training this block after the present step and keep its result. The run continues."),
                aliases="early finish training enough"),
            ActionSpec("run.cancel", t("Ca&ncel"), "cancel", "Ctrl+.", "cancellable",
                t("Stop the check, or stop the run at its next safe point. Finished blocks are saved and the run can "
                  "be resumed."),
                aliases="stop abort"),
            ActionSpec("run.survey", t("Sur&vey…"), "branch", "", "!running",
                t("Run several methods on this pipeline's model with the same texts and evaluation, and compare them "
                  "in Results."),
                aliases="compare all methods benchmark table", separator=True),
            ActionSpec("run.claims", t("C&laims…"), "check", "", "",
                t("Measure what the papers claim of the methods, with several seeds, and see what is shown."),
                aliases="survey verdict paper evidence benchmark seeds"),
            ActionSpec("run.machines", t("M&achines…"), "chip", "", "",
                t("Add machines that ssh reaches, see their devices and what runs there, and run on them."),
                aliases="ssh remote gpu server cluster where"),
            ActionSpec("run.rotations", t("Compare rota&tions"), "rotation", "", "rotates !running",
                t("Run the selected block without rotation, with a random Hadamard rotation and with a learned one, "
                  "and compare perplexity and kurtosis."),
                aliases="spinquant hadamard kurtosis branches"),
            ActionSpec("run.queue_add", t("Add to &queue"), "queued", "Ctrl+Shift+R", "has_blocks",
                t("Run the pipeline as it is now after the current run ends."),
                aliases="wait later next batch", separator=True),
            ActionSpec("run.queue", t("Qu&eue…"), "queued", "", "",
                t("Show queued pipelines, their order and the expected end."), aliases="waiting order batch"),
            ActionSpec("run.resume", t("Resu&me a run…"), "resume", "", "!running",
                t("Resume a canceled, failed or interrupted run where it stopped."), separator=True),
            ActionSpec("run.history", t("Past r&uns…"), "recent", "Ctrl+H", "!running",
                t("Show a past run: its pipeline, charts, metrics and log."), aliases="history open results"),
            ActionSpec("run.fetch", t("Fetch wei&ghts"), "download", "", "has_run !running",
                t("Fetch the model that the selected block left on another machine, or the last one."),
                aliases="remote machine download result"),
            ActionSpec("run.report", t("Sho&w report"), "file", "", "has_run",
                t("Show the run's report: metrics, pipeline, curves, layers."), aliases="html summary"),
            ActionSpec("run.report_pdf", t("Save report as P&DF…"), "save_as", "", "has_run",
                t("Save the run's report as a PDF."), aliases="print summary paper"),
            ActionSpec("run.folder", t("Open run &folder"), "folder", "", "has_run",
                t("Open the folder with the run's report, log and artifacts."),
                aliases="report artifacts"),
        )  # fmt: skip

    def _panels(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        panels = (
            ("palette", t("&Blocks"), t("Methods to add to the canvas."), "blocks"),
            ("outline", t("&Outline"), t("The pipeline as a list, for keyboards and screen readers."), "outline"),
            ("settings", t("&Settings"), t("The settings of the selected block."), "settings"),
            ("run", t("&Run"), t("Progress, problems, estimates and the log."), "log"),
            ("charts", t("&Charts"), t("Live curves, distributions, memory and plots of methods."), "chart"),
            ("inspector", t("I&nspector"), t("A table of all layers."), "inspect"),
            ("compare", t("Co&mpare"), t("Metrics and layers of several results side by side."), "compare"),
            ("fit", t("Fit to bu&dget"), t("The format of each layer for every file size."), "disk"),
            ("results", t("&All results"), t("All results of all runs in one table, with the Pareto front."), "grid"),
            ("export", t("&Export"), t("Export a model and verify it."), "export"),
            ("tryit", t("&Try it"), t("Generate text with the original and compressed models."), "try"),
        )
        tip, aliases = t("Show the panel, or hide it if it has the focus: {what}"), "panel show hide pareto table plots"
        return tuple(
            ActionSpec(f"view.{name}", text, picture, PANEL_KEYS[name], "workspace",
                tip.format(what=help), aliases, checkable=True)
            for name, text, help, picture in panels
        )  # fmt: skip

    def _themes(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        themes = (
            ("system", t("Theme: system"), t("Follow the desktop's dark or light mode."), "system"),
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
                t("Zoom in on the canvas."), separator=True),
            ActionSpec("view.zoom_out", t("Zoom o&ut"), "zoom_out", "Ctrl+-", "workspace",
                t("Zoom out of the canvas.")),
            ActionSpec("view.zoom_fit", t("Zoom to &fit"), "zoom_fit", "Ctrl+9", "workspace",
                t("Show the whole pipeline.")),
            ActionSpec("view.zoom_actual", t("Actual size"), "zoom_actual", "Ctrl+0", "workspace", t("Zoom to 100 %.")),
            *self._themes(),
            ActionSpec("view.watch", t("&Watch"), "chart", "F4", "workspace",
                t("Switch between building (all tools) and watching (result cards above large charts)."),
                aliases="build layout mode run", separator=True, checkable=True),
            ActionSpec("view.build", t("Bac&k to Build"), "undo", "", "away",
                t("Return to the canvas with all tools (Esc)."), aliases="leave watch canvas return"),
            ActionSpec("view.large", t("Large &panels"), "zoom_fit", "Alt+0; F11", "workspace",
                t("Hide the canvas and enlarge the panels below it."),
                aliases="maximize full screen zoom", checkable=True),
            ActionSpec("view.float", t("F&loat panel"), "float", "Ctrl+Shift+F", "workspace",
                t("Float the focused panel in its own window, or dock it again."),
                aliases="undock detach window separate dock"),
            ActionSpec("view.save_layout", t("Sa&ve layout…"), "save", "", "workspace",
                t("Save the arrangement of panels under a name."),
                aliases="arrangement perspective"),
            ActionSpec("view.reset_layout", t("Reset la&yout"), "layout", "", "workspace",
                t("Restore the default arrangement of panels.")),
        )  # fmt: skip

    def _help(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec("help.palette", t("&Find an action…"), "search", "Ctrl+Shift+P", "",
                t("Search all actions by name."), aliases="command palette"),
            ActionSpec("help.guide", t("&Help"), "help", "F1", "",
                t("Show help for the focused setting or selected block, or the guide."), aliases="guide manual"),
            ActionSpec("help.news", t("What is &new"), "sample", "", "",
                t("Show what changed in this version."), aliases="changes release update version"),
            ActionSpec("help.updates", t("&Updates and versions…"), "download", "", "",
                t("Show the installed version and those beside it; update, roll back, repair."),
                aliases="upgrade install rollback repair release newer uninstall"),
            ActionSpec("help.shortcuts", t("&Keyboard shortcuts"), "keyboard", "?; Ctrl+F1", "",
                t("Show all shortcuts.")),
            ActionSpec("help.methods", t("&Methods and their settings"), "blocks", "", "",
                t("Describe every method, its paper and its settings.")),
            ActionSpec("help.responsiveness", t("&Responsiveness"), "time", "", "",
                t("Measure how fast the window responds."),
                aliases="latency fps performance debug", separator=True),
            ActionSpec("help.about", t("&About"), "info", "", "",
                t("Show the version, licenses and library versions.")),
        )  # fmt: skip


def _call(slot: Callable[[], object], checked: bool = False) -> None:
    """Drops the argument of ``triggered``, which slots with a default would take for their own."""
    slot()


def _tooltip(spec: ActionSpec, keys: str) -> str:
    """Name in bold, keys, help: the program's own words, and escaped like all others."""
    name, shortcut, text = (html.escape(part, quote=False) for part in (spec.plain_text, keys, spec.help))
    return f"<b>{name}</b>{f'&nbsp; {shortcut}' if shortcut else ''}<br>{text}"
