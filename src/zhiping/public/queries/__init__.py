"""Queries of what is public: there is no sign-in, so they have no user."""
