"""What the workflows bring to GitHub. These commands run with a token that may write, so they run none of project/."""
