"""Secrets, and requests made with them; the only room that sees a token."""
