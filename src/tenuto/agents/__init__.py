"""Agent providers, one file each, found by the catalog."""
