"""Expressions evaluated: natively where paths suffice, in the sandbox where not."""
