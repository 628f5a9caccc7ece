"""The command ``lucht``: one verb a function, problems on stderr, exit status 0, 1 or 2."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.config import ConfigError, Settings

ROOT = Path(__file__).resolve().parent.parent
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def clock() -> datetime:
    """Return the time in the Netherlands, the only clock of the shell."""
    return datetime.now(AMSTERDAM)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; return 0 when all is well, 1 with problems, 2 for a wrong command.

    141, as shells count it, when whoever read along (``lucht check | head``) stopped reading.
    """
    options = parser().parse_args(argv)
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        status = verb(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffers goes nowhere, instead of failing again at the very end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
        return 128 + signal.SIGPIPE
    return status


def parser() -> argparse.ArgumentParser:
    """Return the grammar of the command; docs and tests read it too."""
    top = argparse.ArgumentParser(prog="lucht", description="Lucht: an anonymous way to help.")
    top.add_argument("--content", type=Path, default=ROOT, help="folder with the content")
    verbs = top.add_subparsers(required=True, metavar="VERB")
    run = _verb(verbs, "run", _run, "serve web chat, console and Telegram")
    run.add_argument("--public", action="store_true", help="refuse unconfirmed danger numbers")
    chat = _verb(verbs, "chat", _chat, "play a conversation in the terminal; nothing is stored")
    chat.add_argument("conversation", nargs="?", default="", help="start here")
    chat.add_argument("--language", default="nl", help="code of a language, such as ar")
    chat.add_argument("--as", dest="role", default="", help="child, parent or helper")
    chat.add_argument("--age", default="", help="8_11, 12_17 or 18_up")
    chat.add_argument("--place", default="", help="name, postcode or code of a municipality")
    hear = _verb(verbs, "hear", _hear, "tell what is heard in a text, and why; nothing is stored")
    hear.add_argument("text", help="a text in quotes")
    check = _verb(verbs, "check", _check, "check conversations, translations and directory")
    check.add_argument("--missing", action="store_true", help="list every missing translation")
    style = _verb(verbs, "format", _format, "put the content files into the house style")
    style.add_argument("--check", action="store_true", help="only say which files would change")
    _verb(verbs, "extract", _extract, "bring the catalogs up to date with the texts, by key")
    _verb(verbs, "partners", _partners, "print the page of partners and their conversations")
    _release_verbs(verbs)
    _directory_verbs(_verb(verbs, "directory", _help, "exchange the directory as HSDS 3.1 JSON"))
    _moderator_verbs(_verb(verbs, "moderator", _moderator, "let people into the console, or out"))
    _audit_options(_verb(verbs, "audit", _audit, "verify the log of the staff, print its head"))
    return top


def _audit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--head",
        action="append",
        default=[],
        type=_head,
        metavar="NUMBER:HASH",
        help="a head that was kept elsewhere must be in the log; may be repeated",
    )
    parser.add_argument("--list", action="store_true", help="print every entry as a line of JSON")


def _head(text: str) -> tuple[int, str]:
    found = re.fullmatch("([1-9][0-9]{0,9}):([0-9a-f]{64})", text)
    if not found:
        raise argparse.ArgumentTypeError("give a number and a hash, as lucht audit prints them")
    return int(found[1]), found[2]


def _release_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    out = _verb(verbs, "export", _export_release, "write the release that is live to a folder")
    out.add_argument("folder", type=Path, help="its conversations, locales and directory change")
    back = _verb(verbs, "import", _import_release, "check a folder and make it the live release")
    back.add_argument("folder", type=Path, help="folder with conversations, locales, directory")
    back.add_argument("--reason", default="import", help="stands in the history")
    backup = _verb(verbs, "backup", _backup, "copy the content store, also while Lucht runs")
    backup.add_argument("file", type=Path, help="new file; sessions are never in it")
    restore = _verb(verbs, "restore", _restore, "put a backup back, into an empty content store")
    restore.add_argument("file", type=Path, help="what lucht backup wrote")


