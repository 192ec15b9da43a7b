"""Why the container does not start, in one line for who started it."""


class ContainerError(Exception):
    """It cannot go on. The text says what is wrong and what would be right."""
