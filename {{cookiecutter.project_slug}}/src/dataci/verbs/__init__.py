"""The arguments of the commands, with their help: a module for each kind of work."""
