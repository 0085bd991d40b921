"""Runs that wait for people and for what is outside: the inbox, calls and events."""
