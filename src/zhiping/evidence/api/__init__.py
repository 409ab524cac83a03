"""Evidence for programs."""
