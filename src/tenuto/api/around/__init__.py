"""What stands around every route: the envelope, the limits of callers, and what is counted."""
