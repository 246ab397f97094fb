"""The checks: one family a module. They know neither git nor reporters."""
