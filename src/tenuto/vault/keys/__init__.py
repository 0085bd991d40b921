"""Keys that seal keys: the envelope of every stored secret, and the master keys that it stands on."""
