"""OAuth 2 as a client: consent, tokens, their renewal and their end."""
