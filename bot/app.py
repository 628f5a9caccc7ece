"""The composition root: from settings and a folder of content to a server that runs."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from socket import gaierror

from aiohttp import web

from bot.chat import Chat
from bot.config import Settings
from bot.content.load import Content
from bot.content.report import danger_unconfirmed, examine
from bot.engine.model import Release, counted
from bot.handlers import console, health, keys, telegram, webchat
from bot.links import Round
from bot.privacy.keys import KeyRing
from bot.privacy.log import event
from bot.privacy.quiet import forbid_core_dumps, quiet_libraries, quiet_loop
from bot.releases.bench import Bench
from bot.releases.desk import Desk
from bot.releases.live import Follower
from bot.releases.tree import read_files
from bot.store.content import ContentStore
from bot.store.live import LiveStore
from bot.tally import Tally


class StartError(Exception):
    """The content or the directory does not allow a start. ``problems`` holds every reason."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def serve(
    settings: Settings, root: Path, clock: Callable[[], datetime], *, public: bool = False
) -> None:
    """Serve until stopped. A broken content file stops the start, with all its errors.

    Raises:
        StartError: nothing was started; every problem is in it.
    """
    content = load_content(root, clock, public=public)
    quiet_libraries()
    forbid_core_dumps()
    try:
        _run(settings, content, clock, root, public)
    except OSError as error:
        of_a_file = error.filename is not None
        if of_a_file or (error.errno not in _NO_ADDRESS and not isinstance(error, gaierror)):
            raise
        raise StartError((_no_address(settings, error),)) from None


# Bound by somebody else, not ours to bind, not of this machine; from Python 3.13 on asyncio says
# the last without a number.
_NO_ADDRESS = (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL, None)


def _no_address(settings: Settings, error: OSError) -> str:
    why = (
        os.strerror(error.errno or errno.EADDRNOTAVAIL)
        if not isinstance(error, gaierror)
        else "no such host"
    )
    return (
        f"LUCHT_HOST, LUCHT_PORT: cannot listen on {settings.host}, port {settings.port} ({why}); "
        "stop what listens there, or choose another"
    )


def _run(
    settings: Settings, content: Content, clock: Callable[[], datetime], root: Path, public: bool
) -> None:
    web.run_app(
        build(settings, content.release, clock, root, public=public, compiled=content),
        host=settings.host,
        port=settings.port,
        access_log=None,
        print=None,
        loop=asyncio.new_event_loop(),
    )


def load_content(root: Path, clock: Callable[[], datetime], *, public: bool) -> Content:
    """Read and check the content; return the release with its scripts and texts."""
    report = examine(root, clock().date(), fully=False)
    waiting = danger_unconfirmed(report.content) if public and not report.problems else []
    if report.problems or waiting:
        raise StartError((*report.problems, *waiting))
    return report.content


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            (
                f"{path}: cannot be the data folder ({error.strerror}); point LUCHT_DATA at a "
                "folder that belongs to the user that runs Lucht",
            )
        ) from None


def build(
    settings: Settings,
    release: Release,
    clock: Callable[[], datetime],
    root: Path | None = None,
    *,
    public: bool = False,
    compiled: Content | None = None,
) -> web.Application:
    """Return the application with everything wired; tests replace what they like before start.

    ``root`` is the folder that ``release`` was read from: with it, that is the first release in
    the content store; without it, ``release`` is live until something is published. ``compiled``
    is the same with its scripts and texts: the console then compiles nothing on its first visit.

    Raises:
        StartError: the data folder cannot be used.
    """
    _make_folder(settings.data)
    app = web.Application(client_max_size=64 * 1024)
    app[keys.SETTINGS] = settings
    app[keys.CLOCK] = clock

    @asynccontextmanager
    async def chat(app: web.Application) -> AsyncIterator[None]:
        with KeyRing(settings.keys) as ring:
            async with LiveStore.open(settings.live_file, ring) as store:
                app[keys.CHAT] = Chat(release, store, clock, app[keys.TALLY].add)
                event("started", conversations=len(release.conversations))
                async with _following(app, release):
                    yield

    @asynccontextmanager
    async def content(app: web.Application) -> AsyncIterator[None]:
        async with ContentStore.open(settings.content_place) as store:
            app[keys.CONTENT] = store
            app[keys.DESK] = Desk(store, clock, public=public)
            app[keys.BENCH] = Bench(store, app[keys.DESK].workshop)
            if compiled is not None:
                app[keys.DESK].workshop.keep(compiled)
            if root is not None:
                await app[keys.DESK].begin(await asyncio.to_thread(read_files, root))
            # Closed after the last chat and before the store that it writes to.
            async with Tally(store, clock).running() as app[keys.TALLY]:
                yield

    async def opened(app: web.Application) -> AsyncIterator[None]:
        quiet_loop(asyncio.get_running_loop())
        # One context for both, so that each is closed when the other does not open.
        async with content(app), chat(app):
            yield

    async def asking(app: web.Application) -> AsyncIterator[None]:
        check = Round(app[keys.CONTENT], lambda: app[keys.CHAT].release.directory, clock)
        task = asyncio.create_task(check.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app[keys.WORDS] = release.catalog
    app.cleanup_ctx.append(opened)
    if settings.link_check:
        app.cleanup_ctx.append(asking)
    webchat.add_routes(app)
    console.add_routes(app)
    health.add_routes(app)
    telegram.add_routes(app)
    return app


@asynccontextmanager
async def _following(app: web.Application, base: Release) -> AsyncIterator[None]:
    """Let the chat speak from what is published, from before the first message on."""
    chat, tally = app[keys.CHAT], app[keys.TALLY]

    def show(release: Release) -> None:
        tally.ask(counted(release))
        chat.release = release

    follower = Follower(app[keys.DESK], base, show)
    await follower.look()
    tally.ask(counted(chat.release))  # nothing may be published yet
    task = asyncio.create_task(follower.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
