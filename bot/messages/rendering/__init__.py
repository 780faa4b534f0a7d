"""What messages show. Pure."""
