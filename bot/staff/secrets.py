"""Tokens, passwords, one-time codes and recovery codes: made here, checked here, kept as hashes.

Sources: OWASP Password Storage Cheat Sheet and RFC 9106 (argon2id), RFC 6238 (TOTP).
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import datetime

import argon2
import pyotp
from zxcvbn import zxcvbn

SHORTEST = 12
"""Characters that a password has at least; ASVS 6.2.1 asks for 8, recommends 15."""

LONGEST = 200
RECOVERY_CODES = 10

_HASHER = argon2.PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_urlsafe(32))
_STEP = 30
_LOOKED_AT = 60
_STRONG = 3  # of 4: safely unguessable, moderate protection from an offline attack


def new_token() -> str:
    """Make a token of 256 random bits, fit for a link or a cookie."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """Make an id of 128 random bits."""
    return secrets.token_hex(16)


def hashed(token: str) -> str:
    """Return what is stored of a token: its SHA-256. Enough for what nobody can guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def login_of(name: str) -> str:
    """Return a name as it is compared: in one form, without case or spaces around it."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def hash_password(password: str) -> str:
    """Return the argon2id hash. Slow and 64 MiB large on purpose: call it in a thread."""
    return _HASHER.hash(password)


def is_password(password: str, known: str | None) -> bool:
    """Say whether the password belongs to the hash; takes as long when there is none."""
    try:
        return _HASHER.verify(known or _NOBODY, password[:LONGEST]) and known is not None
    except argon2.exceptions.VerificationError:
        return False


def weakness(password: str, name: str) -> str:
    """Return what is wrong with a new password (`short`, `long`, `easy`), or nothing."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    # Knows common passwords, names, keyboard rows; looks at no more than this many characters.
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[name, *name.split(), "lucht", "moderator"])
    return "easy" if found["score"] < _STRONG else ""


def new_totp() -> str:
    """Make a secret of 160 bits for a one-time code (RFC 4226, section 4)."""
    return pyotp.random_base32()


def totp_address(secret: str, name: str) -> str:
    """Return the address that an authenticator app reads from the square code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Lucht")


def totp_step(secret: str, code: str, now: datetime) -> int:
    """Return the time step that a code belongs to, or 0 when it is wrong.

    One step before and after are accepted (RFC 6238, section 5.2). A step counts once: the caller
    refuses one that is not later than the last.
    """
    totp, step = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    plain = "".join(code.split())
    for near in (step, step - 1, step + 1):
        if pyotp.utils.strings_equal(plain, totp.at(near * _STEP)):
            return near
    return 0


def new_recovery_codes() -> tuple[str, ...]:
    """Make recovery codes of 80 bits, in groups that can be read aloud."""
    made = (pyotp.random_base32(32)[:16].lower() for _ in range(RECOVERY_CODES))
    return tuple("-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in made)


def recovery_hash(account: str, code: str) -> str:
    """Return what is stored of a recovery code; typed with or without dashes and capitals."""
    plain = "".join(c for c in code.casefold() if c.isalnum())
    return hashed(f"{account}\n{plain}")
