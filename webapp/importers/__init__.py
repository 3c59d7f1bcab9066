"""Turn export files into typed records; pure: no web framework, no database, no clock."""
