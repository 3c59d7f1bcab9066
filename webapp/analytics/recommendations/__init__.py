"""What an account's own posts suggest, what speaks against it, and which experiment would tell."""
