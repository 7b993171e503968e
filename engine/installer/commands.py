"""The installer's command line: ``install`` (also without a word), ``status``, ``rollback``, ``repair``, ``remove``,
``uninstall``, ``update``. The installed program has the same as ``compression-studio self``; its window uses them with
``--events``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.base.errors import BadInput, StudioError
from engine.base.human import bytes_text, printable
from engine.installer import backends, question, steps
from engine.installer.bundle import RELEASE, lock_name, read
from engine.installer.cleaning import remove_version
from engine.installer.hardware import look, system
from engine.installer.layout import NAME, PROGRAM, Installation, data_folder, installation_of
from engine.installer.offer import Offer, said
from engine.installer.origin import origin
from engine.installer.overview import overview
from engine.installer.reporting import Events, Output, as_facts

STEPS = {
    "bundle": "Copying the installer",
    "environment": "Making an environment",
    "packages": "Fetching and installing packages",
    "check": "Testing the new version",
    "record": "Testing the new version",
    "switch": "Switching to the new version",
    "clean": "Removing what is not needed any more",
}
"""`steps.STEPS` in words."""


def main(arguments: Sequence[str] | None = None, bundle: Path | None = None) -> int:
    """Run one command; returns the exit status. ``bundle``: the folder that the installer came in."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if bundle is not None and (not words or (words[0].startswith("-") and words[0] not in ("-h", "--help"))):
        words = ["install", *words]
    output = Output()
    try:
        parsed = _parser(bundle).parse_args(words)
        output = parsed.output = Events() if parsed.events else output
        parsed.command(parsed)
        return 0
    except StudioError as error:
        output.complain("failed", **as_facts(error))
        return error.exit_status
    except KeyboardInterrupt:
        rest = " Uninstall again to remove the rest." if "uninstall" in words[:1] else " Nothing was changed."
        output.complain("cancelled", text=f"Cancelled.{rest}")
        return 130


def _parser(bundle: Path | None) -> argparse.ArgumentParser:
    program = f"{NAME} self" if bundle is None else "installer"
    top = argparse.ArgumentParser(prog=program, description="Install Compression Studio, and what belongs to that.")
    added = top.add_subparsers(metavar="COMMAND", required=True)
    if bundle is not None:
        install = _add(added, "install", _install, "install this version beside the one that is there, test it, switch")
        install.set_defaults(bundle=bundle)
        install.add_argument(
            "--backend", default="", metavar="BUILD", help="cpu, cu130, rocm7.2, xpu, mps; auto: no question"
        )
        install.add_argument("--without-window", action="store_true", help="the command line alone, for servers")
        install.add_argument(
            "--extra", action="append", default=[], metavar="NAME", help="also install an extra: hub, llama"
        )
        install.add_argument("--python", default="", metavar="VERSION", help="such as 3.12, for a folder of wheels")
        install.add_argument("--dry-run", action="store_true", help="only say what would be installed")
    _add(added, "status", _status, "which versions are there")
    _add(added, "rollback", _rollback, "start the version before the current one; once more undoes it")
    repair = _add(added, "repair", _repair, "install the current version once more, test it, switch")
    update = _add(
        added, "update", _update, "look for a newer version, check its signatures, install it beside this one"
    )
    update.add_argument("--check", action="store_true", help="only look")
    one = _add(added, "remove", _remove, "remove a version that is not the current one")
    one.add_argument("version", metavar="VERSION", help="as status names it")
    remove = _add(added, "uninstall", _uninstall, "remove the program; runs and models stay")
    for command in (repair, one, remove, update, *([install] if bundle is not None else [])):
        command.add_argument("--yes", action="store_true", help="do not ask")
    for command in (repair, update, *([install] if bundle is not None else [])):
        command.add_argument(
            "--packages", type=Path, metavar="DIR", help="a folder of wheels, in the place of the network"
        )
    return top


def _add(added: argparse._SubParsersAction, name: str, command: object, text: str) -> argparse.ArgumentParser:  # type: ignore[type-arg]
    parser: argparse.ArgumentParser = added.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(command=command)
    parser.add_argument("--folder", type=Path, metavar="DIR", help="data folder; by default that of the program")
    parser.add_argument("--events", action="store_true", help=argparse.SUPPRESS)
    return parser


def _install(arguments: argparse.Namespace) -> None:
    output = arguments.output
    offer = Offer(read(arguments.bundle), look(), _installation(arguments), not arguments.without_window)
    asks = not (arguments.backend or arguments.yes or arguments.dry_run)
    choice = offer.choose(arguments.backend)
    if asks and not sys.stdin.isatty() and question.can_be_shown():
        question.install(offer, choice, _words(arguments))
        return
    output.say(f"{offer.heading}\n{said(choice)}")
    if asks:
        choice = _ask_for_build(offer, choice)
    output.say(offer.cost(choice))
    if not arguments.dry_run and (not asks or _says_yes("Install?")):
        plan = offer.plan(choice, arguments.extra, arguments.packages, arguments.python)
        install_and_report(arguments, offer.installation, plan)


def _words(arguments: argparse.Namespace) -> list[str]:
    """Options of the command line for the process that installs."""
    named = {"--folder": arguments.folder, "--packages": arguments.packages, "--python": arguments.python}
    words = [word for name, value in named.items() if value for word in (name, str(value))]
    words += [word for extra in arguments.extra for word in ("--extra", extra)]
    return [*words, "--without-window"] if arguments.without_window else words


