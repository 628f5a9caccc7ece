"""What exists is documented: an undocumented setting or verb turns this red."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from bot.cli import verbs
from bot.config import TABLE, Setting
from bot.content.conversations import KINDS
from bot.content.frame import ACTIONS

ROOT = Path(__file__).parents[1]
SETTINGS = (ROOT / "docs/operators/settings.md").read_text(encoding="utf-8")
DEVELOPERS = (ROOT / "docs/developers/README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
VERBS = re.findall(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)[0].split()
PAGES = sorted([*ROOT.glob("*.md"), *(path for path in ROOT.glob("docs/**/*") if path.is_file())])
TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES if path.suffix != ".png"}


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.name)
def test_every_setting_is_documented_as_it_is(setting: Setting) -> None:
    """The row in the documentation says the same as the row in the table."""
    row = f"| `{setting.name}` | {setting.kind} | {setting.default} | {setting.help} |"
    assert row in SETTINGS.splitlines()


def test_no_setting_is_documented_that_does_not_exist() -> None:
    """Every row of the documentation, and every setting named on any page, is in the table."""
    known = [setting.name for setting in TABLE]
    assert re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE) == known
    for path, text in TEXTS.items():
        named = set(re.findall(r"\b(?:LUCHT|TELEGRAM)_[A-Z_]*[A-Z]\b", text))
        assert named <= set(known), path


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_explained_to_developers(verb: str) -> None:
    """A verb of the Makefile has a row of its own in the developers' page."""
    assert f"| `make {verb}` |" in DEVELOPERS


def test_make_help_lists_every_verb() -> None:
    """Who types `make help` sees each verb with a sentence."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--no-print-directory", "help"]
    shown = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    lines = [line.split(maxsplit=2) for line in shown.stdout.splitlines()]
    assert sorted(verb for _, verb, sentence in lines if sentence) == sorted(VERBS)


def test_no_page_names_a_verb_that_does_not_exist() -> None:
    """What a page tells the reader to type exists."""
    for path, text in TEXTS.items():
        typed = re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)
        assert set(typed) <= set(VERBS), path


def test_links_between_pages_lead_somewhere() -> None:
    """A link to another file of the project finds it."""
    for path, text in TEXTS.items():
        for target in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", text):
            assert (path.parent / target).exists(), f"{path.relative_to(ROOT)}: {target}"


def test_every_verb_of_the_command_is_documented_as_it_says_itself() -> None:
    """`docs/command.md` has one row a verb, in the words of `--help`."""
    text = (ROOT / "docs/command.md").read_text(encoding="utf-8")
    said = [f"| `lucht {name}` | {verb.description} |" for name, verb in verbs().items()]
    assert re.findall(r"^\| `lucht .*", text, re.MULTILINE) == said


def test_every_kind_of_step_is_explained_to_moderators() -> None:
    """Each of the six kinds has a row in the table of the page on conversations."""
    text = (ROOT / "docs/moderators/conversations.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE)[:6]) == sorted(KINDS)


def test_every_interrupt_can_be_typed_pressed_and_commanded() -> None:
    """The page shows each action that an interrupt may have."""
    text = (ROOT / "docs/moderators/conversations.md").read_text(encoding="utf-8")
    for action in ACTIONS[1:]:
        assert f"action: {action}" in text
