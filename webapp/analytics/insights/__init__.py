"""What the lists and the posts of an account say together: one module for each question."""
