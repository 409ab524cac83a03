"""The index of grams: full-text search on SQLite, an inverted index on PostgreSQL."""

from typing import Any

from django.db import migrations

_ADD = "INSERT INTO finding_gram(rowid, grams) VALUES (new.entry_id, new.grams);"
_DROP = "INSERT INTO finding_gram(finding_gram, rowid, grams) VALUES ('delete', old.entry_id, old.grams);"
STATEMENTS = {
    # Tokens are letters and digits; places and lengths are not asked for. Triggers keep it in step.
    "sqlite": (
        "CREATE VIRTUAL TABLE finding_gram USING fts5(grams, content='finding_text', content_rowid='entry_id', "
        "detail='none', columnsize=0, tokenize='ascii')",
        f"CREATE TRIGGER finding_gram_added AFTER INSERT ON finding_text BEGIN {_ADD} END",
        f"CREATE TRIGGER finding_gram_removed AFTER DELETE ON finding_text BEGIN {_DROP} END",
        f"CREATE TRIGGER finding_gram_changed AFTER UPDATE ON finding_text BEGIN {_DROP} {_ADD} END",
    ),
    # Without the list of pending entries, which every search would read.
    "postgresql": (
        "CREATE INDEX finding_text_grams ON finding_text USING gin (string_to_array(grams, ' ')) "
        "WITH (fastupdate = off)",
    ),
}


def make(_apps: Any, editor: Any) -> None:
    for statement in STATEMENTS[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("finding", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
