"""What `dataci init` concludes from files that nobody described: dialect, types, roles, constraints."""
