"""Rules: whatever refuses names its rule, and some test is refused by it."""

import re
from pathlib import Path

import pytest

from tests.house import ROOT

RULE = re.compile(r'"(G-[A-Z]+(?:-[A-Z]+)*)"')


def rules_in(*folders: str) -> set[str]:
    files = (file for folder in folders for file in sorted(Path(ROOT, folder).rglob("*.py")))
    return {
        rule for file in files if "architecture" not in file.parts for rule in RULE.findall(file.read_text("utf-8"))
    }


@pytest.mark.parametrize("rule", sorted(rules_in("services", "shared")))
def test_somebody_is_refused_by_every_rule(rule: str):
    assert rule in rules_in("tests"), f"no test is refused by {rule}"
