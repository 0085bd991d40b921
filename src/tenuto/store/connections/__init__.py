"""Accounts that people connected: with their sealed tokens, and while they are being connected."""
