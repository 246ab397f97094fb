"""Model bugs that people report: from an issue or a terminal to data/bugs, and on to what becomes of them.

``event`` reads the issue, ``form`` its fields, ``table`` its patterns as they were pasted, ``columns`` and ``patterns``
turn them into rows like those of the test set, ``judging`` holds the rows against the project, ``folder`` writes and
reads what comes of it, ``comment`` tells the reporter. ``entering``, ``balance`` and ``draft`` serve `dataci bug new`;
``stock``, ``answers``, ``triage`` and ``detail`` say which bug to work on, ``editing`` changes what bug.toml says.
"""
