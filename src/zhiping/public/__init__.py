"""Pages for everybody, without an account: verification, and results that an authority announces."""
