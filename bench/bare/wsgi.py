"""Two bare views: one indexed read, and one durable insert. No middleware, no session, no template.

The database is a SQLite file of its own, opened exactly as Luna opens its own.
"""

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from luna import sqlite

ROWS = 1000

sqlite.install()
settings.configure(
    DATABASES={"default": sqlite.database(Path(os.environ["BARE_DATA"]) / "bare.db", None)},
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
    """Answer with one row, found by its key."""
    return HttpResponse(Row.objects.get(pk=number).text)


@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """Store one row; it is on disk when this answers."""
    return HttpResponse(Row.objects.create(text=request.POST["text"]).pk)


urlpatterns = [path("read/<int:number>", read), path("write", write)]
application = get_wsgi_application()
