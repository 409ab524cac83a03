"""Who people are and what they may: regions, organisations, people, roles, sign-in."""
