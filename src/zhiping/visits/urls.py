"""Addresses of visits, of papers, and of the start of scoring."""

from django.urls import path

from zhiping.visits.views import papers, start, visit

E, P = "evaluations/<uuid:evaluation_id>", "programmes/<uuid:programme_id>"
V, A = f"{E}/visit", "authorities/<uuid:authority_id>"

app_name = "visits"
urlpatterns = [
    path(V, visit.visit, name="visit"),
    path(f"{V}/plan", visit.plan, name="plan-visit"),
    path(f"{V}/delegate", visit.delegate, name="delegate-visit"),
    path(f"{V}/revoke", visit.revoke, name="revoke-delegation"),
    path(f"{V}/propose", visit.propose, name="propose-timetable"),
    path(f"{V}/<uuid:record_id>", visit.line, name="visit-line"),
    path(f"{V}/<uuid:record_id>/remove", visit.remove, name="remove-visit-line"),
    path(f"{E}/papers", papers.papers, name="papers"),
    path(f"{E}/papers/<slug:stage>", papers.make, name="make-papers"),
    path(f"{P}/papers", papers.ask, name="ask-bundle"),
    path(f"{P}/papers/made", papers.bundles, name="bundles"),
    path("papers/<uuid:bundle_id>", papers.bundle, name="bundle"),
    path("papers/<uuid:bundle_id>/file", papers.take, name="take-bundle"),
    path(f"{A}/templates", papers.templates, name="paper-templates"),
    path(f"{A}/templates/drop", papers.drop, name="drop-template"),
    path(f"{E}/start", start.start_evaluation, name="start-evaluation"),
]
