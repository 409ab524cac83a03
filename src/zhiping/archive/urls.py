"""Addresses of the archive."""

from django.urls import path

from zhiping.archive.views import disposal, filing, fixity, record

E, P = "evaluations/<uuid:evaluation_id>/record", "packages/<uuid:package_id>"
OFFICE = "organisations/<uuid:organisation_id>"

app_name = "archive"
urlpatterns = [
    path("archive", record.records, name="records"),
    path(E, record.record, name="record"),
    path(f"{E}/open", record.open_record, name="open-record"),
    path(f"{E}/pack", record.pack, name="pack"),
    path(f"{E}/retention", record.set_retention, name="set-retention"),
    path(f"{E}/archive", record.archive_evaluation, name="archive-evaluation"),
    path(f"{E}/access", record.access, name="access"),
    path(f"{E}/disposal", disposal.propose_disposal, name="propose-disposal"),
    path(f"{E}/disposal/decide", disposal.decide_disposal, name="decide-disposal"),
    path(f"{P}/take", record.take_package, name="take-package"),
    path(f"{P}/seal", record.take_seal, name="take-seal"),
    path(f"{P}/checks", record.take_checks, name="take-checks"),
    path(f"{P}/check", fixity.ask_check, name="ask-check"),
    path("archive/fixity", fixity.fixity, name="fixity"),
    path("archive/filing", filing.years, name="years"),
    path(f"{OFFICE}/filing/<int:year>", filing.filing, name="filing"),
    path(f"{OFFICE}/filing/<int:year>/number", filing.file_year, name="file-year"),
    path(f"{OFFICE}/filing/<int:year>/lists/<slug:name>", filing.take_list, name="take-list"),
    path(f"{OFFICE}/filing-rules", filing.set_filing_rules, name="set-filing-rules"),
]
