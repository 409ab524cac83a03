"""What a web server calls."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiping.project.settings")
application = get_wsgi_application()

# What is loaded by now stays: looking through it for garbage again and again took a tenth of each answer.
gc.freeze()
gc.set_threshold(20_000, 20, 50)
