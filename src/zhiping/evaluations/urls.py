"""Addresses of programmes, trips and evaluations."""

from django.urls import path

from zhiping.evaluations.views import evaluation, programme, self_evaluation, trip

E, P = "evaluations/<uuid:evaluation_id>", "programmes/<uuid:programme_id>"
T, PLATFORM = "trips/<uuid:trip_id>", "platforms/<uuid:platform_id>"

app_name = "evaluations"
urlpatterns = [
    path("evaluations/", evaluation.evaluations, name="evaluations"),
    path(f"{E}/prepare", evaluation.prepare_evaluation, name="prepare-evaluation"),
    path(f"{E}/letters", evaluation.change_letters, name="change-letters"),
    path(f"{E}/cancel", evaluation.cancel_evaluation, name="cancel-evaluation"),
    path(f"{E}/restore", evaluation.restore_evaluation, name="restore-evaluation"),
    path(f"{PLATFORM}/evaluations/open", evaluation.open_evaluation, name="open-evaluation"),
    path("self-evaluations/", self_evaluation.self_evaluations, name="self-evaluations"),
    path(
        f"{PLATFORM}/self-evaluations/open",
        self_evaluation.open_self_evaluation,
        name="open-self-evaluation",
    ),
    path("programmes/", programme.programmes, name="programmes"),
    path("programmes/add", programme.add_programme, name="add-programme"),
    path(f"{P}/change", programme.change_programme, name="change-programme"),
    path(f"{P}/policy", programme.policy, name="policy"),
    path(f"{P}/guidance", programme.guidance, name="guidance"),
    path(f"{P}/guidance/copy", programme.copy_guidance, name="copy-guidance"),
    path(f"{P}/letters", programme.change_common_letters, name="change-common-letters"),
    path(f"{P}/freeze", programme.freeze_programme, name="freeze-programme"),
    path(f"{P}/reopen", programme.reopen_programme, name="reopen-programme"),
    path(f"{P}/end", programme.end_programme, name="end-programme"),
    path(f"{P}/evaluations/open", programme.open_evaluations, name="open-evaluations"),
    path(f"{P}/evaluations/prepare", programme.prepare_evaluations, name="prepare-evaluations"),
    path(f"{P}/trips/add", trip.add_trip, name="add-trip"),
    path(f"{P}/trips/propose", trip.propose_trips, name="propose-trips"),
    path(T, trip.trip, name="trip"),
    path(f"{T}/change", trip.change_trip, name="change-trip"),
    path(f"{T}/remove", trip.remove_trip, name="remove-trip"),
    path(f"{T}/fill", trip.fill_trip, name="fill-trip"),
]
