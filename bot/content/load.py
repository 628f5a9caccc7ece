"""Read a folder of content whole, and compile it into one immutable release.

Nothing half-read is ever served: either there is a release without a problem that could hurt
somebody, or there are problems, all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.catalog import Catalog
from bot.content.catalogs import Entries, build_catalog, read_languages
from bot.content.conversations import Script, Transcript, read_conversation
from bot.content.directory import read_services
from bot.content.ear import Example, build, lesson, shelves
from bot.content.frame import Surroundings, read_frame, read_words
from bot.content.heard import HeardFile, read_heard
from bot.content.holidays import read_holidays
from bot.content.overrides import read_overrides
from bot.content.places import read_places
from bot.content.routes import Route, read_routes
from bot.content.schemes import read_schemes
from bot.content.source import SourceText
from bot.content.tone import Style, read_style
from bot.directory import Directory
from bot.engine.model import Release
from bot.hearing import Hearing
from bot.releases.tree import read_files, release_id, tree_of

FRAME_FILES = ("lucht.yaml", "gevaar.yaml")
STYLE_FILE = "stijl.yaml"


@dataclass(frozen=True, slots=True)
class Content:
    """A release with what the checks and the tools need beside it."""

    release: Release
    scripts: Mapping[str, Script]
    sources: tuple[SourceText, ...]
    style: Style
    entries: Entries
    routes: tuple[Route, ...] = ()

    @property
    def transcripts(self) -> tuple[Transcript, ...]:
        """Every test that stands in a script."""
        return tuple(test for script in self.scripts.values() for test in script.transcripts)


def load(root: Path) -> tuple[Content, list[str]]:
    """Read ``conversations/``, ``locales/`` and ``directory/`` below a folder.

    Returns the content and every problem of reading. With problems, the content is only fit for
    further checks.
    """
    surroundings, problems = read_frame(root / "conversations")
    scripts = _scripts(root, problems)
    words = _words(root, problems)
    directory, service_texts = _directory(root, problems)
    sources = (
        *surroundings.sources,
        *(text for script in scripts.values() for text in script.sources),
        *words,
        *service_texts,
    )
    languages, language_problems = read_languages(root / "locales")
    problems += language_problems
    catalog, entries = build_catalog(root / "locales", languages, sources)
    kinds = tuple(kind.id for kind in surroundings.frame.dangers)
    heard, heard_problems = read_heard(root / "conversations" / "heard", kinds)
    problems += heard_problems
    conversations = {name: script.conversation for name, script in scripts.items()}
    release = Release(
        id=release_id(tree_of(read_files(root))),
        frame=surroundings.frame,
        conversations=conversations,
        catalog=catalog,
        directory=directory,
        hearing=build_hearing(
            root, surroundings, scripts, catalog, heard, directory.places.names()
        ),
    )
    style, style_problems = read_style(root)
    routes, route_problems = read_routes(root / "directory")
    problems += [*style_problems, *route_problems]
    return Content(release, scripts, sources, style, entries, routes), problems


def script_paths(root: Path) -> list[Path]:
    """Return the conversation files below a content folder, in order."""
    folder = root / "conversations"
    found = [*sorted(folder.glob("*.yaml")), *sorted(folder.glob("shared/*.yaml"))]
    return [path for path in found if path.name not in (*FRAME_FILES, STYLE_FILE)]


def word_paths(root: Path) -> list[Path]:
    """Return the files of the product's own words."""
    return sorted((root / "conversations" / "words").glob("*.yaml"))


def name_of(root: Path, path: Path) -> str:
    """Return what problems call a file."""
    return path.relative_to(root).as_posix()


def _scripts(root: Path, problems: list[str]) -> dict[str, Script]:
    scripts: dict[str, Script] = {}
    for path in script_paths(root):
        script, found = read_conversation(path, name_of(root, path))
        problems += found
        if path.stem in scripts:
            problems.append(f"{script.file}:1: '{path.stem}' exists twice; rename one of the files")
        scripts[path.stem] = script
    return scripts


def _words(root: Path, problems: list[str]) -> list[SourceText]:
    texts: list[SourceText] = []
    for path in word_paths(root):
        found, wrong = read_words(path, name_of(root, path))
        texts += found
        problems += wrong
    return texts


def _directory(root: Path, problems: list[str]) -> tuple[Directory, list[SourceText]]:
    folder = root / "directory"
    services, texts, wrong = read_services(folder)
    places, place_problems = read_places(folder)
    holidays, holiday_problems = read_holidays(folder)
    schemes, scheme_problems = read_schemes(folder, services, places.municipalities)
    editions, own_texts, own_problems = read_overrides(folder, services)
    problems += [*wrong, *place_problems, *holiday_problems, *scheme_problems, *own_problems]
    return Directory(services, places, holidays, schemes, editions), [*texts, *own_texts]


def build_hearing(
    root: Path,
    surroundings: Surroundings,
    scripts: Mapping[str, Script],
    catalog: Catalog,
    files: Sequence[HeardFile],
    places: Iterable[str],
) -> Hearing:
    """Build the ear of a release from the example phrases of all languages."""

    def phrases(key: str) -> list[str]:
        return [p for some in catalog.phrases(key).values() for p in some] if key else []

    frame = surroundings.frame
    dutch = [
        *(
            Example(p, "nl", danger=kind.id)
            for kind in frame.dangers
            for p in phrases(kind.heard_as)
        ),
        *(Example(p, "nl") for key in surroundings.harmless for p in phrases(key)),
        *(
            Example(p, "nl", topic=name)
            for name, script in scripts.items()
            for p in phrases(script.conversation.heard_as)
        ),
    ]
    wishes = {
        p: i.id
        for i in frame.interrupts.values()
        for p in (*phrases(i.heard_as), *phrases(i.button), i.command)
    }
    wishes |= {lang.name: f"language.{code}" for code, lang in catalog.languages.items()}
    kinds = tuple(kind.id for kind in frame.dangers)
    taught = lesson(kinds, dutch, files, wishes, frame.urgent)
    return build(taught, shelves(root), places)
