"""Resumable uploads (tus 1.0): pieces, offsets, checksums, ownership; what waits and what is swept."""

import base64
import datetime as dt
import hashlib
import os
import threading

import pytest
from django.db import connection
from django.test import Client
from tests.evidence.files import pdf, picture
from tests.panels.panels import composed, fresh, opened, phase
from tests.server.cast import NOW
from tests.server.signing_in import sign_in

from zhiping.evidence import queries, spool
from zhiping.evidence.actions import uploads as actions
from zhiping.evidence.models import Evidence, Upload
from zhiping.ids import uuid7
from zhiping.ledger.act import Act

PIECE = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def evaluation(cast):
    found = opened(cast)
    composed(cast, found)
    return found


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def begin(client, evaluation, content, name="3.4/台账.pdf", key=None, **headers):
    pairs = {"filename": name} | ({"id": str(key)} if key else {})
    metadata = ",".join(f"{k} {encoded(v)}" for k, v in pairs.items())
    given = TUS | {"Upload-Length": str(len(content)), "Upload-Metadata": metadata} | headers
    return client.post(f"/api/v1/evaluations/{evaluation.pk}/uploads", headers=given)


def send(client, place, content, offset=0, **headers):
    given = TUS | {"Upload-Offset": str(offset)} | headers
    return client.patch(place, content, content_type=PIECE, headers=given)


def state(client, place):
    return client.head(place, headers=TUS)


def codes(answer):
    return [error["code"] for error in answer.json()["errors"]]


