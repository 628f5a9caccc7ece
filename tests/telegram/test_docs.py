"""What an operator can meet in the log stands on the page about Telegram."""

from pathlib import Path

from bot.privacy.log import EVENTS

PAGE = Path(__file__).parents[2] / "docs/operators/telegram.md"


def test_every_event_of_telegram_is_explained() -> None:
    """An event that the page does not name turns this red."""
    page = PAGE.read_text(encoding="utf-8")
    for event in EVENTS:
        if event.startswith("telegram_"):
            assert f"| `{event}` |" in page
