"""How what was made comes back: as a commit, a pull request, a comment, a summary; and how it is taken in."""
