"""Addresses of improvement."""

from django.urls import path

from zhiping.improvement.views import course, improvement, measures, plan

E = "evaluations/<uuid:evaluation_id>/improvement"
A, P, X = "actions/<uuid:action_id>", "proofs/<uuid:proof_id>", "extensions/<uuid:extension_id>"

app_name = "improvement"
urlpatterns = [
    path(E, improvement.improvement, name="improvement"),
    path(f"{E}/path", improvement.path_to_grade, name="path"),
    path(f"{E}/choice", course.make_choice, name="make-choice"),
    path(f"{E}/open", course.open_improvement, name="open-improvement"),
    path(f"{E}/sample", course.draw_sample, name="draw-sample"),
    path(f"{E}/closing", course.propose_closing, name="propose-closing"),
    path(f"{E}/close", course.close_evaluation, name="close-evaluation"),
    path(f"{E}/plan", plan.write_plan, name="write-plan"),
    path(f"{E}/plan/file", plan.take, name="take-plan"),
    path(f"{E}/plan/upload", plan.upload, name="upload-plan"),
    path(f"{E}/extensions/add", measures.ask_extension, name="ask-extension"),
    path(f"{A}/proofs/add", measures.add_proof, name="add-proof"),
    path(f"{A}/report", measures.report_action, name="report-action"),
    path(f"{A}/recheck", measures.recheck_action, name="recheck-action"),
    path(f"{A}/extensions/add", measures.ask_extension_of, name="ask-extension-of"),
    path(f"{P}/file", measures.take_proof, name="take-proof"),
    path(f"{P}/withdraw", measures.withdraw_proof, name="withdraw-proof"),
    path(f"{X}/decide", measures.decide_extension, name="decide-extension"),
]
