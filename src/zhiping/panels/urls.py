"""Addresses of panels: seats, duties, declarations, recusals, draws."""

from django.urls import path

from zhiping.panels.views import course, declaration, draw, duties, panel, recusal

E = "evaluations/<uuid:evaluation_id>"
P, D = f"{E}/panel", "draws/<uuid:draw_id>"

app_name = "panels"
urlpatterns = [
    path(P, panel.panel, name="panel"),
    path(f"{P}/candidates", panel.candidates, name="panel-candidates"),
    path(f"{P}/seat", panel.seat_expert, name="seat-expert"),
    path(f"{P}/role", panel.change_role, name="change-role"),
    path(f"{P}/remove", panel.unseat_expert, name="unseat-expert"),
    path(f"{P}/up", panel.move_up, name="move-up"),
    path(f"{P}/copy", panel.copy_panel, name="copy-panel"),
    path(f"{P}/step-in", panel.step_in, name="step-in"),
    path(f"{P}/replace", panel.replace_members, name="replace-members"),
    path(f"{P}/duties", duties.duties, name="duties"),
    path(f"{P}/duties/share", duties.share_duties, name="share-duties"),
    path(f"{E}/suspend", course.suspend_evaluation, name="suspend-evaluation"),
    path(f"{E}/resume", course.resume_evaluation, name="resume-evaluation"),
    path(f"{E}/urge", course.urge, name="urge"),
    path(f"{E}/declare", declaration.declare, name="declare"),
    path("seats/<uuid:seat_id>/declaration", declaration.record_declaration, name="record-declaration"),
    path("seats/<uuid:seat_id>/confirm", declaration.confirm_declaration, name="confirm-declaration"),
    path(f"{E}/recusals", recusal.recusals, name="recusals"),
    path("seats/<uuid:seat_id>/recusal", recusal.ask_recusal, name="ask-recusal"),
    path("recusals/<uuid:recusal_id>", recusal.decide_recusal, name="decide-recusal"),
    path("programmes/<uuid:programme_id>/draws", draw.of_programme, name="draws"),
    path(f"{E}/draw", draw.for_evaluation, name="draw"),
    path("trips/<uuid:trip_id>/draw", draw.for_trip, name="draw-trip"),
    path(D, draw.drawn, name="drawn"),
    path(f"{D}/draw", draw.perform_draw, name="perform-draw"),
    path(f"{D}/apply", draw.apply_draw, name="apply-draw"),
    path(f"{D}/abandon", draw.abandon_draw, name="abandon-draw"),
    path(f"{D}/record.json", draw.record_json, name="draw-record"),
]
