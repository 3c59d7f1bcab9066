"""The list of posts: its views, and the parts of its page, one module for each question."""
