"""Files for the browser: built once for each state of their sources."""

import os
import time

import pytest

from luna import static

pytestmark = [
    pytest.mark.processes,
    # Python 3.12 warns of any fork beside threads; here the threads are the test runner's.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@pytest.fixture
def sources(settings, tmp_path):
    """Let the files come from a folder of the test's own."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "luna.css").write_text("body { color: black }")
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "built"
    settings.STORAGES = {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    return folder


def test_second_build_does_nothing(sources):
    folder = static.build()
    built_at = folder.stat().st_mtime_ns

    assert static.build() == folder
    assert folder.stat().st_mtime_ns == built_at
    assert (folder / "luna.css").exists() or list(folder.glob("luna.*.css"))


def test_changed_source_is_built_anew_and_old_ones_are_forgotten(sources):
    folders = [static.build()]
    for number in range(static.KEPT):
        (sources / "luna.css").write_text(f"body {{ margin: {number}px }}")
        os.utime(sources / "luna.css", (time.time() + number, time.time() + number))
        folders.append(static.build())

    assert len(set(folders)) == static.KEPT + 1
    assert sorted(path.name for path in folders[0].parent.iterdir()) == sorted(
        folder.name for folder in folders[1:]
    )
