"""Tables of the staff: accounts, credentials, links that let somebody in, sessions, log.

Nothing secret is kept as it is: links, recovery codes and session tokens as hashes, passwords as
argon2id. Times are whole seconds since 1970, UTC: 64 bits, since 32 end in 2038.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text

from bot.store.content import METADATA

ACCOUNT = Table(
    "account",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("login", Text, nullable=False, unique=True),  # the name as it is compared
    Column("roles", Text, nullable=False),
    Column("municipalities", Text, nullable=False),
    Column("invited_by", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("password", Text),
    Column("totp", Text),
    Column("totp_step", BigInteger, nullable=False),  # the last step of which a code was used
)
PASSKEY = Table(
    "credential",
    METADATA,
    Column("id", LargeBinary, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
)
RECOVERY = Table(
    "recovery",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of the code
    Column("account", Text, ForeignKey("account.id"), nullable=False, index=True),
)
INVITATION = Table(
    "invitation",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of the token in the link
    Column("account", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("invited_by", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
)
VISIT = Table(
    "session",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of the token in the cookie
    Column("account", Text, ForeignKey("account.id"), index=True),  # none before sign-in
    Column("csrf", Text, nullable=False),
    Column("way", Text, nullable=False),  # passkey, password, recovery; empty before sign-in
    Column("created", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("pending", Text),  # what the next request has to answer: a challenge, a new secret
)
ATTEMPT = Table(
    "attempt",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of the name that was tried; "" counts all
    Column("failures", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
)
DEVICE = Table(
    "device",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of the token in the cookie
    Column("account", Text, ForeignKey("account.id"), nullable=False, index=True),
    Column("made", BigInteger, nullable=False),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("facts", Text, nullable=False),  # canonical JSON
    Column("hash", Text, nullable=False),
)
