"""Why the daemon did not start, in one line for the admin."""


class StartError(Exception):
    """The daemon cannot start. The text says what is wrong and what would be right."""
