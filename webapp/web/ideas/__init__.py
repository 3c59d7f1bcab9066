"""Ideas: what the posts of an account suggest, and which experiment would tell more."""
