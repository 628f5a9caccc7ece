"""``lucht format``: the one style of the content files. Comments and order stay."""

from __future__ import annotations

from pathlib import Path

from bot.content.roundtrip import opened, written


def formatted(text: str) -> str:
    """Return a content file in the house style. The meaning is the same; so is every comment.

    Raises:
        ruamel.yaml.error.YAMLError: the text is no YAML; ``lucht check`` says where.
    """
    return written(opened(text))


def unformatted(root: Path) -> list[Path]:
    """Return the content files below a folder that are not in the house style."""
    return [path for path in content_files(root) if formatted(_read(path)) != _read(path)]


def content_files(root: Path) -> list[Path]:
    """Return every YAML file that people write."""
    folders = ("conversations", "directory/services", "directory/overrides", "directory/limits")
    found = [path for folder in folders for path in sorted((root / folder).rglob("*.yaml"))]
    alone = (root / "directory" / name for name in ("schemes.yaml", "norms.yaml"))
    return [*found, *(path for path in alone if path.exists())]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
