"""The edge to the MTA: pymilter callbacks in, decisions out."""
