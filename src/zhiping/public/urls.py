"""Addresses for everybody."""

from django.urls import path, register_converter

from zhiping.public.views import results, verification


class Spoken:
    """A language in an address: a page is the same for all who open it, and may be kept by caches."""

    regex = "zh|en"
    to_python = to_url = staticmethod(str)


register_converter(Spoken, "spoken")

app_name = "public"
urlpatterns = [
    path("verify/", verification.verify, name="verify"),
    path("verify/<spoken:spoken>/", verification.verify, name="verify-in"),
    path("verify/look-up", verification.look_up, name="look-up"),
    path("public/", results.results, name="results"),
    path("public/<spoken:spoken>/", results.results, name="results-in"),
    path("evaluations/<uuid:evaluation_id>/announcement", results.announcement, name="announcement"),
    path("evaluations/<uuid:evaluation_id>/announcement/announce", results.announce, name="announce"),
    path("evaluations/<uuid:evaluation_id>/announcement/withdraw", results.withdraw, name="withdraw"),
]
