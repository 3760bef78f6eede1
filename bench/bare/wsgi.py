"""Bare views: one indexed read, and one durable insert. No template, and by default no middleware.

The database is a SQLite file of its own, opened exactly as Luna opens its own. With BARE_SIGNED_IN=1
the views stand behind what `django-admin startproject` puts in front of every view, and the read looks
at who is signed in: the least that a page about somebody costs in Django.
"""

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from luna import sqlite

SIGNED_IN = os.environ.get("BARE_SIGNED_IN") == "1"
STARTPROJECT = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

sqlite.install()
settings.configure(
    DATABASES={"default": sqlite.database(Path(os.environ["BARE_DATA"]) / "bare.db", None)},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=STARTPROJECT if SIGNED_IN else [],
    SECRET_KEY="only for measuring",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()


class Row(models.Model):
    """One row."""

    text = models.CharField(max_length=120)

    class Meta:
        """It belongs to no installed app."""

        app_label = "bare"


def read(request: HttpRequest, number: int) -> HttpResponse:
    """Answer with one row, found by its key; 403 for nobody where somebody must be signed in."""
    if SIGNED_IN and not request.user.is_authenticated:  # type: ignore[union-attr]
        return HttpResponse(status=403)
    return HttpResponse(Row.objects.get(pk=number).text)


@csrf_exempt
@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """Store one row; it is on disk when this answers."""
    return HttpResponse(Row.objects.create(text=request.POST["text"]).pk)


urlpatterns = [path("read/<int:number>", read), path("write", write)]
application = get_wsgi_application()
