"""The tone of each state: the colour of its badge."""

TONES = {
    # platforms, triggers
    "in_time": "success", "warning": "warning", "overdue": "danger", "unknown": "secondary",
    "ended": "secondary",
    "undecided": "warning", "to_start": "info", "met": "success", "unimportant": "secondary",
    # programmes, evaluations, sheets, draws, checks of panels
    "draft": "secondary", "frozen": "info", "closed": "success",
    "planned": "secondary", "preparing": "info", "scoring": "warning", "deliberating": "success",
    "concluded": "success", "consulting": "success", "reported": "success", "improving": "success",
    "packing": "info", "filed": "success", "disposed": "secondary", "sound": "success", "faulty": "danger",
    "unchecked": "warning",
    "archived": "success", "suspended": "warning", "cancelled": "secondary",
    "handed_in": "success", "on_paper": "success", "counted": "success", "recused": "secondary",
    "awaited": "secondary", "return_asked": "warning",
    "committed": "warning", "drawn": "warning", "applied": "success", "abandoned": "secondary",
    "pass": "success", "fail": "danger", "not_shown": "warning",
    # findings and measures
    "unplanned": "warning", "late": "danger", "done": "info", "accepted": "success", "refused": "danger",
    "waived": "secondary",
    # seats
    "lead": "primary", "member": "info", "substitute": "secondary", "secretary": "secondary",
    # other experts in a draw
    "fixed": "success", "passed": "secondary", "unfit": "secondary",
    # rubrics
    "published": "success", "withdrawn": "secondary",
    # people, webhooks and deliveries
    "active": "success", "waiting": "warning", "shut": "secondary",
    "on": "success", "off": "secondary", "taken": "success", "given_up": "danger",
    # jobs of the worker, checks of an installation
    "READY": "info", "RUNNING": "primary", "FAILED": "danger", "SUCCESSFUL": "success",
    "ok": "success", "warn": "warning", "fault": "danger",
}  # fmt: skip
