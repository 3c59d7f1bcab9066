"""The planner: its calendar, its list, and the page of one planned post."""
