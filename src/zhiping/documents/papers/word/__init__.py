"""Word papers, from templates an owner can replace."""
