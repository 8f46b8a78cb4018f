# The same words as run.py, for people who have make.
.PHONY: up demo test check bench down
up demo test check bench down:
	python3 run.py $@
