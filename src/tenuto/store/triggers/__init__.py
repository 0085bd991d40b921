"""Where triggers are kept: their rows and secrets, and the deliveries that came in."""
