"""A release as the tree of files that git would hold: path to hash, named by its content.

Two trees with the same files have the same id, wherever and whenever they were made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

FOLDERS = ("conversations", "directory", "locales")
SUFFIXES = frozenset({".yaml", ".csv", ".po"})
LARGEST = 4 * 1024 * 1024
"""Bytes that a file may have; the largest catalog has a tenth of it."""

Tree: TypeAlias = Mapping[str, str]
"""Path below the content folder, with ``/``, to the hash of the file."""

Files: TypeAlias = Mapping[str, bytes]

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[a-z]+)?")


def is_content(path: str) -> bool:
    """Say whether a path may stand in a release: in one of three folders, never outside them."""
    parts = path.split("/")
    known = parts[0] in FOLDERS and 2 <= len(parts) <= 6 and len(path) <= 160
    return known and all(map(_PART.fullmatch, parts)) and Path(path).suffix in SUFFIXES


def blob_id(content: bytes) -> str:
    """Return the hash that names a file's content (BLAKE2b, 256 bits, hex)."""
    return blake2b(content, digest_size=32).hexdigest()


def tree_of(files: Files) -> dict[str, str]:
    """Return the tree of some files."""
    return {path: blob_id(files[path]) for path in sorted(files)}


def release_id(tree: Tree) -> str:
    """Return the name of a release (BLAKE2b, 128 bits, hex): it says which files it holds."""
    lines = "".join(f"{tree[path]} {path}\n" for path in sorted(tree))
    return blake2b(lines.encode(), digest_size=16).hexdigest()


def read_files(root: Path) -> dict[str, bytes]:
    """Return every file of a release that stands below a folder; links are not followed."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in _content_paths(root)}


def write_files(root: Path, files: Files) -> None:
    """Write the files of a release below a folder, byte for byte, and remove the others of it.

    What is no file of a release (a README, a script) stays. Raises `ValueError` for a path that
    may not stand in a release.
    """
    for path in files:
        if not is_content(path):
            raise ValueError(f"{path}: no file of a release; it is not written")
    for old in list(_content_paths(root)):
        if old.relative_to(root).as_posix() not in files:
            old.unlink()
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _content_paths(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and not path.is_symlink() and is_content(name):
                yield path
