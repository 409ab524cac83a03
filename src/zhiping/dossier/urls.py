"""URLs of the pages of one platform, expert, programme and evaluation."""

from django.urls import path

from zhiping.dossier.views import evaluation, expert, platform, programme

app_name = "dossier"
urlpatterns = [
    path("platforms/<uuid:platform_id>", platform.platform, name="platform"),
    path("experts/<uuid:expert_id>", expert.expert, name="expert"),
    path("programmes/<uuid:programme_id>", programme.programme, name="programme"),
    path("evaluations/<uuid:evaluation_id>", evaluation.evaluation, name="evaluation"),
]
