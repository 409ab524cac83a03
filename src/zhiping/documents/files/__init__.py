"""Files people and programs edit: TOML and JSON."""
