"""Runs over HTTP: start, watch, look up, operate."""
