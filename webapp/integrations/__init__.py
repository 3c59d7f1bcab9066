"""Talk to what is outside: mail servers and push services."""
