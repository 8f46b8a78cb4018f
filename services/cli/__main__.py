"""`python -m services.cli` is the command `casetrail`."""

from services.cli import main

main()
