"""Node kinds, one file each, found by the catalog."""
