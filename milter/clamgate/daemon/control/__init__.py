"""The control socket's protocol, and the side of it that asks."""
