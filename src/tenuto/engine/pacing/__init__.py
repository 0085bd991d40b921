"""Requests on their way out: only while this process lives, and no more often than a vendor allows; and what waits for that."""
