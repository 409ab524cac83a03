"""WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiping.project.settings")
application = get_wsgi_application()

# Modules loaded so far stay in memory: scanning them for garbage cost 10 % of each response.
gc.freeze()
gc.set_threshold(20_000, 20, 50)
