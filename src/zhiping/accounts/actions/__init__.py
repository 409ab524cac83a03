"""Actions of accounts, by noun."""
