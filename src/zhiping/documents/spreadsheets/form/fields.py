"""What a scoring sheet consists of: its columns, the lines of its second worksheet, the words it knows."""

COLUMNS = (
    "id",
    "dimension",
    "indicator",
    "criterion",
    "levels",
    "max",
    "mark",
    "reason",
    "advice",
    "note",
)
TYPED = ("mark", "reason", "advice", "note")  # what an expert fills in
INFO = ("kind", "platform", "expert_id", "name", "date", "rubric", "step", "scale", "wording")
INFO_TYPED = ("kind", "platform", "expert_id", "name", "date")
HINTS = (*INFO_TYPED, "rubric")
