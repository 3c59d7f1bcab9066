"""The processes beside the web server: supervisor, workers, scheduler, and what they run."""
