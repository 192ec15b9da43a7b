"""Text to settings: the conf's grammar, its directives, and what they mean."""
