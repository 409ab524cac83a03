"""Addresses of scoring."""

from django.urls import path

from zhiping.scoring.views import (
    agreed_file,
    conclusion,
    deliberation,
    earlier,
    fact_check,
    fieldwork,
    guidance,
    paper,
    result,
    sheet,
)

E, S = "evaluations/<uuid:evaluation_id>", "sheets/<uuid:sheet_id>"
P = "platforms/<uuid:platform_id>"
W = f"{S}/paper/<uuid:paper_id>"

app_name = "scoring"
urlpatterns = [
    path("fieldwork", fieldwork.fieldwork, name="sheets-on-device"),
    path(f"{E}/fieldwork", fieldwork.fieldwork, name="fieldwork"),
    path("sw.js", fieldwork.service_worker, name="service-worker"),
    path(f"{E}/sheets", sheet.sheets_of, name="sheets"),
    path(f"{E}/sheets/take", sheet.take, name="take-sheet"),
    path(f"{E}/sheets/upload", sheet.upload, name="upload-sheet"),
    path(S, sheet.sheet, name="sheet"),
    path(f"{E}/sheets/<uuid:seat_id>/paper", paper.enter_paper, name="enter-paper"),
    path(f"{E}/sheets/<uuid:seat_id>/paper/type", paper.type_paper, name="type-paper"),
    path(f"{S}/paper", paper.paper, name="paper"),
    path(f"{W}/confirm", paper.confirm_paper, name="confirm-paper"),
    path(f"{W}/refuse", paper.refuse_paper, name="refuse-paper"),
    path(f"{W}/scan", paper.scan, name="paper-scan"),
    path(f"{S}/import", sheet.import_marks, name="import-marks"),
    path(f"{S}/hand-in", sheet.hand_in, name="hand-in"),
    path(f"{S}/confirm", sheet.confirm_sheet, name="confirm-sheet"),
    path(f"{S}/ask-return", sheet.ask_return, name="ask-return"),
    path(f"{S}/return", sheet.return_sheet, name="return-sheet"),
    path(f"{E}/facts", fact_check.facts, name="facts"),
    path(f"{E}/facts/answers", fact_check.answer_facts, name="answer-facts"),
    path(f"{E}/facts/decline", fact_check.decline_facts, name="decline-facts"),
    path(f"{E}/facts/scans/<uuid:scan_id>", fact_check.take_confirmation, name="facts-scan"),
    path(f"{E}/facts/paper", fact_check.print_facts, name="print-facts"),
    path(f"{E}/scoring/close", deliberation.close_scoring, name="close-scoring"),
    path(f"{E}/deliberation", deliberation.deliberation, name="deliberation"),
    path(f"{E}/deliberation/withdraw", deliberation.withdraw_dissent, name="withdraw-dissent"),
    path("programmes/<uuid:programme_id>/guidance/reasons", guidance.reasons, name="reasons"),
    path(f"{E}/deliberation/take", agreed_file.take, name="take-file"),
    path(f"{E}/deliberation/upload", agreed_file.upload, name="upload-file"),
    path(f"{E}/deliberation/upload/settle", agreed_file.settle, name="settle-file"),
    path(f"{E}/result", result.result, name="result"),
    path(f"{E}/result/files/<str:name>", result.export, name="export-result"),
    path(f"{E}/result/papers", result.papers, name="papers"),
    path(f"{E}/result/papers/<slug:stage>", result.make_papers, name="make-after-papers"),
    path(f"{E}/result/sign", conclusion.sign, name="sign-result"),
    path(f"{E}/result/signatures/<uuid:seat_id>", conclusion.record_signature, name="record-signature"),
    path(f"{E}/result/signatures/<uuid:seat_id>/scan", conclusion.take_signature, name="signature-scan"),
    path(f"{E}/conclude", conclusion.conclude, name="conclude"),
    path(f"{P}/results/add", earlier.add_earlier, name="add-earlier"),
    path(f"{P}/results/import", earlier.import_earlier, name="import-earlier"),
]
