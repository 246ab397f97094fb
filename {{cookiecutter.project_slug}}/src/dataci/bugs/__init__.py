"""Model bugs that people report: from the text of an issue to data/bugs/issue-N, and back to them in words.

``event`` reads the issue, ``form`` its fields, ``table`` its patterns as they were pasted, ``columns`` and ``patterns``
turn them into rows like those of the test set, ``judging`` holds the rows against the project, ``folder`` writes and
reads what comes of it, ``comment`` tells the reporter.
"""
