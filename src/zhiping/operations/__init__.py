"""How the system runs: jobs of the worker, the clock, checks, health, what is installed, demo data."""
