"""One verb a file: a function that takes plain values and returns an exit code."""
