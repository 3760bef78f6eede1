from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings

from luna.people import tokens
from luna.people.models import Token

INVITE, UNDO = Token.Purpose.INVITE, Token.Purpose.UNDO_CONTACT


@pytest.fixture
def made(db, now):
    """A token that lives three days, and its secret."""
    return tokens.make(
        INVITE, clinic_id=None, subject_id=uuid4(), expires_at=now + timedelta(days=3), now=now
    )


def test_secret_finds_its_token(made, now):
    token, secret = made

    assert tokens.find(INVITE, secret, now) == token


@pytest.mark.threat("T6")
def test_secret_has_256_bits_and_is_stored_nowhere(made):
    token, secret = made

    stored = [str(value) for value in Token.objects.filter(id=token.id).values_list()[0]]

    assert len(secret) == 43
    assert [value for value in stored if secret in value] == []
    assert len(token.hash) == 64


@pytest.mark.threat("T6")
def test_hash_is_keyed(made, now, settings):
    _token, secret = made
    settings.SECRET_KEY = "another installation"

    assert tokens.find(INVITE, secret, now) is None


@pytest.mark.threat("T6")
def test_looking_at_a_link_never_uses_it_up(made, now):
    token, secret = made

    for _ in range(3):
        tokens.find(INVITE, secret, now)

    assert tokens.find(INVITE, secret, now) == token


@pytest.mark.threat("T6")
def test_link_opens_nothing_of_another_purpose(made, now):
    _token, secret = made

    assert tokens.find(UNDO, secret, now) is None


@pytest.mark.parametrize("secret", ["", "x", "é" * 40, "a" * 5000])
def test_unknown_secret_finds_nothing(made, now, secret):
    assert tokens.find(INVITE, secret, now) is None


def test_link_works_until_it_expires(made, now):
    token, secret = made

    assert tokens.find(INVITE, secret, now + timedelta(days=3) - timedelta(seconds=1)) == token
    assert tokens.find(INVITE, secret, now + timedelta(days=3)) is None


@pytest.mark.threat("T9")
def test_revoked_links_stop_and_are_written_down_outside_the_database(made, now):
    token, secret = made

    assert tokens.revoke(INVITE, subject_id=token.subject_id, now=now) == 1

    assert tokens.find(INVITE, secret, now) is None
    assert settings.LUNA_TOMBSTONES.read_text().count(f'"token-revoked", "id": "{token.id}"') == 1


def test_revoking_leaves_other_subjects_and_purposes_alone(made, now):
    token, secret = made

    assert tokens.revoke(INVITE, subject_id=uuid4(), now=now) == 0
    assert tokens.revoke(UNDO, subject_id=token.subject_id, now=now) == 0

    assert tokens.find(INVITE, secret, now) == token
