"""Files handed in as evidence: what is allowed, and pictures of their pages."""
