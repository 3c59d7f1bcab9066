"""Where a number comes from: one explanation for each metric, and the rows behind it."""
