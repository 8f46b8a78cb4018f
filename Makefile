# The same words as run.py, for people who have make.
.PHONY: up demo test check bench faults down
up demo test check bench faults down:
	python3 run.py $@
