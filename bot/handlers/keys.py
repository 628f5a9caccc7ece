"""What handlers share, as typed keys of the application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from bot.config import Settings

if TYPE_CHECKING:
    from bot.catalog import Catalog
    from bot.chat import Chat
    from bot.releases.bench import Bench
    from bot.releases.desk import Desk
    from bot.store.content import ContentStore
    from bot.tally import Tally

CHAT: web.AppKey[Chat] = web.AppKey("chat")
SETTINGS = web.AppKey("settings", Settings)
CLOCK: web.AppKey[Callable[[], datetime]] = web.AppKey("clock")
"""Now, in Europe/Amsterdam."""
CONTENT: web.AppKey[ContentStore] = web.AppKey("content")
"""Releases, staff and their log."""
WORDS: web.AppKey[Catalog] = web.AppKey("words")
"""Words of the console: of the content that this server came with, whatever release is live."""
TALLY: web.AppKey[Tally] = web.AppKey("tally")
"""What live chats count."""
DESK: web.AppKey[Desk] = web.AppKey("desk")
"""Drafts, approvals, and what is live."""
BENCH: web.AppKey[Bench] = web.AppKey("bench")
"""Drafts compiled while somebody writes them."""