def _directory_verbs(directory: argparse.ArgumentParser) -> None:
    directory.set_defaults(parser=directory)
    verbs = directory.add_subparsers(metavar="VERB")
    out = _verb(verbs, "export", _export, "write every service to a file")
    out.add_argument("file", type=Path, help="HSDS JSON to write; - for the screen")
    back = _verb(verbs, "import", _import, "show what a file would change, then take it over")
    back.add_argument("file", type=Path, help="HSDS JSON to read")
    back.add_argument("--diff", action="store_true", help="only show what would change")
    back.add_argument("--yes", action="store_true", help="take it over without asking")


def verbs() -> dict[str, argparse.ArgumentParser]:
    """Return the grammar of each verb by its name."""
    choices = [action.choices for action in parser()._actions]
    named = next(found for found in choices if isinstance(found, dict))
    return dict(named)


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=text)
    parser.set_defaults(verb=run)
    return parser


def _municipality(text: str) -> str:
    if not re.fullmatch("GM[0-9]{4}|NL", text):
        raise argparse.ArgumentTypeError("give a code such as GM0150, or NL for everywhere")
    return text


def _moderator_verbs(parser: argparse.ArgumentParser) -> None:
    from bot.staff.roles import NATIONAL, ROLES

    verbs = parser.add_subparsers(required=True, metavar="WHAT", dest="what")
    add = verbs.add_parser("add", help="make an account; print the link that lets its owner in")
    add.add_argument("name")
    roles = ", ".join(ROLES)
    add.add_argument(
        "--role", action="append", choices=ROLES, metavar="ROLE", help=f"{roles}; may be repeated"
    )
    add.add_argument(
        "--municipality",
        action="append",
        default=[],
        type=_municipality,
        metavar="CODE",
        help=f"where a steward works, such as GM0150, or {NATIONAL}; may be repeated",
    )
    verbs.add_parser("list", help="print everybody, with state, roles and municipalities")
    for name, text in (
        ("revoke", "shut somebody out at once"),
        ("reset", "take away how somebody signs in, and print a new link"),
    ):
        verbs.add_parser(name, help=text, description=text).add_argument("name")


def _run(options: argparse.Namespace) -> int:
    from bot.app import StartError, serve
    from bot.privacy.keyfiles import KeyFolderError
    from bot.store.live import StoreError

    try:
        serve(Settings.read(os.environ), options.content, clock, public=options.public)
    except (ConfigError, StartError) as error:
        return _report(error.problems)
    except (KeyFolderError, StoreError) as error:
        return _report([str(error)])
    return 0


def _chat(options: argparse.Namespace) -> int:
    from bot.content.load import load
    from bot.engine.model import Target
    from bot.engine.session import Session
    from bot.engine.turn import open_at
    from bot.handlers.terminal import talk

    content, problems = load(options.content)
    if problems:
        return _report(problems)
    release, now = content.release, clock()
    if options.language not in release.catalog.languages:
        known = ", ".join(release.catalog.languages)
        return _report([f"--language {options.language}: no such language; use one of {known}"])
    if options.conversation and options.conversation not in release.conversations:
        known = ", ".join(sorted(release.conversations))
        return _report([f"{options.conversation}: no such conversation; use one of {known}"])
    answers = {"role": options.role, "age": options.age}
    if options.place:
        found = release.directory.places.search(options.place, now.date())
        if not found:
            return _report([f"--place {options.place}: not found; give a municipality or place"])
        answers["place"] = found[0]
    known_answers = {name: value for name, value in answers.items() if value}
    session = Session(language=options.language, channel="terminal", answers=known_answers)
    start = Target(conversation=options.conversation) if options.conversation else None
    turn = open_at(release, session, start or release.frame.start, now)
    talk(release, turn, sys.stdin, print, clock)
    return 0


def _export_release(options: argparse.Namespace) -> int:
    from bot.releases.carry import export

    return _carried(export(_content_place(), options.folder, clock))


def _import_release(options: argparse.Namespace) -> int:
    from bot.releases.carry import take_in

    return _carried(take_in(_content_place(), options.folder, options.reason, clock))


def _backup(options: argparse.Namespace) -> int:
    from bot.releases.carry import backup

    return _report(backup(_content_place(), options.file))


