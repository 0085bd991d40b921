"""Integrations, one file each, found by the catalog."""
