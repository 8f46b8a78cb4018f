"""Schemathesis against a running house: `python -m tests.doors.schemathesis_run`: more than 2,000 cases.

Every documented operation, over HTTP, with the owner's token; the checks are named here, with what is left out and why.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.doors.attacked import Attacked
from tests.house import running_house

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "ignored_auth",
)  # fmt: skip
# Left out: positive_data_acceptance (a schema cannot say that a time lies in the past, that a zone exists, or that a line
# holds no control character: 422 is right there), unsupported_method (tested in test_protocol), use_after_free and
# ensure_resource_availability (nothing is ever deleted here).


CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422]

[[operations]]
include-path-regex = "/complaints/"
parameters = {{ id = "{case}" }}

[[operations]]
include-path-regex = "/people/"
parameters = {{ id = "{person}" }}

[[operations]]
include-path-regex = "/calendars/"
parameters = {{ id = "sz" }}
"""
"""413 is right for what is wrong and too large; real ids, so that commands come as far as their rules."""


def run(
    attacked: Attacked, each: int, seed: int, folder: Path, phases: str = "examples,coverage,fuzzing"
) -> tuple[int, int, str]:
    """Exit code, how many cases were tried, and what it said. `each`: random cases for each operation, at most."""
    (folder / "schemathesis.toml").write_text(CONFIG.format(case=attacked.case, person=attacked.outsider.id))
    words = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{attacked.house.url}/openapi.json", "--phases", phases,
        "--max-examples", str(each), "--seed", str(seed), "--checks", ",".join(CHECKS), "--no-color", "--workers", "2",
        "--header", f"Authorization: Bearer {attacked.owner.token}", "--exclude-path-regex", "read-models|/sla-watch/subscribers|revoke-token",
        "--request-timeout", "20", "--continue-on-failure", "--suppress-health-check", "all", "--generation-database", "none",
    ]  # fmt: skip
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    said = ended.stdout + ended.stderr
    counted = re.search(r"([\d,]+) generated", said)
    return ended.returncode, int(counted[1].replace(",", "")) if counted else 0, said


def main() -> int:
    """The command."""
    words = argparse.ArgumentParser(description="Schemathesis against a house of its own.")
    words.add_argument("--each", type=int, default=10, help="random cases for each operation, after examples and edges")
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_house(Path(folder)) as house:
        code, _, said = run(Attacked.in_(house), asked.each, asked.seed, Path(folder))
        house.ready()
        sys.stdout.write(said)
    return code


if __name__ == "__main__":
    sys.exit(main())
