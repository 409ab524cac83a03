"""Where the apps are put together: settings, addresses, error mapping, servers' entry points."""
