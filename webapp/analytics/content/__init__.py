"""Questions about posts: which they are, what they typically get, and what can be told from them reliably."""
