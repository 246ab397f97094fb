"""The commands about model bugs, a module each."""
