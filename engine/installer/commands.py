"""The installer's command line: ``install`` (also without a word), ``status``, ``rollback``, ``repair``, ``uninstall``,
``update``. The installed program has the same as ``compression-studio self``."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.base.errors import BadInput, StudioError
from engine.base.human import bytes_text, printable
from engine.installer import backends, steps
from engine.installer.bundle import RELEASE, Bundle, Lock, read
from engine.installer.environment import Packages
from engine.installer.hardware import Machine, look
from engine.installer.layout import NAME, PROGRAM, Installation, data_folder, installation_of

WORDS = ("install", "status", "rollback", "repair", "uninstall", "update")
INSTALLED_BY = "the installer"


def main(arguments: Sequence[str] | None = None, bundle: Path | None = None) -> int:
    """Run one command; returns the exit status. ``bundle``: the folder that the installer came in."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if bundle is not None and (not words or (words[0].startswith("-") and words[0] not in ("-h", "--help"))):
        words = ["install", *words]
    try:
        parsed = _parser(bundle).parse_args(words)
        parsed.command(parsed)
        return 0
    except StudioError as error:
        print(f"{NAME}: {printable(str(error))}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print(f"{NAME}: Cancelled. Nothing was changed.", file=sys.stderr)
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
    remove = _add(added, "uninstall", _uninstall, "remove the program; runs and models stay")
    for command in (repair, remove, update, *([install] if bundle is not None else [])):
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
    return parser


def _install(arguments: argparse.Namespace) -> None:
    bundle = read(arguments.bundle)
    machine = look()
    window = not arguments.without_window
    builds = bundle.builds(machine) or backends.PUBLISHED
    print(f"Compression Studio {bundle.version} ({bundle.code})\nThis machine: {printable(str(machine))}")
    named = arguments.backend not in ("", "auto")
    choice = backends.check(arguments.backend, machine, builds, window) if named else None
    choice = choice or backends.choose(machine, builds, window)
    print(f"Build of torch: {choice.backend}, for {printable(choice.why)}.")
    if choice.advice:
        print(f"Note: {printable(choice.advice)}.")
    if not arguments.backend and not arguments.yes and not arguments.dry_run:
        choice = _ask_for_build(choice, machine, builds, window)
    installation = _installation(arguments)
    lock = bundle.lock(machine, choice.backend)
    print(f"{_fetched(lock)}\nFolder: {installation.root} ({bytes_text(_free(installation.root))} free)")
    if arguments.dry_run or not (arguments.yes or arguments.backend or _says_yes("Install?")):
        return
    extras = (*(("window",) if window else ()), "update", *arguments.extra)
    packages = Packages(extras, arguments.packages)
    install_and_tell(installation, steps.Plan(bundle, choice.backend, lock, packages, python=arguments.python))


def install_and_tell(installation: Installation, plan: steps.Plan) -> None:
    """Install, and say how the program is started."""
    name = steps.install(installation, plan, print)
    link = steps.add_link(installation)
    if plan.window:
        steps.integrate(installation, [])
    print(f"Version {name} is installed, tested and the current one.\nStart it: {link or installation.launcher}")


def _fetched(lock: Lock | None) -> str:
    if lock is None:
        return "To be fetched: this installer has no list of packages for this system, so the size is not known."
    return f"To be fetched: {lock.packages} packages, {bytes_text(lock.bytes)} at most; what is in the cache is not."


def _ask_for_build(choice: backends.Choice, machine: Machine, builds: Sequence[str], window: bool) -> backends.Choice:
    """The build that a person at a terminal chooses; without a terminal the one that was determined."""
    if not sys.stdin.isatty():
        return choice
    while True:
        answer = input(f"Build to install [{choice.backend}; others: {', '.join(builds)}]: ").strip()
        if not answer:
            return choice
        try:
            return backends.check(answer, machine, builds, window)
        except BadInput as error:
            print(error)


def _says_yes(question: str) -> bool:
    if not sys.stdin.isatty():
        raise BadInput("Nothing was changed", why="this is not a terminal", advice="add --yes")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _status(arguments: argparse.Namespace) -> None:
    installation = _there(arguments)
    current, before = installation.current()
    for name in installation.names():
        record = installation.record(name)
        marks = "current" if name == current else "before it" if name == before else ""
        what = (
            f"{record.backend}, code {record.code}" if record else "not whole: it is removed by the next installation"
        )
        print(f"{name:12}{marks:12}{what}")
    if not current:
        raise BadInput(
            "No version is current", where=str(installation.root), advice=f"run: {installation.launcher} self repair"
        )


def _rollback(arguments: argparse.Namespace) -> None:
    print(f"Version {steps.roll_back(_there(arguments))} is the current one.")


def _repair(arguments: argparse.Namespace) -> None:
    installation = _there(arguments)
    if arguments.yes or _says_yes("Install the current version once more?"):
        name = steps.repair(installation, Packages(find=arguments.packages), print)
        print(f"Version {name} is installed, tested and the current one.")


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

    installation = _there(arguments)
    current, _ = installation.current()
    record = installation.record(current)
    if record is None:
        raise BadInput("No version is current", where=str(installation.root), advice="run the installer again")
    updates = Updates(installation, read(installation.bundles / record.bundle))
    newer = updates.newest()
    if newer is None:
        print(f"Version {record.version} is the newest.")
        return
    print(f"Version {newer.version} is there ({bytes_text(newer.bytes)}); this is {record.version}.")
    if arguments.check or not (arguments.yes or _says_yes("Install it beside this one?")):
        return
    bundle: Bundle = updates.fetch(newer)
    lock = bundle.lock(look(), record.backend)
    extras = (*(("window",) if record.window else ()), "update")
    install_and_tell(installation, steps.Plan(bundle, record.backend, lock, Packages(extras, arguments.packages)))


def _installation(arguments: argparse.Namespace) -> Installation:
    if arguments.folder is not None:
        return Installation(arguments.folder.absolute() / PROGRAM)
    return installation_of() or Installation(data_folder() / PROGRAM)


def _there(arguments: argparse.Namespace) -> Installation:
    """The installation that a command is about. Raises `BadInput` where there is none."""
    installation = _installation(arguments)
    if not installation.versions.is_dir():
        why = "it came by pip, uv or a package of the system"
        advice = "use what installed it, or name the data folder: --folder DIR"
        raise BadInput(
            f"This copy was not installed by {INSTALLED_BY}", where=str(installation.root), why=why, advice=advice
        )
    return installation


def _free(folder: Path) -> int:
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    return shutil.disk_usage(there).free


def bundle_beside(program: Path) -> Path | None:
    """The bundle that an installer lies in; None for an installer without one."""
    folder = program.resolve().parent
    return folder if (folder / RELEASE).is_file() else None
