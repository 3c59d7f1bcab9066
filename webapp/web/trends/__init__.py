"""The tab about posts over time: how many, how regularly, what they typically got, and the words of their titles."""
