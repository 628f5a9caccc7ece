"""Tables of releases: files by hash, trees, what is live, drafts, and who looked at them.

Nothing here is ever changed but a draft's state: edits, approvals and the pointer only grow. Times
are whole seconds since 1970, UTC, in 64 bits. An empty account is the product itself.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text

from bot.store.content import METADATA

BLOB = Table(
    "blob",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of the content
    Column("content", LargeBinary, nullable=False),
)
RELEASE = Table(
    "release",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of the tree
    Column("tree", Text, nullable=False),  # JSON: path to hash
    Column("made", BigInteger, nullable=False),
)
POINTER = Table(
    "pointer",
    METADATA,
    Column("number", Integer, primary_key=True),  # the highest is live
    Column("release", Text, ForeignKey("release.id"), nullable=False),
    Column("kind", Text, nullable=False),  # first, publish, back
    Column("at", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("draft", Text, nullable=False),
)
PRODUCT = Table(
    "product",
    METADATA,
    Column("number", Integer, primary_key=True),  # the highest was taken over last
    Column("release", Text, ForeignKey("release.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
)
DRAFT = Table(
    "draft",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("base", Text, ForeignKey("release.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, published, dropped
    Column("version", Integer, nullable=False),  # grows with every change
    Column("sorts", Text, nullable=False),  # JSON: key of a text to spelling or meaning
    Column("conflicts", Text, nullable=False),  # JSON: path to keys
    Column("product", Text, nullable=False),  # the product's own release that it brings in
    Column("created", BigInteger, nullable=False),
)
EDIT = Table(
    "edit",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("draft", Text, ForeignKey("draft.id"), nullable=False, index=True),
    Column("path", Text, nullable=False),
    Column("blob", Text, ForeignKey("blob.id")),  # none: the file is removed
    Column("account", Text, nullable=False),
    Column("line", Text, nullable=False),  # who let the account in, at that moment
    Column("credentials", Text, nullable=False),  # those of the account at that moment
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False, server_default=""),  # text KEY, undo, redo, or nothing
)
CHECK = Table(
    "checked",
    METADATA,
    Column("draft", Text, ForeignKey("draft.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("base", Text, ForeignKey("release.id"), nullable=False),
    Column("release", Text, ForeignKey("release.id"), nullable=False),
    Column("change", Text, nullable=False),  # hash of what it changes
    Column("needed", Integer, nullable=False),
    Column("problems", Text, nullable=False),  # JSON
    Column("at", BigInteger, nullable=False),
)
APPROVAL = Table(
    "approval",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("draft", Text, ForeignKey("draft.id"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("credentials", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
WITHDRAWAL = Table(
    "withdrawal",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # service, text
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("ended_by", Text),
    Column("ended_reason", Text),
)
