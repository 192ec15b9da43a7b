"""Locked archives: tried with the passwords that the message itself gives away."""
