"""What makes the chat anonymous: epoch keys, pseudonyms, sealing and the log allow-list.

Rules of what may live here:

- A chat id comes in as an argument of `seal.pseudonym` and stops being an identifier on that
  line. Nothing here keeps, returns, formats or raises one.
- A key lives in the memory of a `keys.KeyRing` and in one file each of the key folder, nowhere
  else: not in a `repr`, an exception, a log line, an environment variable or a database.
- No primitive of our own: `cryptography` seals, `hashlib.blake2b(key=...)` names, `os.urandom`
  makes keys. What is ours is only what goes in: padding, associated data, lifetimes.
- What opens nothing says nothing: `seal.Unreadable` and `seal.TooLong` hold no content, not even
  a part of it, and name no row.
- Clocks are handed in. Age counts on the boot-time clock while running and on wall time at start;
  when in doubt a key is destroyed, since a lost dialogue can be had again and a leaked one not.
- Only `log.event` and `log.failure` write a log line, from one table of names. Whoever wants to
  log something new adds a row there, in a review that asks who could be recognised by it.
- Nothing here knows what a session is: it handles opaque bytes. It imports no channel, store or
  engine.
"""
