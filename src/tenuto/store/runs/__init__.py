"""Where runs are kept and owned: log, claims, mail, heartbeat, live events."""
