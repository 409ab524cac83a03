"""Addresses of draws: for one evaluation or a trip."""

from django.urls import path

from zhiping.preparation.views import draw

urlpatterns = [
    path("programmes/<uuid:programme_id>/draws", draw.of_programme, name="draws"),
    path("evaluations/<uuid:evaluation_id>/draw", draw.for_evaluation, name="draw"),
    path("trips/<uuid:trip_id>/draw", draw.for_trip, name="draw-trip"),
    path("draws/<uuid:draw_id>", draw.drawn, name="drawn"),
    path("draws/<uuid:draw_id>/draw", draw.perform_draw, name="perform-draw"),
    path("draws/<uuid:draw_id>/apply", draw.apply_draw, name="apply-draw"),
    path("draws/<uuid:draw_id>/abandon", draw.abandon_draw, name="abandon-draw"),
    path("draws/<uuid:draw_id>/record.json", draw.record_json, name="draw-record"),
]
