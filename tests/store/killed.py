"""A process that is there to be killed: `python -m tests.store.killed FOLDER`.

For each line on standard input it forks a child. The child opens the store, tells what it finds of
every chat, then saves and erases for all chats at once, and tells each step once it is durable.
"""

import asyncio
import os
import sys
from pathlib import Path

from bot.privacy.keys import KeyRing
from bot.store.live import LiveStore

CHATS = 16
ERASE_EVERY = 7
ROUND = 7000


def after(step: int) -> int:
    """Return what the store holds after a step: its number, or 0 when that step was an erase."""
    return step if step % ERASE_EVERY else 0


def tell(*words: object) -> None:
    """Write one line at once: a kill cannot cut it."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def chat(store: LiveStore, name: str, step: int) -> None:
    """Step on without end."""
    while True:
        step += 1
        if after(step):
            await store.save("web", name, str(step).encode())
        else:
            await store.erase("web", name)
        tell("done", name, step)


async def live(folder: Path, step: int) -> None:
    """Tell what is there, then run until killed."""
    with KeyRing(folder / "keys") as ring:
        async with LiveStore.open(folder / "live.db", ring) as store:
            for name in map(str, range(CHATS)):
                tell("found", name, int(await store.load("web", name) or 0))
            tell("ready")
            await asyncio.gather(*(chat(store, str(name), step) for name in range(CHATS)))


def main() -> None:
    """Fork, name the child, wait for its end and say so; once for each line."""
    for number, _ in enumerate(sys.stdin):
        child = os.fork()
        if not child:
            asyncio.run(live(Path(sys.argv[1]), number * ROUND))
        tell("child", child)
        os.waitpid(child, 0)
        tell("dead")


if __name__ == "__main__":
    main()
