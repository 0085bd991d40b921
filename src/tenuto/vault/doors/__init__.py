"""The doors beside HTTP: mail and SQL, behind the same guard, with secrets of the same vault."""
