"""What tests of messages may use."""

import pytest

from tests.notices import mailserver


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
