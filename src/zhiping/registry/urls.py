"""URLs of the register."""

from django.urls import path

from zhiping.registry.views import due, imports, operators, platforms, sites, triggers

app_name = "registry"
urlpatterns = [
    path("platforms/", platforms.platforms, name="platforms"),
    path("platforms/add", platforms.add_platform, name="add-platform"),
    path("platforms/import", imports.import_platforms, name="import-platforms"),
    path("platforms/import/<uuid:upload_id>", imports.platforms_preview, name="import-platforms-preview"),
    path("platforms/<uuid:platform_id>/change", platforms.change_platform, name="change-platform"),
    path("platforms/<uuid:platform_id>/correct", platforms.correct_platform, name="correct-platform"),
    path("platforms/<uuid:platform_id>/move", platforms.move_platform, name="move-platform"),
    path("platforms/<uuid:platform_id>/end", platforms.end_service, name="end-service"),
    path("platforms/<uuid:platform_id>/resume", platforms.resume_service, name="resume-service"),
    path("platforms/<uuid:platform_id>/sites/add", sites.add_site, name="add-site"),
    path("platforms/<uuid:platform_id>/sites/<uuid:site_id>", sites.change_site, name="change-site"),
    path("platforms/<uuid:platform_id>/triggers/report", triggers.report, name="report-trigger"),
    path("triggers/", triggers.triggers, name="triggers"),
    path("triggers/<uuid:trigger_id>/decide", triggers.decide, name="decide-trigger"),
    path("triggers/<uuid:trigger_id>/view", triggers.view, name="view-trigger"),
    path("due/", due.due, name="due"),
    path("operators/", operators.operators, name="operators"),
    path("operators/import", imports.import_operators, name="import-operators"),
    path("operators/import/<uuid:upload_id>", imports.operators_preview, name="import-operators-preview"),
    path("operators/<uuid:operator_id>", operators.operator, name="operator"),
    path("regions/", imports.regions, name="regions"),
    path("regions/import", imports.import_regions, name="import-regions"),
    path("regions/import/<uuid:upload_id>", imports.regions_preview, name="import-regions-preview"),
]