def install_and_report(arguments: argparse.Namespace, installation: Installation, plan: steps.Plan) -> None:
    """Install, and say how the program is started."""
    name = steps.install(installation, plan, arguments.output.say, _on_step(arguments.output))
    link = steps.add_link(installation)
    if plan.window:
        steps.integrate(installation, [])
    _report_installed(arguments.output, name, f"\nStart it: {link or installation.launcher}")


def _report_installed(output: Output, name: str, more: str = "") -> None:
    output.say(f"Version {name} is installed, tested and the current one.{more}")
    output.emit("done", current=name)


def _on_step(output: Output) -> Callable[[str], None]:
    return lambda step: output.step(steps.STEPS.index(step) + 1, len(steps.STEPS), STEPS[step])


def _ask_for_build(offer: Offer, choice: backends.Choice) -> backends.Choice:
    """The build that a person at a terminal chooses; without a terminal the one that was determined."""
    while sys.stdin.isatty():
        answer = _answer(f"Build to install [{choice.backend}; others: {', '.join(offer.builds)}]: ")
        if not answer:
            break
        try:
            return offer.choose(answer)
        except BadInput as error:
            print(error)
    return choice


def _says_yes(question: str) -> bool:
    if not sys.stdin.isatty():
        raise BadInput("Nothing was changed", why="this is not a terminal", advice="add --yes")
    return _answer(f"{question} [y/N] ").lower() in ("y", "yes")


def _answer(question: str) -> str:
    """The line that a person types; the end of the input is a no to everything."""
    try:
        return input(question).strip()
    except EOFError:
        print()
        raise KeyboardInterrupt from None


def _status(arguments: argparse.Namespace) -> None:
    installation = _there(arguments)
    seen = overview(installation)
    for version in seen.versions:
        arguments.output.say(str(version))
    arguments.output.say(f"{bytes_text(seen.bytes)} in {installation.root}, {bytes_text(seen.free)} free on the disk")
    if seen.current is None:
        raise BadInput(
            "No version is current", where=str(installation.root), advice=f"run: {installation.launcher} self repair"
        )


def _rollback(arguments: argparse.Namespace) -> None:
    name = steps.roll_back(_there(arguments))
    arguments.output.say(f"Version {name} is the current one.")
    arguments.output.emit("done", current=name)


def _repair(arguments: argparse.Namespace) -> None:
    installation, output = _there(arguments), arguments.output
    if arguments.yes or _says_yes("Install the current version once more?"):
        _report_installed(output, steps.repair(installation, output.say, arguments.packages, _on_step(output)))


def _remove(arguments: argparse.Namespace) -> None:
    installation = _there(arguments)
    if arguments.yes or _says_yes(f"Remove version {printable(arguments.version)}?"):
        remove_version(installation, arguments.version)
        arguments.output.say(f"Version {arguments.version} is removed.")
        arguments.output.emit("done", removed=arguments.version)


def _uninstall(arguments: argparse.Namespace) -> None:
    installation = _there(arguments)
    print("To be removed:", *(f"  {path}" for path in steps.to_remove(installation)), sep="\n")
    stays = steps.what_stays(installation)
    print("Your own work stays:" if stays else "The data folder holds nothing else.")
    for path, size in stays:
        print(f"  {path} ({bytes_text(size)})")
    if arguments.yes or _says_yes("Uninstall?"):
        steps.uninstall(installation)
        print("Compression Studio is uninstalled.")


def _update(arguments: argparse.Namespace) -> None:
    from engine.installer.updates import Updates

    installation, output = _there(arguments), arguments.output
    current, _ = installation.current()
    record = installation.record(current)
    if record is None:
        raise BadInput("No version is current", where=str(installation.root), advice="run the installer again")
    updates = Updates(installation, read(installation.bundles / record.bundle))
    newer = updates.newest()
    if newer is None:
        output.say(f"Version {record.version} is the newest.")
        output.emit("newest", version=record.version)
        return
    fetched = newer.fetched(lock_name(system(), record.backend), record.window)
    size = bytes_text(newer.bytes) if fetched is None else f"{bytes_text(fetched)} at most are fetched"
    output.say(f"Version {newer.version} is available ({size}); this is {record.version}.")
    output.emit("newer", version=newer.version, archive=newer.bytes, fetched=fetched, news=newer.news)
    if newer.news:
        output.say(printable(newer.news, keep="\n"))
    if arguments.check or not (arguments.yes or _says_yes("Install it beside this one?")):
        return
    try:
        plan = steps.plan_update(updates.fetch(newer), record, arguments.packages)
        if plan.backend != record.backend:
            output.say(f"Build of torch: {plan.backend}; this version has none for {record.backend}.")
        install_and_report(arguments, installation, plan)
    finally:
        updates.forget()


def _installation(arguments: argparse.Namespace) -> Installation:
    if arguments.folder is not None:
        return Installation(arguments.folder.absolute() / PROGRAM)
    return installation_of() or Installation(data_folder() / PROGRAM)


def _there(arguments: argparse.Namespace) -> Installation:
    """The installation that a command is about. Raises `BadInput` where there is none."""
    installation = _installation(arguments)
    if installation.versions.is_dir():
        return installation
    if arguments.folder is not None or Path(sys.argv[0]).suffix == ".pyz":
        advice = "name the data folder that was installed into by --folder DIR, or install first"
        raise BadInput("Nothing is installed in this folder", where=str(installation.root), advice=advice)
    here = origin()
    advice = f"update it by: {here.command}" if here.command else "use what installed it"
    raise BadInput("This copy was not installed by the installer", why=str(here), advice=advice)


def bundle_beside(program: Path) -> Path | None:
    """The bundle that an installer lies in; None for an installer without one."""
    folder = program.resolve().parent
    return folder if (folder / RELEASE).is_file() else None
