"""The pages on which members make, change and end public links."""
