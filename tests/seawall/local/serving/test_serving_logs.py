"""What of a deployment's log is told when it has failed."""

from __future__ import annotations

import doctest

from seawall.local.serving import logs

CRASHED = """\
2026-12-01 10:00:00,000 I [7] azmlinfsrv - Starting up app insights client
2026-12-01 10:00:01,000 E [7] azmlinfsrv - User's init function failed
2026-12-01 10:00:01,000 E [7] azmlinfsrv - Encountered Exception Traceback (most recent call last):
  File "main.py", line 3, in init
    model = joblib.load(path)
FileNotFoundError: [Errno 2] No such file or directory: 'model.joblib'

The above exception was the direct cause of the following exception:

azureml_inference_server_http.server.user_script.UserScriptException: Caught an unhandled exception
2026-12-01 10:00:01,100 I [7] azmlinfsrv - Model Directory Contents:
2026-12-01 10:00:01,100 I [7] azmlinfsrv - claims-fraud/
2026-12-01 10:00:01,100 I [7] azmlinfsrv -     MLmodel
2026-12-01 10:00:01,100 I [7] azmlinfsrv -     model.pkl
"""


def test_examples_in_docstrings_hold() -> None:
    assert doctest.testmod(logs).failed == 0


def test_a_log_ends_with_what_went_wrong_and_not_with_a_listing() -> None:
    """The folder's files, which the inference server lists after a failed `init`, say nothing of why."""
    told = logs.unlisted(CRASHED)
    assert "MLmodel" not in told and logs.LISTING not in told
    assert told.splitlines()[-1].endswith("UserScriptException: Caught an unhandled exception")
    assert logs.unlisted(told) == told


def test_the_first_exception_is_the_reason() -> None:
    """Those after it were caused by it; a log without one gives none."""
    assert logs.telling(CRASHED) == "FileNotFoundError: [Errno 2] No such file or directory: 'model.joblib'"
    assert logs.telling("Worker exiting") == ""


def test_another_workers_lines_end_a_listing() -> None:
    """Workers write into one log: what another says is no file of the folder."""
    other = "2026-12-01 10:00:01,100 E [8] azmlinfsrv - ValueError: no luck"
    assert logs.unlisted(CRASHED + other).splitlines()[-1] == other