def test_file_in_pieces_is_handed_in_under_its_id(cast, client_for, evaluation):
    client, content, key = client_for(cast.staff), pdf("x" * 3000), uuid7()
    begun = begin(client, evaluation, content, key=key)
    place = begun["Location"]
    assert (begun.status_code, place, begun["Upload-Offset"]) == (201, f"/api/v1/uploads/{key}", "0")
    for offset in range(0, len(content), 1000):
        answer = send(client, place, content[offset : offset + 1000], offset)
        assert answer.status_code == 204
    made = Evidence.objects.get()
    assert (made.pk, made.criteria, made.name, made.sha256) == (
        key, "3.4", "台账.pdf", hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    assert (Upload.objects.count(), spool.path_of(key).exists()) == (0, False)
    assert state(client, place).status_code == 404
    assert begin(client, evaluation, content, key=key).status_code == 200  # the last answer was lost
    assert Evidence.objects.count() == 1


def test_options_name_what_is_supported(cast, client_for, evaluation):
    answer = client_for(cast.staff).options(f"/api/v1/evaluations/{evaluation.pk}/uploads")
    assert (answer.status_code, answer["Tus-Version"], answer["Tus-Extension"]) == (
        204, "1.0.0", "creation,checksum,termination",
    )  # fmt: skip


def test_upload_continues_at_the_offset_after_a_lost_answer(cast, client_for, evaluation):
    client, content = client_for(cast.staff), pdf()
    place = begin(client, evaluation, content)["Location"]
    send(client, place, content[:100])
    again = send(client, place, content[:100])  # the answer did not arrive
    assert (again.status_code, codes(again)) == (409, ["evidence.offset"])
    assert state(client, place)["Upload-Offset"] == "100"
    assert send(client, place, content[100:], 100).status_code == 204
    assert Evidence.objects.get().sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_damaged_piece_is_not_kept(cast, client_for, evaluation, algorithm):
    client, content = client_for(cast.staff), pdf()
    place = begin(client, evaluation, content)["Location"]
    digest = base64.b64encode(hashlib.new(algorithm, content[:50]).digest()).decode()
    known = {"Upload-Checksum": f"{algorithm} {digest}"}
    assert send(client, place, content[:49] + b"?", **known).status_code == 460
    assert state(client, place)["Upload-Offset"] == "0"
    assert send(client, place, content[:50], **known).status_code == 204


def test_piece_that_the_disk_refuses_is_cut_off(cast, client_for, evaluation, monkeypatch):
    client, content = client_for(cast.staff), pdf()
    place = begin(client, evaluation, content)["Location"]
    send(client, place, content[:10])
    written = os.write

    def full(number, piece):
        if len(piece) < 5:
            raise OSError(28, "No space left on device")
        return written(number, bytes(piece)[: len(piece) // 2])

    monkeypatch.setattr(os, "write", full)
    assert send(client, place, content[10:60], 10).status_code == 507
    monkeypatch.undo()
    assert state(client, place)["Upload-Offset"] == "10"
    assert send(client, place, content[10:], 10).status_code == 204


@pytest.mark.parametrize("by", ["head", "lead", "officer_a", "outsider", "staff_b"])
def test_upload_is_its_owners_alone(cast, client_for, evaluation, by):
    content = pdf()
    place = begin(client_for(cast.staff), evaluation, content)["Location"]
    other = client_for(getattr(cast, by))
    answers = [state(other, place), send(other, place, content), other.delete(place, headers=TUS)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Upload.objects.count() == 1


@pytest.mark.parametrize(("by", "status"), [("outsider", 404), ("staff_b", 404), ("substitute", 403)])
def test_strangers_begin_no_upload(cast, client_for, by, status):
    evaluation = opened(cast)
    composed(cast, evaluation, substitutes=("substitute",))
    assert begin(client_for(getattr(cast, by)), evaluation, pdf()).status_code == status
    assert Upload.objects.count() == 0


def test_upload_is_ended_by_its_owner(cast, client_for, evaluation):
    client = client_for(cast.staff)
    place = begin(client, evaluation, pdf())["Location"]
    assert client.delete(place, headers=TUS).status_code == 204
    assert (state(client, place).status_code, Upload.objects.count()) == (404, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "x"}, 400),
        ({"Upload-Length": "9" * 30}, 400),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": str(51 * 2**20)}, 422),
        ({"Upload-Metadata": "filename ***"}, 400),
        ({"Upload-Metadata": ""}, 400),
        ({"Upload-Metadata": f"filename {encoded('a.exe')}"}, 422),
        ({"Upload-Metadata": f"filename {encoded('a.pdf')},id {encoded('x')}"}, 400),
        ({"Tus-Resumable": "0.2.2"}, 412),
    ],
)
def test_impossible_beginnings_are_refused(cast, client_for, evaluation, headers, status):
    assert begin(client_for(cast.staff), evaluation, pdf(), **headers).status_code == status
    assert Upload.objects.count() == 0


def test_impossible_pieces_are_refused(cast, client_for, evaluation):
    client, content = client_for(cast.staff), pdf()
    place = begin(client, evaluation, content)["Location"]
    assert client.patch(place, content, content_type="text/plain", headers=TUS).status_code == 415
    assert send(client, place, bytes(spool.MOST_PIECE + 1)).status_code == 413
    assert send(client, place, content + b"x").status_code == 409  # longer than announced
    assert send(client, place, content, **{"Upload-Offset": "x"}).status_code == 400
    assert send(client, place, content, **{"Upload-Checksum": "md5 x"}).status_code == 400
    assert state(client, place)["Upload-Offset"] == "0"


def test_same_id_with_another_file_is_refused(cast, client_for, evaluation):
    client, key = client_for(cast.staff), uuid7()
    assert begin(client, evaluation, pdf(), key=key).status_code == 201
    assert begin(client, evaluation, pdf(), key=key).status_code == 201  # continues
    other = begin(client, evaluation, pdf("anderes"), key=key)
    assert (other.status_code, codes(other)) == (409, ["ledger.id_taken"])
    assert begin(client_for(cast.head), evaluation, pdf(), key=key).status_code == 409


def test_file_without_criteria_waits_until_they_are_named(cast, client_for, evaluation):
    client, content = client_for(cast.staff), pdf()
    place = begin(client, evaluation, content, name="台账.pdf")["Location"]
    assert send(client, place, content)["Upload-Waits"] == "criteria"
    upload = Upload.objects.get()
    here = f"/evaluations/{evaluation.pk}/evidence"
    assert f"/uploads/{upload.pk}" in client.get(here).content.decode()
    wrong = client.post(f"/uploads/{upload.pk}", {"criteria": "99.9", "key": uuid7()})
    assert (wrong.status_code, Upload.objects.count()) == (422, 1)
    assert client.post(f"/uploads/{upload.pk}", {"criteria": "3.4", "key": uuid7()}).url == here
    assert (Evidence.objects.get().criteria, Upload.objects.count()) == ("3.4", 0)


def test_file_of_another_kind_is_refused_when_it_is_whole(cast, client_for, evaluation):
    client, content = client_for(cast.staff), picture("PNG")
    place = begin(client, evaluation, content)["Location"]
    answer = send(client, place, content)
    assert (answer.status_code, codes(answer)) == (422, ["evidence.kind"])
    assert answer.json()["errors"][0]["where"] == ["台账.pdf"]
    assert (Upload.objects.count(), Evidence.objects.count()) == (0, 0)


def test_uploads_under_way_count_for_the_room(cast, client_for, evaluation, settings):
    settings.EVIDENCE_QUOTA = 1
    client = client_for(cast.staff)
    assert begin(client, evaluation, bytes(600_000)).status_code == 201
    answer = begin(client, evaluation, bytes(600_000))
    assert (answer.status_code, codes(answer)) == (422, ["evidence.no_room"])


def test_upload_that_ends_after_conclusion_is_refused(cast, client_for, evaluation):
    client, content = client_for(cast.staff), pdf()
    place = begin(client, evaluation, content)["Location"]
    phase(evaluation, "concluded")
    answer = send(client, place, content)
    assert (answer.status_code, codes(answer)) == (409, ["ledger.not_now"])
    assert Evidence.objects.count() == 0


def test_server_that_ended_after_the_record_clears_up_at_the_next_request(cast, client_for, evaluation):
    client, content, key = client_for(cast.staff), pdf(), uuid7()
    place = begin(client, evaluation, content, key=key)["Location"]
    upload = Upload.objects.get()
    send(client, place, content)
    upload.save(force_insert=True)  # as it was before the row was deleted
    spool.begin(key)
    spool.path_of(key).write_bytes(content)
    assert send(client, place, b"", len(content)).status_code == 204
    assert (Evidence.objects.count(), Upload.objects.count()) == (1, 0)


def test_old_uploads_are_swept(cast, client_for, evaluation):
    client = client_for(cast.staff)
    old, young = (begin(client, evaluation, pdf(), key=uuid7())["Location"][-36:] for _ in range(2))
    Upload.objects.update(created=NOW - queries.KEPT * 2)
    stamp = (NOW - queries.KEPT - dt.timedelta(hours=1)).timestamp()
    os.utime(spool.path_of(old), (stamp, stamp))
    assert actions.drop_old_uploads(Act.clock(NOW)) == 1
    assert [str(key) for key in Upload.objects.values_list("pk", flat=True)] == [young]
    assert (spool.path_of(old).exists(), spool.path_of(young).exists()) == (False, True)


def parallel(committed, evaluation, content, places):
    """Send the whole file to each place at once, each by a client of its own."""
    answers, clients = [], []
    for _ in places:
        client = Client(raise_request_exception=False)
        sign_in(client, committed.staff)
        clients.append(client)
    begun = threading.Barrier(len(places))

    def work(client, place):
        begun.wait()
        answers.append(send(client, place, content).status_code)
        connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in zip(clients, places, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_piece_sent_at_once_by_many_is_one_file(committed):
    evaluation = opened(committed)
    composed(committed, evaluation)
    client = Client()
    sign_in(client, committed.staff)
    for turn in range(5):
        content = pdf(f"turn {turn}")
        place = begin(client, evaluation, content)["Location"]
        answers = parallel(committed, evaluation, content, [place] * 4)
        assert answers.count(204) >= 1
        assert set(answers) <= {204, 404, 409}
        assert Evidence.objects.count() == turn + 1
    assert [one.evaluation for one in Evidence.objects.all()] == [fresh(evaluation)] * 5
