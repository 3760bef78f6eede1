import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "luna" / "clinical").glob("[a-z]*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_module_is_imported_without_django(module):
    code = f"import sys, luna.clinical.{module}; print([m for m in sys.modules if m.startswith('django')])"

    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={}
    )

    assert found.stdout.strip() == "[]"


def test_every_rule_is_found():
    assert {"plan", "task", "triage", "questionnaire", "escalation", "protocol", "calendar"} <= set(MODULES)
