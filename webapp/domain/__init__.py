"""The vocabulary of the application: pure values that every layer may use."""
