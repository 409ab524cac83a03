"""Operation of the system: worker, periodic jobs, checks, health, versions, demo data."""
