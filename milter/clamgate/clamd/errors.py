"""The ways in which asking a clamd can go wrong, told apart by what should be done about it."""

from __future__ import annotations


class ClamdError(Exception):
    """Something went wrong with a clamd. The text is for the log: no line breaks."""


class ConnectError(ClamdError):
    """It could not be reached, so it was handed nothing."""


class BrokenError(ClamdError):
    """It was reached, but the connection ended, or gave nonsense, before there was an answer."""


class StaleError(BrokenError):
    """It had ended a session while nothing was asked in it."""


class OverdueError(ClamdError):
    """There was no answer in the time allowed."""


class RefusedError(ClamdError):
    """It answered that it cannot scan this message. It is well itself."""


class NoClamdError(ClamdError):
    """None of them is up, and none came up in the time allowed."""
