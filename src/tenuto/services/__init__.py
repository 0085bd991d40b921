"""Use cases, one class per noun: who may do what, in one transaction."""
