"""What a report says, worked out by the numbers of the pages: one module for each of its parts."""
