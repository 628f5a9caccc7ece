"""What docs/privacy.md and the chat promise is what the code does, and they say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.content.load import Content
from bot.engine.model import Target
from bot.engine.session import Session
from bot.engine.turn import open_at
from bot.handlers.limits import FORGET_AFTER
from bot.privacy.keys import EPOCH_SECONDS, KEPT
from bot.record import MESSAGES, Record
from bot.wording import speak
from tests.conftest import NOON, ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
WHOLE = " ".join(PAGE.split())


def test_the_times_are_those_of_the_code() -> None:
    """Who changes a lifetime changes the promise."""
    hours = EPOCH_SECONDS // 3600
    assert hours == 2
    assert "epoch of two hours" in WHOLE
    assert f"at least {KEPT * hours} hours after its last turn" in WHOLE
    assert f"{(KEPT + 1) * hours} hours after it, at most" in WHOLE
    assert f"the last {MESSAGES} messages of each side" in WHOLE
    assert FORGET_AFTER == 600
    assert "keyed hashes of ten minutes" in WHOLE


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w/.]+)`", PAGE))))
def test_every_proof_that_is_named_exists(path: str) -> None:
    """A reader can look it up."""
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(
    "said",
    [
        *("Attacker A", "Attacker B", "switched off", "Telegram", "16 years", "browser history"),
        *("Recital 38", "Art. 5 UAVG", "art. 4(1)", "personal data", "art. 35", "art. 6(1)(e)"),
    ],
)
def test_what_must_be_said_is_said(said: str) -> None:
    """Promise, limits, law."""
    assert said in WHOLE


def words(content: Content, channel: str, *steps: str) -> str:
    said = []
    for step in steps:
        session = Session(channel=channel)
        turn = open_at(content.release, session, Target(step, "privacy"), NOON)
        spoken = speak(content.release, turn.session, NOON)
        said += [bubble.text for bubble in spoken.bubbles]
    return " ".join(said)


def test_the_chat_says_the_limits_itself(real: Content) -> None:
    """Break-in now and later, a machine that is off, the phone, the browser, Telegram, its age."""
    web = words(real, "web", "know", "limits", "computer")
    for part in ("inbreekt", "computer uit", "telefoon", "browser", "leest niemand mee"):
        assert part in web, part
    telegram = words(real, "telegram", "know")
    for part in ("Telegram kent je nummer", "zestien", "website"):
        assert part in telegram, part
    assert not re.search(r"100 ?%|honderd procent", web + telegram)


def test_the_record_is_shown_whole(real: Content) -> None:
    """Each field of a row is named by /watweetje: shown, or said in words that it is there."""
    told = real.release.catalog.say("nl", "engine.record_rest")
    named = {
        "language": "engine.record_language",
        "stack": "engine.record_topic",
        "answers": "engine.record_answer",
        "counted": "engine.record_counted",
        **dict.fromkeys(("asked", "offered", "back"), "welke vragen"),
        **dict.fromkeys(("reply", "sent", "late"), "wat ik als laatste zei"),
        "turn": "hoeveel beurten",
        "unclear": "of ik je begreep",
        **dict.fromkeys(("channel", "seen", "incoming", "outgoing", "erasing"), "In Telegram"),
    }
    fields = {*Session.__struct_fields__, *Record.__struct_fields__} - {"session"}
    assert fields == set(named)
    for words_of_it in named.values():
        assert words_of_it in told or real.release.catalog.has(words_of_it), words_of_it


CONSOLE = sorted((ROOT / "bot" / "handlers" / "console").rglob("*.py"))


@pytest.mark.parametrize("path", CONSOLE, ids=lambda path: path.name)
def test_the_console_has_no_way_to_a_dialogue(path: Path) -> None:
    """It neither opens the live store nor asks the chat for anybody's row."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bflight\(|LiveStore|bot\.record|bot\.privacy\.(seal|keys)\b", text)


def test_links_and_page_are_reachable() -> None:
    """Operators and developers are led here."""
    for page in ("docs/operators/README.md", "docs/operators/telegram.md"):
        assert "privacy.md" in Path(ROOT / page).read_text(encoding="utf-8"), page
