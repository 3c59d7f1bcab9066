"""Questions: a scope and a query in, a frozen result out. Nothing here writes to the database."""
