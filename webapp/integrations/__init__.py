"""Talk to what is outside: mail servers."""
