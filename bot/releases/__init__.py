"""Releases that can't hurt anybody: drafts, checks, four eyes, publishing, rolling back.

- `tree`, `parts`, `rebase`, `diff`, `rehearse`, `replay`, `eyes`, `overlay` and `stale` are pure:
  values in, values out.
- `desk` is the life of a draft on top of the content store, `live` brings what is published to a
  chat that runs. Neither knows the web.
"""
