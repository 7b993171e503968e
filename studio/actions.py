"""The one table of actions: menus, toolbar, command palette, shortcut sheet and tooltips are all made from it."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.icons import icon

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
SEPARATOR = "-"


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Parameters
    ----------
    when: context flags that must all hold; "!flag" must not hold. No flags: always possible.
    group: actions of a group exclude each other (theme).
    toolbar: position group in the toolbar, "" if it is not there.
    aliases: further words by which the command palette finds it.
    """

    id: str
    menu: str
    text: str
    help: str
    icon: str
    shortcuts: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    checkable: bool = False
    group: str = ""
    toolbar: str = ""
    aliases: str = ""
    separator: bool = False
    """Draw a line above it in its menu."""
    scoped: bool = False
    """Its keys only count while the canvas or the outline has the focus: elsewhere they belong to texts and tables."""

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
        self.specs = {
            spec.id: spec
            for spec in self._file()
            + self._edit()
            + self._arrange()
            + self._run()
            + self._runs()
            + self._view()
            + self._help()
        }
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
        for action_id in [each for each in self.specs if each.startswith(prefix)]:
            del self.specs[action_id]
            self._actions.pop(action_id).deleteLater()
        self.specs |= {spec.id: spec for spec in specs}
        made = {spec.id: self._make(spec, self._window) for spec in specs}
        self._actions |= made
        self.set_context()
        return list(made.values())

    def name(self, action_id: str, what: str) -> None:
        """Say in the menu what an action would do: "Undo Add block"."""
        text = self.specs[action_id].text
        self._actions[action_id].setText(f"{text} {what.replace('&', '&&')}" if what else text)

    def set_context(self, **flags: bool) -> None:
        """Tell what is the case now; enabled states follow. Flags not named keep their value, unknown ones are off."""
        self._context.update(flags)
        for spec, action in self:
            action.setEnabled(all(self._holds(flag) for flag in spec.when))

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
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(_tooltip(spec, keys))
        action.setStatusTip(spec.help)
        action.setWhatsThis(spec.help)
        action.setCheckable(spec.checkable)
        if spec.group:
            if spec.group not in self._groups:
                self._groups[spec.group] = QActionGroup(self)
            self._groups[spec.group].addAction(action)
        if spec.scoped:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        else:
            window.addAction(action)
        return action

    # -- the table ----------------------------------------------------------------------------------------------------
    def _file(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec("file.new", "file", t("&New pipeline"), t("Start with an empty canvas."), "new", ("Ctrl+N",)),
            ActionSpec(
                "file.open", "file", t("&Open pipeline…"), t("Open a pipeline file."), "open", ("Ctrl+O",),
                toolbar="file",
            ),
            ActionSpec(
                "file.open_model", "file", t("Open &model…"),
                t("Look at a model's structure and put it on the canvas: a folder, a GGUF file or a hub id."),
                "model", ("Ctrl+Shift+O",), toolbar="file", aliases="load hub download gguf safetensors",
            ),
            ActionSpec(
                "file.templates", "file", t("&Home"),
                t("Show the page beside the pipeline: the sample, recent runs, a template for each method."),
                "template", ("Ctrl+Shift+N",), aliases="start welcome templates examples",
            ),
            ActionSpec(
                "file.back", "file", t("&Back to the pipeline"), t("Leave the home page."), "undo", ("Esc",),
                ("behind",), aliases="return canvas",
            ),
            ActionSpec(
                "file.save", "file", t("&Save"), t("Save the pipeline."), "save", ("Ctrl+S",), ("workspace",),
                toolbar="file", separator=True,
            ),
            ActionSpec(
                "file.save_as", "file", t("Save &as…"), t("Save the pipeline under another name."), "save_as",
                ("Ctrl+Shift+S",), ("workspace",),
            ),
            ActionSpec(
                "file.export", "file", t("&Export a model…"),
                t("Write a compressed model in a format that other programs load, and verify it."), "export",
                ("Ctrl+E",), ("workspace",), separator=True, aliases="safetensors compressed-tensors write",
            ),
            ActionSpec("file.quit", "file", t("&Quit"), t("Close the studio."), "quit", ("Ctrl+Q",), separator=True),
        )  # fmt: skip

    def _edit(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec(
                "edit.undo", "edit", t("&Undo"), t("Take back the last change."), "undo", ("Ctrl+Z",), ("can_undo",),
                toolbar="edit",
            ),
            ActionSpec(
                "edit.redo", "edit", t("&Redo"), t("Do again what was taken back."), "redo",
                ("Ctrl+Shift+Z", "Ctrl+Y"), ("can_redo",), toolbar="edit",
            ),
            ActionSpec(
                "edit.cut", "edit", t("Cu&t"), t("Cut the selected blocks."), "cut", ("Ctrl+X",), ("selection",),
                separator=True, scoped=True,
            ),
            ActionSpec(
                "edit.copy", "edit", t("&Copy"), t("Copy the selected blocks with their links and settings."), "copy",
                ("Ctrl+C",), ("selection",), scoped=True,
            ),
            ActionSpec(
                "edit.paste", "edit", t("&Paste"), t("Paste blocks."), "paste", ("Ctrl+V",), ("workspace",),
                scoped=True,
            ),
            ActionSpec(
                "edit.duplicate", "edit", t("&Duplicate"), t("Copy and paste the selected blocks in one step."),
                "duplicate", ("Ctrl+D",), ("selection",), scoped=True,
            ),
            ActionSpec(
                "edit.branch", "edit", t("Duplicate as &branch"),
                t("Copy the selected block and all that follows it, fed by the same block: a variant to compare."),
                "branch", ("Ctrl+Shift+D",), ("one_block",), aliases="variant fork copy", scoped=True,
            ),
            ActionSpec(
                "edit.bypass", "edit", t("B&ypass"),
                t("Leave the selected blocks out without deleting them, or take them in again: key B on the canvas."),
                "bypass", (), ("selection",), aliases="mute disable skip",
            ),
            ActionSpec(
                "edit.swap", "edit", t("S&wap method…"),
                t("Another method in the place of the selected block; settings that both have are kept."), "swap", (),
                ("one_block",), aliases="replace exchange",
            ),
            ActionSpec(
                "edit.delete", "edit", t("De&lete"), t("Delete the selected blocks, links and comments."), "delete",
                ("Del",), ("selection",), aliases="remove", scoped=True,
            ),
            ActionSpec(
                "edit.select_all", "edit", t("Select &all"), t("Select every block."), "select_all", ("Ctrl+A",),
                ("workspace",), scoped=True,
            ),
        )  # fmt: skip

    def _arrange(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec(
                "edit.comment", "edit", t("Add co&mment"),
                t("Put a note on the canvas, or a frame around the selected blocks."), "comment",
                ("Ctrl+Shift+C",), ("workspace",), separator=True, aliases="note frame group",
            ),
            ActionSpec(
                "edit.fold", "edit", t("Fold into one card"),
                t("One card for the selected blocks, with the settings that you choose on it."), "group",
                ("Ctrl+G",), ("selection",), aliases="group macro collapse", scoped=True,
            ),
            ActionSpec(
                "edit.unfold", "edit", t("Unfold"),
                t("The blocks of a card; for blocks that are shown, take their group apart."), "sweep",
                ("Ctrl+Shift+G",), ("selection",), aliases="ungroup expand macro", scoped=True,
            ),
            ActionSpec(
                "edit.tidy", "edit", t("T&idy up"), t("Arrange the blocks in columns, in the order they run."), "tidy",
                ("Ctrl+Shift+L",), ("has_blocks",), toolbar="edit", aliases="layout arrange align",
            ),
            ActionSpec(
                "edit.preferences", "edit", t("Pre&ferences…"),
                t("Theme, text size, data folder, room on the disk, the hub, the device, defaults of methods."),
                "settings", ("Ctrl+,",), separator=True, aliases="settings theme cache token mirror device font",
            ),
        )  # fmt: skip

    def _run(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec(
                "run.check", "run", t("&Check"),
                t("Look for problems and estimate memory, time and file size; nothing is computed."), "check",
                ("F7",), ("has_blocks", "!running"), toolbar="run", aliases="estimate problems legality",
            ),
            ActionSpec(
                "run.start", "run", t("&Run"),
                t("Check and run the pipeline. Blocks whose result is already there are not computed again."), "run",
                ("F5", "Ctrl+R"), ("has_blocks", "!running"), toolbar="run", aliases="start compress execute",
            ),
            ActionSpec(
                "run.to_here", "run", t("Run to &here"), t("Run the selected block and all that it needs."), "run_to",
                ("Shift+F5",), ("one_block", "!running"), toolbar="run",
            ),
            ActionSpec(
                "run.pause", "run", t("&Pause"), t("Hold at the next safe point; memory is kept."), "pause",
                ("F6",), ("running", "!paused", "!cancelling"), toolbar="run", separator=True,
            ),
            ActionSpec(
                "run.continue", "run", t("C&ontinue"), t("Go on with a paused run."), "run", ("Shift+F6",),
                ("paused", "!cancelling"),
            ),
            ActionSpec(
                "run.stop", "run", t("&Stop and keep"),
                t("End the training of this block after this step and keep what it has learned; the run goes on."),
                "stop", ("F8",), ("trains", "!cancelling"), toolbar="run", aliases="early finish training enough",
            ),
            ActionSpec(
                "run.cancel", "run", t("Ca&ncel"),
                t("Stop at the next safe point. Finished blocks are kept, and the run can be resumed."), "cancel",
                ("Ctrl+.",), ("cancellable",), toolbar="run", aliases="stop abort",
            ),
        )  # fmt: skip

    def _runs(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec(
                "run.survey", "run", t("Sur&vey…"),
                t("Run every method, or chosen ones, beside each other on the model of this pipeline, with the same "
                  "texts and measuring; the results stand side by side in Results."),
                "branch", (), ("!running",), separator=True, aliases="compare all methods benchmark table",
            ),
            ActionSpec(
                "run.rotations", "run", t("Compare rota&tions"),
                t("Run the selected block without rotation, with a random Hadamard one and with a learned one, and "
                  "compare perplexity and kurtosis."),
                "rotation", (), ("rotates", "!running"), aliases="spinquant hadamard kurtosis branches",
            ),
            ActionSpec(
                "run.queue_add", "run", t("&Queue this pipeline"),
                t("Run the pipeline as it is now when the present run is over: go on with other work meanwhile."),
                "queued", ("Ctrl+Shift+R",), ("has_blocks",), separator=True, aliases="wait later next batch",
            ),
            ActionSpec(
                "run.queue", "run", t("Qu&eue…"), t("The pipelines that wait: order, hold, when all will be done."),
                "queued", (), (), aliases="waiting order batch",
            ),
            ActionSpec(
                "run.resume", "run", t("Resume an &interrupted run…"),
                t("Take up a run that was cancelled, failed or was killed, where it stopped."), "resume", (),
                ("!running",), separator=True,
            ),
            ActionSpec(
                "run.history", "run", t("Past r&uns…"),
                t("Look at a run again: its pipeline, charts, metrics and log."), "recent", ("Ctrl+H",),
                ("!running",), aliases="history open results",
            ),
            ActionSpec(
                "run.report", "run", t("Sho&w the run's report"),
                t("Show the report as a page: metrics, the pipeline, curves, layers."), "file",
                (), ("has_run",), aliases="html summary",
            ),
            ActionSpec(
                "run.report_pdf", "run", t("Save the report as P&DF…"),
                t("The same page as a PDF, to be printed or sent."), "save_as", (), ("has_run",),
                aliases="print summary paper",
            ),
            ActionSpec(
                "run.folder", "run", t("Open the run's &folder"),
                t("Show the folder with the report, the log and the artifacts of the last run."), "folder", (),
                ("has_run",), aliases="report artifacts",
            ),
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
        return tuple(
            ActionSpec(
                f"view.{name}", "view", text,
                t("Go to the panel; from there, hide it: {what}").format(what=help), picture,
                (PANEL_KEYS[name],), ("workspace",), checkable=True, aliases="panel show hide pareto table plots",
            )
            for name, text, help, picture in panels
        )  # fmt: skip

    def _view(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        themes = (
            ("system", t("Theme: like the system"), t("Dark or light, as the desktop is."), "system"),
            ("dark", t("Theme: dark"), t("Light text on dark surfaces."), "dark"),
            ("light", t("Theme: light"), t("Dark text on light surfaces."), "light"),
            ("contrast", t("Theme: high contrast"), t("White on black, with strong borders."), "dark"),
        )
        return (
            *self._panels(),
            ActionSpec(
                "view.zoom_in", "view", t("Zoom &in"), t("Make the blocks larger."), "zoom_in", ("Ctrl++", "Ctrl+="),
                ("workspace",), separator=True,
            ),
            ActionSpec(
                "view.zoom_out", "view", t("Zoom o&ut"), t("Make the blocks smaller."), "zoom_out", ("Ctrl+-",),
                ("workspace",),
            ),
            ActionSpec(
                "view.zoom_fit", "view", t("Zoom to &fit"), t("Show the whole pipeline."), "zoom_fit", ("Ctrl+9",),
                ("workspace",), toolbar="view",
            ),
            ActionSpec(
                "view.zoom_actual", "view", t("Actual size"), t("Zoom to 100 %."), "zoom_actual", ("Ctrl+0",),
                ("workspace",),
            ),
            *(
                ActionSpec(
                    f"view.theme_{name}", "view", text, help, picture, checkable=True, group="theme",
                    separator=name == "system", aliases="colors appearance mode",
                )
                for name, text, help, picture in themes
            ),
            ActionSpec(
                "view.watch", "view", t("&Watch"),
                t("Build or watch: the canvas as a strip of results over large charts, as during a run, or all tools."),
                "chart", ("F4",), ("workspace",), checkable=True, separator=True, aliases="build layout mode run",
            ),
            ActionSpec(
                "view.large", "view", t("Large &panels"),
                t("Give the canvas's room to the panels below it: large charts and tables."), "zoom_fit",
                ("Alt+0", "F11"), ("workspace",), checkable=True, aliases="maximize full screen zoom",
            ),
            ActionSpec(
                "view.float", "view", t("F&loat panel"),
                t("Take the panel that you are in out of the window, or put it back."), "float", ("Ctrl+Shift+F",),
                ("workspace",), aliases="undock detach window separate dock",
            ),
            ActionSpec(
                "view.save_layout", "view", t("Sa&ve layout…"),
                t("Keep where the panels are now, floating ones too, under a name."), "save", (), ("workspace",),
                aliases="arrangement perspective",
            ),
            ActionSpec(
                "view.reset_layout", "view", t("Reset la&yout"), t("Put all panels back where they were at first."),
                "layout", (), ("workspace",),
            ),
        )  # fmt: skip

    def _help(self) -> tuple[ActionSpec, ...]:
        t = self.tr
        return (
            ActionSpec(
                "help.palette", "help", t("&Find an action…"), t("Type what you want to do."), "search",
                ("Ctrl+Shift+P",), aliases="command palette",
            ),
            ActionSpec(
                "help.guide", "help", t("&Help"),
                t("Help for the setting or block that you are at, or how the studio is used."), "help", ("F1",),
                aliases="guide manual",
            ),
            ActionSpec(
                "help.shortcuts", "help", t("&Keyboard shortcuts"), t("All shortcuts on one sheet."), "keyboard",
                ("?", "Ctrl+F1"),
            ),
            ActionSpec(
                "help.methods", "help", t("&Methods and their settings"),
                t("What every method does, the paper it comes from, and every setting."), "blocks",
            ),
            ActionSpec(
                "help.responsiveness", "help", t("&Responsiveness"),
                t("How late the window answers, measured now."), "time", aliases="latency fps performance debug",
                separator=True,
            ),
            ActionSpec(
                "help.about", "help", t("&About"), t("Version, licenses, versions of the libraries."), "info",
            ),
        )  # fmt: skip


def _call(slot: Callable[[], object], checked: bool = False) -> None:
    """Drops the argument of ``triggered``, which slots with a default would take for their own."""
    slot()


def _tooltip(spec: ActionSpec, keys: str) -> str:
    """Name in bold, keys, help: the program's own words, and escaped like all others."""
    name, shortcut, text = (html.escape(each, quote=False) for each in (spec.plain_text, keys, spec.help))
    return f"<b>{name}</b>{f'&nbsp; {shortcut}' if shortcut else ''}<br>{text}"
