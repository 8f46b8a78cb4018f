"""The services of Casetrail: four that decide, two that answer questions, one that shows pages."""
