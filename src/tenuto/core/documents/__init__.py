"""Whole definitions: read, translated from older shapes and back, validated, compared."""
