"""What an authority sees of its region: scores, losses, agreement and progress over years."""
