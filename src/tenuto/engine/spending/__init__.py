"""What runs spend: prices, and the meter that counts calls."""
