"""What runs may spend: allowed and looked up by people."""
