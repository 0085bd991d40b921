"""Runs that have runs of their own: bodies, spawning, and what follows when either ends."""
