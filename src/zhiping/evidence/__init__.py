"""Evidence: files handed in and documents seen on site, for the criteria they support (8.5.1)."""
