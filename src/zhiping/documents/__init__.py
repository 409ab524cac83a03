"""Paper: spreadsheets, Word and PDF made from plain results, and read back."""
