"""What is kept about members, handed out and erased."""
