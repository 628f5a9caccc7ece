"""Drafts compiled while somebody writes them: what did not change is taken from what is compiled.

A changed conversation or catalog is read and put into the compiled base, which takes a few
hundredths of a second instead of many seconds. Anything else that a draft changes (the directory,
the frame, words of the product) is compiled whole, once for each change of it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from bot.catalog import Forms
from bot.content import told
from bot.content.catalogs import texts_of
from bot.content.conversations import Script, parse_conversation
from bot.content.edit_heard import is_heard
from bot.content.load import FRAME_FILES, STYLE_FILE, Content
from bot.content.patch import with_catalog, with_script, without_script
from bot.content.told import Finding
from bot.releases.standing import RefusedError
from bot.releases.tree import Tree, release_id
from bot.releases.workshop import Workshop, compiled
from bot.store import releases as shelf
from bot.store.content import ContentStore
from bot.store.releases import Draft, Edit

KEPT = 12
"""Drafts in memory; they share nearly everything with their base."""

KEPT_FILES = 400

T = TypeVar("T")
Name: TypeAlias = tuple[str, str]
"""A path and the hash of what stands there."""

Compiled: TypeAlias = tuple[Content, tuple[str, ...]]
"""A content, and what could not be read of it."""


@dataclass(frozen=True, slots=True)
class View:
    """A draft as it stands: its files, compiled, and what could not be read."""

    draft: Draft
    edits: tuple[Edit, ...]
    base: Tree
    tree: Tree
    content: Content
    problems: tuple[str, ...]
    key: Hashable

    @property
    def changed(self) -> tuple[str, ...]:
        """The files that differ from the base."""
        paths = sorted(self.base.keys() | self.tree.keys())
        return tuple(path for path in paths if self.base.get(path) != self.tree.get(path))


def is_script(path: str) -> bool:
    """Say whether a file is a conversation."""
    parts = path.split("/")
    if parts[0] != "conversations" or not path.endswith(".yaml"):
        return False
    if len(parts) == 2:
        return parts[1] not in (*FRAME_FILES, STYLE_FILE)
    return len(parts) == 3 and parts[1] == "shared"


def language_of(path: str) -> str:
    """Return the language whose catalog a file is, or nothing."""
    parts = path.split("/")
    return parts[1] if parts[0] == "locales" and path.endswith("/LC_MESSAGES/lucht.po") else ""


def _is_quick(path: str) -> bool:
    """Say whether a file can be put into what is compiled already."""
    return is_script(path) or bool(language_of(path))


class Bench:
    """Compiles drafts, and keeps what it read under the hash of each file."""

    def __init__(self, store: ContentStore, workshop: Workshop) -> None:
        """Share the workshop of the desk: a base is compiled there once."""
        self._store = store
        self._workshop = workshop
        self._contents: OrderedDict[Hashable, Compiled] = OrderedDict()
        self._found: OrderedDict[Hashable, tuple[Finding, ...]] = OrderedDict()
        self._proven: OrderedDict[Hashable, tuple[Finding, ...]] = OrderedDict()
        self._proving = asyncio.Lock()
        self._scripts: dict[Name, tuple[Script, list[str]]] = {}
        self._catalogs: dict[Name, Mapping[str, Forms]] = {}
        self._lock = asyncio.Lock()

    async def view(self, draft: str, *, whole: bool = True) -> View:
        """Return a draft as it stands now. Raises `RefusedError` (``no_draft``).

        Not ``whole``: its conversations and translations on everything else of its base, which is
        there at once, for pages that neither play nor prove.
        """
        async with self._store.reading() as connection:
            known = await shelf.draft(connection, draft)
            if known is None:
                raise RefusedError("no_draft")
            edits = await shelf.edits(connection, draft)
            base = await shelf.tree(connection, known.base)
        tree = dict(base)
        for path, blob in {edit.path: edit.blob for edit in edits if edit.path}.items():
            tree.pop(path, None)
            if blob:
                tree[path] = blob
        key, (content, problems) = await self._content(known.base, base, tree, whole)
        return View(known, tuple(edits), base, tree, content, problems, key)

    async def text(self, view: View, path: str) -> str:
        """Return a file of a draft; empty when it has none of this name."""
        name = view.tree.get(path, "")
        async with self._store.reading() as connection:
            blobs = await shelf.blobs(connection, [name] if name else [])
        return blobs[name].decode() if name else ""

    async def quick(self, view: View, script: Script) -> tuple[Finding, ...]:
        """Return what is wrong with a conversation of a draft, without the proof."""
        key = (view.key, script.file)
        if key not in self._found:
            unread = [line for line in view.problems if line.startswith(f"{script.file}:")]
            found = await asyncio.to_thread(told.quick, view.content, script, unread)
            _bounded(self._found, key, found)
        return self._found[key]

    async def proven(self, view: View, script: Script) -> tuple[Finding, ...]:
        """Return who would leave empty-handed; one proof at a time, off the event loop."""
        key = (view.key, script.file)
        async with self._proving:
            if key not in self._proven:
                found = await asyncio.to_thread(told.proven, view.content, script)
                _bounded(self._proven, key, found)
        return self._proven[key]

    def proof(self, view: View, script: Script) -> tuple[Finding, ...] | None:
        """Return the result of a proof that was made of just this, if there is one."""
        return self._proven.get((view.key, script.file))

    async def _content(
        self, release: str, base: Tree, tree: Tree, whole: bool
    ) -> tuple[Hashable, Compiled]:
        changed = {
            path: tree.get(path, "")
            for path in sorted(base.keys() | tree.keys())
            if base.get(path) != tree.get(path) and (whole or _is_quick(path))
        }
        key = (release, tuple(changed.items()))
        async with self._lock:
            known = self._contents.get(key)
            if known is None:
                known = await self._compile(release, tree, changed)
            _bounded(self._contents, key, known)
        return key, known

    async def _compile(self, release: str, tree: Tree, changed: Mapping[str, str]) -> Compiled:
        # Phrases teach the ear, which is not built here: a preview hears as its base does.
        changed = {p: blob for p, blob in changed.items() if not is_heard(p)}
        quick = {p: blob for p, blob in changed.items() if _is_quick(p)}
        slow = {p: blob for p, blob in changed.items() if p not in quick}
        checked = self._workshop.kept(release_id(tree)) if slow else None
        if checked is not None:
            return checked, ()
        async with self._store.reading() as connection:
            wanted = filter(None, tree.values() if slow else quick.values())
            blobs = await shelf.blobs(connection, wanted)
        if slow:
            files = {path: blobs[blob] for path, blob in tree.items()}
            content, problems = await asyncio.to_thread(compiled, files)
            return content, tuple(problems)
        content = await self._workshop.content(release)
        return await asyncio.to_thread(self._patched, content, quick, blobs)

    def _patched(
        self, content: Content, changed: Mapping[str, str], blobs: Mapping[str, bytes]
    ) -> Compiled:
        problems: list[str] = []
        for path, blob in changed.items():
            if language := language_of(path):
                texts = self._catalog(path, blob, blobs)
                content = with_catalog(content, language, texts)
            elif blob:
                script, wrong = self._script(path, blob, blobs)
                content = with_script(content, script)
                problems += wrong
            else:
                content = without_script(content, path)
        return content, tuple(problems)

    def _script(self, path: str, blob: str, blobs: Mapping[str, bytes]) -> tuple[Script, list[str]]:
        def read() -> tuple[Script, list[str]]:
            return parse_conversation(blobs[blob].decode(errors="replace"), path)

        return _kept(self._scripts, (path, blob), read)

    def _catalog(self, path: str, blob: str, blobs: Mapping[str, bytes]) -> Mapping[str, Forms]:
        def read() -> Mapping[str, Forms]:
            return texts_of(blobs[blob], language_of(path)) if blob else {}

        return _kept(self._catalogs, (path, blob), read)


def _bounded(known: OrderedDict[Hashable, T], key: Hashable, value: T) -> None:
    known[key] = value
    known.move_to_end(key)
    while len(known) > KEPT:
        known.popitem(last=False)


def _kept(known: dict[Name, T], key: Name, read: Callable[[], T]) -> T:
    """Return what was read under a name before, or read it."""
    if key not in known:
        if len(known) >= KEPT_FILES:
            known.clear()
        known[key] = read()
    return known[key]
