#!/bin/bash
# Runs a step's script with pipes for input and output, as GitHub's runner does; act gives it a terminal.
bash "$@" < /dev/null 2>&1 | cat
exit "${PIPESTATUS[0]}"
