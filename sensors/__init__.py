"""Compare the database with the graph and ask for runs."""
