"""Luna's settings for tests: a database of its own, no mail out, files served as they lie."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# One folder for all workers of a run, named before luna.settings reads the environment.
if "LUNA_TEST_FOLDER" not in os.environ:
    os.environ["LUNA_TEST_FOLDER"] = tempfile.mkdtemp(prefix="luna-test-")
    atexit.register(shutil.rmtree, os.environ["LUNA_TEST_FOLDER"], ignore_errors=True)
_folder = os.environ["LUNA_TEST_FOLDER"]
for _name in [name for name in os.environ if name.startswith("LUNA_") and not name.startswith("LUNA_TEST_")]:
    del os.environ[_name]
os.environ["LUNA_DATA"] = f"{_folder}/data"
if os.environ.get("LUNA_TEST_DB", "sqlite") == "sqlite":
    os.environ.pop("DATABASE_URL", None)
elif "DATABASE_URL" not in os.environ:
    raise SystemExit("LUNA_TEST_DB=postgres needs DATABASE_URL. Use: python -m tests.postgres pytest ...")

from luna.settings import *  # noqa: E402, F403 -- the environment had to be set first
from luna.settings import DATABASES, STORAGES  # noqa: E402 -- as above

LUNA_DATA = Path(_folder) / "data"
LUNA_DATA.mkdir(parents=True, exist_ok=True)
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    # A file, as in real life, so that locks are real; not flushed to disk, since a test needs no surviving.
    DATABASES["default"]["TEST"] = {"NAME": str(LUNA_DATA / "test.db")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
STORAGES["default"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
LUNA_BASE_URL = "http://localhost:8000"
