"""Python imports this at the start of every process that has this folder on its PYTHONPATH; see `tests/faults/inject/hook.py`."""

import os
import sys
import traceback
from pathlib import Path

if os.environ.get("CASETRAIL_TEST_FAULTS"):
    sys.path.append(str(Path(__file__).parents[3]))  # a part need not have been started where the tests are
    try:
        from tests.faults.inject.hook import install

        install(Path(os.environ["CASETRAIL_TEST_FAULTS"]))
    except BaseException:  # Python would go on without it, and every fault would seem to be survived
        traceback.print_exc()
        os._exit(3)
