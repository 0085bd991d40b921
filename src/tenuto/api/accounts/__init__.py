"""Accounts that are connected: kept tokens, consent, and how connections are."""
