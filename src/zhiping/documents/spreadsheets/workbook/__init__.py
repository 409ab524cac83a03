"""Reading of untrusted spreadsheets, and the one writer."""
