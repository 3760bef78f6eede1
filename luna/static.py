"""The files a browser gets, collected and compressed once for each state of the sources."""

import hashlib
import os
import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core import management

from luna import supervisor

KEPT = 3  # a server that still runs from older sources keeps its files


def build() -> Path:
    """Return the folder with the files as they are now, built only if it is not there yet."""
    folder = settings.STATIC_ROOT / _fingerprint()
    if not (folder / "staticfiles.json").exists():
        supervisor.in_child("static", lambda: _collect(folder))
        _forget_old(folder.parent)
    return folder


def _collect(folder: Path) -> None:
    """Fill folder, which appears only once it is whole."""
    settings.STATIC_ROOT = folder.with_suffix(f".{os.getpid()}")
    management.call_command("collectstatic", interactive=False, verbosity=0)
    shutil.rmtree(folder, ignore_errors=True)
    settings.STATIC_ROOT.rename(folder)


def _fingerprint() -> str:
    """Return what tells the present sources from any others: their names, sizes and times of change."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _forget_old(parent: Path) -> None:
    folders = sorted(parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
