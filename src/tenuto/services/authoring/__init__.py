"""Trying out what is being written."""
