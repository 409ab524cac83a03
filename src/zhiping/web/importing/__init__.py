"""Spreadsheets in and out, for any register: template, upload, preview, confirmation, export.

An app describes its sheet as data, and how rows match registered entries:

    def staff_sheet(user: User) -> Sheet:
        fields = ...                                   # look-ups are loaded once and closed over
        return Sheet("people.staff_sheet", (
            Column("name", words(60), lambda p: p.name, required=True),
            Column("since", date, lambda p: p.since),
            Column("field", choice("people.fields"), lambda p: p.field, choice_text("people.fields"),
                   options=choice_words("people.fields")),
        ), partial(match, user))

    def match(user: User, rows: Sequence[Row]) -> Mapping[int, Person]:
        '''Return what each row, by its number, is about; `row.refuse_cell(key, code, …)`: no fit.'''

The texts are in the catalogue under the sheet's key: `title`, `columns.<key>`, and for the template
`notes.<key>` (what may be written) and `examples.<key>`. Its problems are codes of the area `importing`, or
the app's own.

Two views, at `…/import` and `…/import/<uuid:upload_id>`:

    def import_staff(request):                   # page, template (?template=xlsx), upload
        return importing.start(request, staff_sheet(request.user), preview="people:import-staff-preview")

    def import_staff_preview(request, upload_id):  # what would happen; confirm; faults (?problems=xlsx)
        return importing.review(
            request, staff_sheet(request.user), upload_id, actions.import_staff, done="people:staff")

and one action, which decides again, inside its transaction, by the register at that moment:

    def import_staff(act: Act, sheet: Sheet, *, upload: Upload, seen: str) -> None:
        with act.begin("people.import_staff", "import", "people.imported") as entry:
            steps = settle(sheet, upload, seen)  # Invalid: faults; Conflict: changed
            entry.data = summary(upload, steps)
            ...  # act.begin_many, record_many; add_each, change_each

All or nothing; a repeat of the confirmation is AlreadyDone by the upload's id. A blank cell leaves what is
registered (the row has no value there), one of the words for nothing (“无”, “/”, “-”) clears it (the value is
None), a column that is not there changes nothing.
`importing.export(request, sheet, things)` writes the same columns: what leaves comes back as unchanged.
"""

from zhiping.web.importing.files import export
from zhiping.web.importing.pages import review, start
from zhiping.web.importing.plan import Step, settle, steps, summary
from zhiping.web.importing.sheet import Column, Row, Sheet, rows
from zhiping.web.importing.uploads import MOST_ROWS, Table, Upload
from zhiping.web.importing.values import (
    choice,
    choice_text,
    choice_words,
    date,
    listed,
    phone,
    web_address,
    words,
)

__all__ = [
    "MOST_ROWS",
    "Column",
    "Row",
    "Sheet",
    "Step",
    "Table",
    "Upload",
    "choice",
    "choice_text",
    "choice_words",
    "date",
    "export",
    "listed",
    "phone",
    "review",
    "rows",
    "settle",
    "start",
    "steps",
    "summary",
    "web_address",
    "words",
]
