"""What posts to come may get, how such forecasts did, and what stands out (STATISTICS 3.2 to 3.4 and 3.8)."""