def _restore(options: argparse.Namespace) -> int:
    from bot.releases.carry import restore

    return _report(restore(_content_place(), options.file))


def _content_place() -> Path | str:
    return Settings.read(os.environ).content_place


def _carried(work: Coroutine[None, None, tuple[str, tuple[str, ...]]]) -> int:
    """Run a verb that moves a release; print its name."""
    import asyncio

    from bot.store.live import StoreError

    try:
        release, problems = asyncio.run(work)
    except StoreError as error:
        return _report([str(error)])
    if not problems:
        print(f"release {release}")
    return _report(problems)


def _hear(options: argparse.Namespace) -> int:
    from bot.content.load import load

    content, problems = load(options.content)
    if problems:
        return _report(problems)
    ear = content.release.hearing
    heard = ear.hear(options.text)
    for name in ("danger", "soft", "interrupt", "language"):
        print(f"{name:<10}{getattr(heard, name) or '-'}")
    print(f"{'topics':<10}{', '.join(heard.topics) or '-'}")
    print("what made the difference:")
    for clue in ear.explain(options.text):
        print(f"  {clue.share:+.2f}  {clue.name:<12}{clue.what}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from bot.content.report import examine

    report = examine(options.content, clock().date())
    for line in report.summary(missing=options.missing):
        print(line)
    return _report(report.problems)


def _format(options: argparse.Namespace) -> int:
    from bot.content.style import formatted, unformatted

    changed = unformatted(options.content)
    for path in changed:
        print(path.relative_to(options.content))
        if not options.check:
            path.write_text(formatted(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 1 if changed and options.check else 0


def _extract(options: argparse.Namespace) -> int:
    from bot.content.extract import update_catalogs

    for path in update_catalogs(options.content):
        print(path.relative_to(options.content))
    return 0


def _partners(options: argparse.Namespace) -> int:
    from bot.content.load import load
    from bot.content.partners import partners_page

    content, problems = load(options.content)
    if not problems:
        print(partners_page(content), end="")
    return _report(problems)


def _help(options: argparse.Namespace) -> int:
    options.parser.print_help()
    return 2


def _export(options: argparse.Namespace) -> int:
    from bot.content.exchange import export
    from bot.content.load import load

    content, problems = load(options.content)
    if problems:
        return _report(problems)
    text = export(content, clock())
    if options.file == Path("-"):
        print(text, end="")
    else:
        options.file.write_text(text, encoding="utf-8")
    return 0


def _import(options: argparse.Namespace) -> int:
    from bot.content.exchange import plan, take_over
    from bot.content.load import load

    planned = plan(options.content, options.file, clock().date())
    for line in planned.lines():
        print(line)
    if planned.problems or options.diff or not planned.changes:
        print("nothing was taken over")
        return _report(planned.problems)
    if not options.yes and input("Take this over? Type yes: ").strip() != "yes":
        print("nothing was taken over")
        return 0
    content, _ = load(options.content)
    for path in take_over(options.content, planned.entries, content):
        print(path.relative_to(options.content))
    return 0


def _moderator(options: argparse.Namespace) -> int:
    from bot.letting_in import LettingIn, LettingInError
    from bot.store.live import StoreError

    try:
        people = LettingIn(Settings.read(os.environ), clock)
        if options.what == "list":
            lines = people.everybody()
        elif options.what == "add":
            roles = options.role or ["administrator"]
            lines = [people.add(options.name, roles, options.municipality)]
        else:
            act = people.reset if options.what == "reset" else people.revoke
            lines = [act(options.name)]
    except ConfigError as error:
        return _report(error.problems)
    except (LettingInError, StoreError) as error:
        return _report([str(error)])
    for line in lines:
        print(line)
    return 0


def _audit(options: argparse.Namespace) -> int:
    from bot.auditing import examined
    from bot.store.live import StoreError

    try:
        settings = Settings.read(os.environ)
        lines, problems = examined(settings, dict(options.head), whole=options.list)
    except ConfigError as error:
        return _report(error.problems)
    except StoreError as error:
        return _report([str(error)])
    for line in lines:
        print(line)
    return _report(problems)


def _report(problems: Sequence[str]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0
