"""What the program does where Windows is different, as far as that can be seen from another system."""
