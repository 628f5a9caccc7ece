"""What handlers share, as typed keys of the application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from bot.config import Settings

if TYPE_CHECKING:
    from bot.chat import Chat

CHAT: web.AppKey[Chat] = web.AppKey("chat")
SETTINGS = web.AppKey("settings", Settings)
CLOCK: web.AppKey[Callable[[], datetime]] = web.AppKey("clock")
"""Now, in Europe/Amsterdam."""
