"""Addresses of panels: seats, duties, declarations, stepping aside."""

from django.urls import path

from zhiping.preparation.views import declaration, duties, panel, recusal

HERE = "evaluations/<uuid:evaluation_id>/panel"

urlpatterns = [
    path(HERE, panel.panel, name="panel"),
    path(f"{HERE}/candidates", panel.candidates, name="panel-candidates"),
    path(f"{HERE}/seat", panel.seat_expert, name="seat-expert"),
    path(f"{HERE}/role", panel.change_role, name="change-role"),
    path(f"{HERE}/remove", panel.unseat_expert, name="unseat-expert"),
    path(f"{HERE}/up", panel.move_up, name="move-up"),
    path(f"{HERE}/copy", panel.copy_panel, name="copy-panel"),
    path(f"{HERE}/step-in", panel.step_in, name="step-in"),
    path(f"{HERE}/replace", panel.replace_members, name="replace-members"),
    path(f"{HERE}/duties", duties.duties, name="duties"),
    path(f"{HERE}/duties/share", duties.share_duties, name="share-duties"),
    path("evaluations/<uuid:evaluation_id>/declare", declaration.declare, name="declare"),
    path("evaluations/<uuid:evaluation_id>/recusals", recusal.recusals, name="recusals"),
    path("seats/<uuid:seat_id>/declaration", declaration.record_declaration, name="record-declaration"),
    path("seats/<uuid:seat_id>/recusal", recusal.ask_recusal, name="ask-recusal"),
    path("recusals/<uuid:recusal_id>", recusal.decide_recusal, name="decide-recusal"),
]
