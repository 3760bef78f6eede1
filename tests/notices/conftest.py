"""What tests of messages may use."""

import pytest

from tests.notices import mailprovider, mailserver
from tests.notices import provider as server_of_texts


@pytest.fixture
def mail_server(settings):
    """A mail server on loopback that Luna is set up to use."""
    with mailserver.running() as server:
        settings.EMAIL_BACKEND = "luna.notices.channels.email.connection"
        settings.LUNA_SMTP_URL = f"smtp://127.0.0.1:{server.port}"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.5
        settings.DEFAULT_FROM_EMAIL = "luna@clinic.example"
        yield server


@pytest.fixture
def provider(settings):
    """A provider of text messages and calls on loopback that Luna is set up to use."""
    with server_of_texts.running() as server:
        settings.LUNA_SMS_URL = server.url
        settings.LUNA_SMS_FROM = "+12125550111"
        settings.LUNA_VOICE_FROM = "+12125550112"
        yield server


@pytest.fixture
def postmark(settings):
    """A provider of mail on loopback that Luna is set up to use."""
    with mailprovider.running() as server:
        settings.EMAIL_BACKEND = "luna.notices.channels.email.connection"
        settings.LUNA_MAIL_PROVIDER, settings.LUNA_MAIL_KEY = "postmark", "s3cret"
        settings.ANYMAIL = {"POSTMARK_API_URL": f"http://127.0.0.1:{server.server_port}/"}
        settings.DEFAULT_FROM_EMAIL = "luna@clinic.example"
        yield server


@pytest.fixture
def mailing(make_luna):
    """A real installation with an empty database, and the mail server it sends through."""
    with mailserver.running() as server:
        luna = make_luna(LUNA_SMTP_URL=f"smtp://127.0.0.1:{server.port}")
        yield luna, server
