"""What runs leave behind: their large values, and how long all of it is kept."""
