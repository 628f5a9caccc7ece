"""Where things rest: the live store of sealed sessions.

Rules of what may live here:

- The live store holds a row id, an epoch number and sealed bytes. No column may be added that says
  when, who, where or how often; a test compares the schema with this sentence.
- The live store, the content store and the key folder are three places. No transaction spans two
  of them, and only content is ever part of a backup.
- A chat id is turned into row ids before it is queued; a plaintext is sealed before it is queued.
- When a call that writes returns, the write is on disk. When it raises, it took no effect that
  the caller has to undo.
- No ORM, and no statement outside one writer task: the live store has one connection.
"""

# Whoever copies or migrates the content store knows every table of it.
from bot.store import counts, links, release_tables, tables

__all__ = ["counts", "links", "release_tables", "tables"]
