"""The page of partners says what the content does, and nothing more."""

from __future__ import annotations

from pathlib import Path

from bot.content.load import Content, load
from bot.content.partners import ends, partner_rows, partners_page
from tests.conftest import ROOT, edit


def ends_of(content: Content, conversation: str) -> list[str]:
    """Return the ids of the services at which a conversation can end."""
    release = content.release
    return [service.id for service in ends(release, release.conversations[conversation])]


def loaded(root: Path) -> Content:
    content, problems = load(root)
    assert problems == []
    return content


def test_the_page_in_the_docs_is_up_to_date() -> None:
    """A change of the content is in the page; `lucht partners > docs/partners.md` puts it there."""
    page = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
    assert page == partners_page(loaded(ROOT)), "run: lucht partners > docs/partners.md"


def test_every_partner_of_the_content_has_a_row_that_ends_at_help() -> None:
    """Whoever is named behind a conversation stands behind real services."""
    content = loaded(ROOT)
    named = {p for c in content.release.conversations.values() for p in c.partners}
    rows = partner_rows(content)
    assert {row.partner for row in rows} == named
    assert [row.conversation.id for row in rows if not row.services] == []


def test_a_partner_behind_two_conversations_has_two_rows(root: Path) -> None:
    edit(root, "conversations/eten.yaml", "start: ", "partners: [Bakker, Aldi]\nstart: ")
    edit(root, "conversations/praten.yaml", "start: ", "partners: [Aldi]\nstart: ")
    rows = partner_rows(loaded(root))
    assert [(row.partner, row.conversation.id) for row in rows] == [
        ("Aldi", "eten"),
        ("Aldi", "praten"),
        ("Bakker", "eten"),
    ]


def test_a_conversation_ends_at_what_it_finds_and_at_what_its_words_name(root: Path) -> None:
    """The food bank is found; the line that is always open is named in a sentence."""
    assert ends_of(loaded(root), "eten") == ["altijd", "eetbank"]


def test_what_only_an_empty_search_shows_is_no_end(root: Path) -> None:
    """A step that is reached only when nothing was found does not count."""
    edit(
        root,
        "conversations/eten.yaml",
        "no: {text: Nee, goto: now}",
        "no: {text: Nee, goto: where}",
    )
    edit(
        root,
        "conversations/eten.yaml",
        "  now: {say: 'Bel vandaag nog {altijd.phone}.', goto: where}\n",
        "",
    )
    edit(
        root,
        "conversations/eten.yaml",
        "Ik vond niets bij jou in de buurt.",
        "'Bel {altijd.phone}.'",
    )
    assert ends_of(loaded(root), "eten") == ["eetbank"]


def test_a_service_that_stopped_or_is_for_others_is_no_end(root: Path) -> None:
    """Only active services that somebody of this conversation may use are ends."""
    edit(root, "conversations/eten.yaml", "for: [child, parent]", "for: [parent]")
    edit(root, "conversations/eten.yaml", "find: {need: food", "find: {need: talk")
    assert ends_of(loaded(root), "eten") == ["altijd", "eetbank"]
    services = "directory/services/all.yaml"
    before = (root / services).read_text(encoding="utf-8")
    edit(root, services, before, before.replace("status: active", "status: stopped"))
    assert ends_of(loaded(root), "eten") == []
