"""The scoring sheet of a member."""
