"""Queries of what is public: nobody signs in, so they have no user."""
