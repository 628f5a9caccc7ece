"""Texts out of the content files: the Babel plug-in and ``lucht extract``.

The plug-in is registered as ``lucht_yaml``, so that ``pybabel extract`` and every translation
tool on top of it see the same texts under the same keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, TypeAlias

from babel.messages.extract import extract_from_dir

from bot.catalog import SOURCE
from bot.content.catalogs import po_path, read_languages
from bot.content.conversations import read_conversation
from bot.content.directory import read_services
from bot.content.frame import read_frame, read_words
from bot.content.load import FRAME_FILES, script_paths
from bot.content.merge import merge, read_catalog, write_catalog
from bot.content.overrides import read_overrides
from bot.content.source import SourceText

Extracted: TypeAlias = tuple[int, str, tuple[str, ...], list[str]]

METHODS = [
    ("conversations/**.yaml", "lucht_yaml"),
    ("directory/services/**.yaml", "lucht_yaml"),
    ("directory/overrides/*.yaml", "lucht_yaml"),
]
DANGER_WORDS = (
    *("first_call", "first_chat", "first_dutch", "open_always", "open_until", "open_until_day"),
    *("free", "speaks", "speaks_unknown"),
)
"""Words on the first line in danger (``conversations/words/service.yaml``)."""

KEYWORDS: Mapping[str, Any] = {"pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}


def extract_yaml(
    fileobj: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[Extracted]:
    """Yield the texts of one content file as Babel wants them; the key is the context."""
    for source in filter(attrgetter("translated"), texts_in(Path(fileobj.name))):
        comments = [source.note] if source.note else []
        if isinstance(source.text, str):
            yield source.line, "pgettext", (source.key, source.text), comments
        else:
            yield source.line, "npgettext", (source.key, *source.text.values()), comments


def texts_in(path: Path) -> list[SourceText]:
    """Return the texts of one content file, whatever kind it is."""
    if {"services", "overrides"} & set(path.parts):
        return _service_texts(path)
    if path.parent.name == "words":
        return read_words(path, path.name)[0]
    if path.name in FRAME_FILES:
        sources = read_frame(path.parent)[0].sources
        return [source for source in sources if source.file.endswith(path.name)]
    return list(read_conversation(path, path.name)[0].sources)


def _service_texts(path: Path) -> list[SourceText]:
    kinds = ("services", "overrides")
    folder = next(parent for parent in path.parents if parent.name in kinds).parent
    name = path.relative_to(folder.parent).as_posix()
    return [source for source in _services(folder) if source.file == name]


def _services(folder: Path) -> list[SourceText]:
    services, texts, _ = read_services(folder)
    return [*texts, *read_overrides(folder, services)[1]]


def sources_of(root: Path) -> list[SourceText]:
    """Return every text below a content folder through the plug-in, in the order of the files."""
    found = extract_from_dir(root, METHODS, keywords=KEYWORDS, comment_tags=())
    return [
        SourceText(str(context), _text(message), "\n".join(comments), file, line)
        for file, line, message, comments, context in found
        if context
    ]


def _text(message: str | tuple[str, ...]) -> str | Mapping[str, str]:
    if isinstance(message, str):
        return message
    return dict(zip(("one", "other"), message[-2:], strict=True))


def update_catalogs(root: Path) -> list[Path]:
    """Bring every catalog below a content folder up to date; return the files that changed.

    The catalog of a language in which no chat is offered holds only what is said in danger.
    """
    languages, _ = read_languages(root / "locales")
    sources, renamed = sources_of(root), _renamed(root)
    spoken = danger_keys(root)
    urgent = [source for source in sources if source.key in spoken]
    changed = []
    for code, language in languages.items():
        path = po_path(root / "locales", code)
        some = sources if language.offered else urgent
        if code != SOURCE and _update(path, some, renamed):
            changed.append(path)
    return changed


def danger_keys(root: Path) -> set[str]:
    """Return the keys of all that is said when danger is heard, and of the words around it."""
    frame = read_frame(root / "conversations")[0].frame
    keys = {key for kind in frame.dangers for key in (kind.say, kind.silent)}
    lines = {line.service for kind in frame.dangers for line in kind.lines}
    keys |= {f"service.{line}.{part}" for line in lines for part in ("after", "say")}
    keys |= {wish.button for name, wish in frame.interrupts.items() if name == "erase"}
    return keys | {"engine.resume"} | {f"service.{word}" for word in DANGER_WORDS}


def _update(path: Path, sources: list[SourceText], renamed: Mapping[str, str]) -> bool:
    old = read_catalog(path) if path.is_file() else None
    buffer = BytesIO()
    write_catalog(buffer, merge(path.parts[-3], sources, old, renamed))
    if path.is_file() and path.read_bytes() == buffer.getvalue():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return True


def _renamed(root: Path) -> dict[str, str]:
    """Return the former beginnings of keys, from ``was`` in the scripts."""
    renamed = {}
    for path in script_paths(root):
        conversation = read_conversation(path, path.name)[0].conversation
        for former, present in conversation.was.items():
            renamed[f"{conversation.id}.{former}"] = f"{conversation.id}.{present}"
    return renamed
