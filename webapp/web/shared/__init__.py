"""What visitors of a public link see: a payload that was made beforehand, and nothing else."""
