"""The page of one post."""
