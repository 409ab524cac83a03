"""The first page of each role: tasks and numbers. No tables of its own."""
