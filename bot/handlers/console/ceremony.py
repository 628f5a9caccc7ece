"""Passkeys: what the browser is asked, and whether its answer is true (W3C Web Authentication).

User verification is required both times, so one passkey is two factors: the device, and the finger,
face or code that opens it. A challenge is used once and lives five minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from bot.handlers.console.places import Place
from bot.staff.roles import Account
from bot.store.people import Passkey

TIMEOUT = 5 * 60
"""Seconds between question and answer."""

_VERIFIED = UserVerificationRequirement.REQUIRED


class UntrueError(Exception):
    """The browser's answer is not what was asked for. Says nothing about why."""


def ask_new(place: Place, account: Account, keys: Iterable[Passkey]) -> tuple[dict[str, Any], str]:
    """Return what to ask a browser that makes a passkey, and the challenge in it."""
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name="Lucht",
        user_id=bytes.fromhex(account.id),
        user_name=account.name,
        user_display_name=account.name,
        timeout=TIMEOUT * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.id) for key in keys],
    )
    return json.loads(webauthn.options_to_json(options)), bytes_to_base64url(options.challenge)


def check_new(place: Place, answer: dict[str, Any], challenge: str) -> VerifiedRegistration:
    """Return the passkey that a browser made. Raises `UntrueError`."""
    try:
        return webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except Exception:  # a stranger chose every byte: whatever fails in reading it, it is untrue
        raise UntrueError from None


def ask_known(place: Place) -> tuple[dict[str, Any], str]:
    """Return what to ask a browser that has a passkey, and the challenge in it."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host, timeout=TIMEOUT * 1000, user_verification=_VERIFIED
    )
    return json.loads(webauthn.options_to_json(options)), bytes_to_base64url(options.challenge)


def credential_of(answer: dict[str, Any]) -> bytes:
    """Return the id of the passkey that an answer names. Raises `UntrueError`."""
    try:
        return base64url_to_bytes(answer["rawId"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UntrueError from None


def check_known(
    place: Place, answer: dict[str, Any], challenge: str, key: Passkey
) -> VerifiedAuthentication:
    """Check that ``key`` signed the challenge, here, by somebody verified. Raises `UntrueError`.

    Also when it counts fewer uses than before: then there are two of it.
    """
    try:
        return webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except Exception:  # a stranger chose every byte: whatever fails in reading it, it is untrue
        raise UntrueError from None
