"""Tables made from results."""
