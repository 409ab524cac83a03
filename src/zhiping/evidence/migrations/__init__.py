"""Schema changes of this app, made by `makemigrations`."""
