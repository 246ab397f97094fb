"""Executes the workflows of a generated repository: act runs them, and a loopback stand-in plays GitHub.

`hub.Hub` is what tests use (the fixture `hub`): verbs for what people do (commit, pull, merge, issue, comment) and for
what starts workflows (on_push, on_pull_request, on_workflow_run …), and what a run left behind (`runner.Run`).

Nothing here was ever run against github.com. What is real: act, git and its HTTP protocol, the workflow files, the
commands that they run. What is played, after GitHub's documentation: the REST API with its permissions and limits
(`rest*.py`), refusals of pushes (`hooks/`), which events start what (`triggers.py`), a token for each job
(`rewriting.py`), and the actions (`stubs/`: a few lines each; the one for uv installs nothing). What is not there:
concurrency groups, environments, caches, approvals, required checks, identity tokens, runs that a push starts by
itself. Reading takes a permission here as it does in a private repository, so a workflow that forgets one fails.
"""
