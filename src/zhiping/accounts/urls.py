"""URLs of accounts."""

from django.urls import path

from zhiping.accounts.views import audit, invitations, me, organisations, people, tokens

app_name = "accounts"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/add", people.add_person, name="add-person"),
    path("people/invite", invitations.invite_many, name="invite-many"),
    path("people/<uuid:person_id>", people.person, name="person"),
    path("people/<uuid:person_id>/change", people.change_person, name="change-person"),
    path("people/<uuid:person_id>/phone", people.show_phone, name="show-phone"),
    path("people/<uuid:person_id>/invite", invitations.invite, name="invite"),
    path("people/<uuid:person_id>/deactivate", people.deactivate, name="deactivate"),
    path("people/<uuid:person_id>/reactivate", people.reactivate, name="reactivate"),
    path("people/<uuid:person_id>/end-sessions", people.end_sessions, name="end-sessions"),
    path("people/<uuid:person_id>/second-factor", people.reset_second_factor, name="reset-second-factor"),
    path(
        "people/<uuid:person_id>/tokens/<uuid:token_id>/revoke",
        tokens.revoke_for,
        name="revoke-token-of-person",
    ),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/add", organisations.add_organisation, name="add-organisation"),
    path("organisations/suggest", organisations.suggest, name="suggest-organisations"),
    path("organisations/<uuid:organisation_id>", organisations.organisation, name="organisation"),
    path(
        "organisations/<uuid:organisation_id>/change",
        organisations.change_organisation,
        name="change-organisation",
    ),
    path("account/", me.me, name="me"),
    path("account/change", me.change, name="change-me"),
    path("account/end-sessions", me.end_sessions, name="end-my-sessions"),
    path("account/reissues", me.confirm_reissues, name="confirm-reissues"),
    path("account/tokens", tokens.tokens, name="tokens"),
    path("account/tokens/<uuid:token_id>/revoke", tokens.revoke, name="revoke-token"),
    path("audit/", audit.audit, name="audit"),
    path("invitation/accept", invitations.accept, name="accept"),
    path("invitation/<str:token>", invitations.invitation, name="invitation"),
]
