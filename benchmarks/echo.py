"""The other side of the comparison: a stateless echo as python-telegram-bot's manual shows it.

Its default client (httpx), its typed objects, all updates at once; a webhook on aiohttp, because
python-telegram-bot's own needs an extra package and is no faster. Nothing is stored.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Say the same."""
    assert update.message
    assert update.message.text
    await update.message.reply_text(update.message.text)


async def serve(port: int, api: str) -> None:
    """Answer the webhook until the process is ended."""
    builder = Application.builder().token("1:fake").base_url(f"{api}/bot").updater(None)
    bot = builder.concurrent_updates(True).build()
    bot.add_handler(MessageHandler(filters.TEXT, echo))

    async def receive(request: web.Request) -> web.Response:
        await bot.process_update(Update.de_json(await request.json(), bot.bot))
        return web.Response()

    app = web.Application()
    app.router.add_post("/telegram", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    async with bot:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
