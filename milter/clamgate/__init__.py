"""clamgate: a mail filter for Postfix and Sendmail that has clamd scan every message."""
