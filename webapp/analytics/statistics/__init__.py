"""Statistics, most in plain Python: the web process loads no numerical library for them, jobs may."""
