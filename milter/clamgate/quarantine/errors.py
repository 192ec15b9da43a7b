"""What can go wrong with a quarantine, in one line for the admin."""


class QuarantineError(Exception):
    """The quarantine cannot do what was asked. The text says what, where, and why."""


class NotFoundError(QuarantineError):
    """There is no message with that id, or its file is gone."""
