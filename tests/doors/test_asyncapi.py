"""The AsyncAPI document passes the official parser, which runs on Node and is installed into a directory of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.doors.attacked import Attacked

PARSER = "@asyncapi/parser@3.4.0"
CHECK = """
const {Parser} = require('@asyncapi/parser');
new Parser().parse(require('fs').readFileSync('asyncapi.json', 'utf8')).then(({document, diagnostics}) => {
  const wrong = diagnostics.filter(d => d.severity === 0);
  console.log(JSON.stringify({wrong: wrong.slice(0, 5), operations: document ? document.operations().length : 0}));
});
"""


def test_the_official_parser_reads_it(attacked: Attacked, tmp_path_factory: pytest.TempPathFactory) -> None:
    npm = shutil.which("npm")
    if npm is None:
        assert os.environ.get("CASETRAIL_NO_SKIPS") != "1", "npm is needed for the official AsyncAPI parser"
        pytest.skip("npm is not here, and the official AsyncAPI parser runs on Node")
    folder: Path = tmp_path_factory.mktemp("asyncapi")
    document = attacked.owner.get("/asyncapi.json")
    assert document.json()["asyncapi"] == "3.0.0"
    (folder / "asyncapi.json").write_bytes(document.content)
    (folder / "package.json").write_text("{}")
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PARSER],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=240,
    )
    (folder / "check.js").write_text(CHECK)
    found = subprocess.run(["node", "check.js"], cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    said = json.loads(found.stdout.strip().splitlines()[-1])
    assert said["wrong"] == []
    assert said["operations"] > 60
