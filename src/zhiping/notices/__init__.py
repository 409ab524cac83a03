"""What people and other systems are told: inbox, e-mail, webhooks."""
