"""Addresses of reports."""

from django.urls import path

from zhiping.reporting.views import feedback, issue, objection, report, words

E = "evaluations/<uuid:evaluation_id>/report"
V, B = "editions/<uuid:edition_id>", "objections/<uuid:objection_id>"

app_name = "reporting"
urlpatterns = [
    path(E, report.report, name="report"),
    path(f"{E}/preview", report.preview, name="preview"),
    path(f"{E}/changes/<int:version>", report.changes, name="changes"),
    path(f"{E}/parts/<slug:name>", words.write_part, name="write-part"),
    path(f"{E}/recommendations/add", words.write_recommendation, name="add-recommendation"),
    path(f"{E}/recommendations/<uuid:recommendation_id>", words.write_recommendation, name="recommendation"),
    path(
        f"{E}/recommendations/<uuid:recommendation_id>/remove", words.remove_recommendation,
        name="remove-recommendation",
    ),
    path(f"{E}/draft", issue.send_draft, name="send-draft"),
    path(f"{E}/draft/accept", issue.accept_draft, name="accept-draft"),
    path(f"{E}/objections/<slug:kind>", objection.raise_objection, name="raise-objection"),
    path(f"{B}/answer", objection.answer_objection, name="answer-objection"),
    path(f"{B}/decide", objection.decide_objection, name="decide-objection"),
    path(f"{B}/file", objection.take_attachment, name="take-attachment"),
    path(f"{E}/issue", issue.issue_report, name="issue-report"),
    path(f"{V}/files/<slug:kind>", report.take, name="take-edition"),
    path(f"{V}/copies/add", issue.file_copy, name="file-copy"),
    path(f"{V}/receipt", issue.confirm_receipt, name="confirm-receipt"),
    path(f"{V}/receipt/record", issue.record_receipt, name="record-receipt"),
    path(f"{E}/feedback", issue.give_feedback, name="give-feedback"),
    path(f"{E}/feedback/link", feedback.open_feedback, name="open-feedback"),
    path("organisations/<uuid:organisation_id>/report-numbers", issue.set_pattern, name="set-pattern"),
    path("feedback/<str:secret>", feedback.feedback, name="feedback"),
]  # fmt: skip
