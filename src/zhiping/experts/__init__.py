"""The pool of experts: training, affiliations, import (6.2.2)."""
