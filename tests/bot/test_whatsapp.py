# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""WhatsApp from webhook to reply over real HTTP, against a platform that refuses what the real one refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot import mailbox, media, outbox, tables
from bot.app import App
from bot.delivery import Waits
from bot.web import application
from handlers import casework
from handlers.casework import Done
from handlers.replies import said
from knowledge.model import AgencyId
from tests.bot.fakes import (
    PHONE_ID,
    SECRET,
    TOKEN,
    VERIFY,
    FakeWhatsApp,
    answers,
    breaks,
    envelope,
    garbles,
    get,
    message,
    post,
    served,
    signed,
    status,
    tappable,
    value,
    wait_until,
)
from tests.databases import KINDS, new_database
from tickets import store
from tickets.model import Ticket
from tickets.steps import Stale

ANA, BUDI = "628111", "628222"
PHOTO = b"\xff\xd8\xff\xe0" + b"x" * 500


@dataclass
class Office:
    """An office's server with its number, and the platform it is connected to."""

    app: App
    url: str
    platform: FakeWhatsApp

    def hook(self, *values: dict[str, Any]) -> int:
        body = envelope(*values)
        return post(f"{self.url}/whatsapp", body, signed(body))

    def say(self, id: str, text: str, sender: str = ANA, **content: Any) -> None:
        assert self.hook(value(message(id, text, sender, **content))) == 200

    def replied(self, count: int, to: str | None = ANA) -> list[str]:
        wait_until(lambda: len(self.platform.texts(to)) >= count)
        time.sleep(0.1)
        assert len(self.platform.texts(to)) == count, self.platform.texts(to)
        return self.platform.texts(to)

    def states(self) -> list[str]:
        with self.app.engine.connect() as connection:
            return [
                str(s) for s in connection.execute(select(tables.outbox.c.state).order_by(tables.outbox.c.id)).scalars()
            ]

    def inbox(self) -> int:
        with self.app.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(tables.inbox)).scalar_one()


@pytest.fixture
def platform() -> FakeWhatsApp:
    return FakeWhatsApp()


on_both = pytest.mark.parametrize("office", KINDS, indirect=True)


@pytest.fixture
def office(app: App, platform: FakeWhatsApp, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    with served(platform.application()) as api:
        app.settings = replace(
            app.settings,
            database_url=new_database(getattr(request, "param", "sqlite"), tmp_path),
            agency=AgencyId("melawi"),
            whatsapp_token=TOKEN,
            whatsapp_app_secret=SECRET,
            whatsapp_verify_token=VERIFY,
            whatsapp_phone_id=PHONE_ID,
            whatsapp_api=f"{api}/v25.0",
            whatsapp_template="ada_jawaban",
        )
        app.waits = Waits(first=timedelta(milliseconds=50), uncertain=timedelta(seconds=1))
        with served(application(app, app.worker)) as url:
            yield Office(app, url, platform)
        app.engine.dispose()
    assert platform.refused == []


@on_both
def test_a_question_gets_its_card_in_one_bubble_and_a_tap_the_next(office: Office) -> None:
    office.say("1", "brp sewa tenda utk nikahan")
    (card,) = office.replied(1)
    assert "Layanan Sewa Tenda dan Kursi" in card
    choices = tappable(office.platform.sent[0])
    tapped = {"type": "list_reply", "list_reply": {"id": choices["Persyaratan"], "title": "Persyaratan"}}
    office.say("2", "", type="interactive", interactive=tapped)
    assert "Persyaratan" in office.replied(2)[1]


def test_a_talk_with_an_officer_in_which_the_bot_is_silent(office: Office) -> None:
    office.say("1", "saya mau bicara dengan petugas")
    office.replied(1)
    hours, now = office.app.hours[AgencyId("melawi")], datetime.now(UTC)
    photo = media.keep(office.app.settings.media, "denah.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50)

    def act(step: Callable[[Ticket], Done]) -> None:
        try:
            with office.app.engine.begin() as connection:
                (ticket,) = store.of_agency(connection, "melawi", closed=True)
                mailbox.carry_out(connection, step(ticket), now)
        except Stale:  # the turn of what was just written, or the sweep, came between
            act(step)

    act(lambda ticket: casework.take(ticket, "Rina", now, hours))
    assert "Rina (petugas) bergabung" in office.replied(2)[1]
    office.say("2", "syarat PAW DPRD?")
    wait_until(lambda: office.inbox() == 2)
    act(lambda ticket: casework.say(ticket, "Ini denah loketnya.", "Rina", now, photo))
    read = office.replied(4)
    assert "Ini denah loketnya." in read[2]
    assert read[3] == "[image]"
    assert office.platform.media["upload0"].startswith(b"\x89PNG")
    act(lambda ticket: casework.end(ticket, "Rina", now))
    office.replied(5)
    office.say("3", "syarat PAW DPRD?")
    assert "Persyaratan" in office.replied(6)[5]


@on_both
def test_a_complaint_asks_for_no_number_for_it_is_known(office: Office) -> None:
    office.say("1", "petugas Bagian Umum membentak ibu saya tadi pagi")
    office.replied(1)
    office.say("2", "ya kirim")
    assert "Nomor: ADU-" in office.replied(2)[1]
    with office.app.engine.connect() as connection:
        (ticket,) = store.of_senders(connection, [("whatsapp", ANA)])["whatsapp", ANA]
    assert ticket.received.tzinfo is not None


@on_both
def test_a_batch_of_entries_changes_and_messages_loses_none(office: Office) -> None:
    people = [f"62800{n}" for n in range(8)]
    values = [value(*(message(p, "halo", p) for p in people[at : at + 2])) for at in (0, 2, 4, 6)]
    body = json.loads(envelope(*values[:2]))
    for entry, more in zip(body["entry"], values[2:], strict=True):
        entry["changes"].append({"field": "messages", "value": more})
    raw = json.dumps(body).encode()
    assert post(f"{office.url}/whatsapp", raw, signed(raw)) == 200
    office.replied(8, None)
    assert {sent["to"] for sent in office.platform.sent} == set(people)


@on_both
def test_the_same_message_in_any_envelope_is_answered_once(office: Office) -> None:
    same = message("1", "halo")
    for _ in range(3):
        office.hook(value(same))
    office.hook(value(same, message("2", "makasih ya")), value(same))
    assert len(office.replied(2)) == 2
    assert office.inbox() == 2


def test_messages_of_one_person_are_answered_in_order(office: Office) -> None:
    texts = ["biaya sewa tenda", "persyaratannya?", "kalau sewa proyektor?"]
    office.hook(value(*(message(str(n), text) for n, text in enumerate(texts))))
    first, second, third = office.replied(3)
    assert "Biaya" in first
    assert "Persyaratan" in second
    assert "Proyektor" in third


def test_who_shows_no_number_is_answered_by_their_id(office: Office) -> None:
    unknown = {"id": "wamid.u", "timestamp": str(int(time.time())), "type": "text", "text": {"body": "halo"}}
    office.hook(value(contacts=[{"user_id": "ID.123abc"}], messages=[unknown | {"from_user_id": "ID.123abc"}]))
    office.replied(1, "ID.123abc")
    assert office.platform.sent[0]["recipient"] == "ID.123abc"
    assert "to" not in office.platform.sent[0]


def test_one_bad_element_loses_no_other(office: Office) -> None:
    bad: list[Any] = [{"id": "x"}, "text", {"id": "y", "from": "62", "timestamp": "kemarin", "type": "text"}, None]
    content = value(message("1", "halo"))
    content["messages"] = [*bad, *content["messages"]]
    content["statuses"] = [{"id": "z"}, 5]
    office.hook(content)
    office.replied(1)


def test_states_only_move_forward_even_before_the_answer_to_our_request(office: Office) -> None:
    def early(body: dict[str, Any], provider_id: str) -> None:
        office.hook(value(statuses=[status(provider_id, "delivered", body.get("biz_opaque_callback_data"))]))

    office.platform.before_answer = early
    office.say("1", "halo")
    office.replied(1)
    wait_until(lambda: office.states() == ["delivered"])
    office.platform.before_answer = None
    for state in ("sent", "read", "delivered", "sent"):
        office.hook(value(statuses=[status("wamid.1", state)]))
    wait_until(lambda: office.states() == ["read"])
    assert office.hook(value(statuses=[status("wamid.unknown", "read")])) == 200


def test_what_is_billed_is_counted(office: Office) -> None:
    office.say("1", "halo")
    office.replied(1)
    priced = status("wamid.1", "sent", pricing={"billable": True, "category": "service"})
    office.hook(value(statuses=[priced]))
    with office.app.engine.connect() as connection:
        (row,) = connection.execute(select(tables.meter)).all()
    assert (row.category, row.billed, row.messages) == ("service", True, 1)


def test_outside_the_window_the_answer_waits_until_the_person_writes(office: Office) -> None:
    office.say("1", "halo")
    office.replied(1)
    long_ago = datetime.now(UTC) - timedelta(hours=30)
    with office.app.engine.begin() as connection:
        connection.execute(update(tables.memory).values(wrote_at=long_ago))
        for text in ("Jawaban pertama", "Jawaban kedua"):
            outbox.send(connection, [("whatsapp", ANA, "melawi", said(text))], datetime.now(UTC))
    assert office.replied(2)[1] == "[ada_jawaban]"
    wait_until(lambda: office.states() == ["sent", "held", "held"])
    office.say("2", "BUKA")
    assert office.replied(4)[2:] == ["Jawaban pertama", "Jawaban kedua"]


def test_a_window_that_closed_unseen_is_told_late(office: Office) -> None:
    office.say("1", "halo")
    office.replied(1)
    office.hook(value(statuses=[status("wamid.1", "failed", code=131047)]))
    wait_until(lambda: office.states() == ["held"])
    office.hook(value(statuses=[status("wamid.1", "failed", code=131026)]))


def test_a_week_old_message_gets_one_apology_and_old_greetings_none(office: Office) -> None:
    week = time.time() - 7 * 86400
    office.hook(value(message("1", "halo", at=week), message("2", "biaya sewa tenda", at=week)))
    assert office.replied(1) == ["[ada_jawaban]"]  # the window closed long ago
    office.say("3", "buka")
    card = office.replied(2)[1]
    assert card.startswith("Mohon maaf, pesan Bapak/Ibu tanggal")
    assert "Biaya" in card


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"type": "location", "location": {"latitude": -0.3, "longitude": 111.7}}, ""),
        ({"type": "contacts", "contacts": [{"name": {"formatted_name": "Pak Camat"}}]}, ""),
        ({"type": "sticker", "sticker": {"id": "1"}}, "belum dapat kami baca"),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, "belum dapat kami baca"),
        ({"type": "order", "order": {}}, "belum dapat kami baca"),
    ],
)
def test_every_kind_of_message_gets_a_sensible_answer(office: Office, content: dict[str, Any], says: str) -> None:
    office.say("1", "", **content)
    assert says in office.replied(1)[0]


def test_reactions_and_deletions_are_not_answered(office: Office) -> None:
    office.say("1", "biaya sewa tenda")
    office.replied(1)
    office.say("2", "", type="reaction", reaction={"message_id": "wamid.1", "emoji": "👍"})
    office.say("3", "", type="revoke", revoke={"original_message_id": "wamid.in.1"})
    wait_until(lambda: office.inbox() == 3)
    time.sleep(0.3)
    assert len(office.platform.sent) == 1
    with office.app.engine.connect() as connection:
        said = connection.execute(
            select(tables.inbox.c.text).where(tables.inbox.c.provider_id == "wamid.in.1")
        ).scalar()
    assert said == ""


def test_an_officers_own_words_silence_the_bot(office: Office) -> None:
    echo = {"from": "628120000", "to": ANA, "id": "wamid.e", "timestamp": str(int(time.time())), "type": "text"}
    office.hook(value(message_echoes=[echo]))
    wait_until(lambda: office.inbox() == 1)
    time.sleep(0.3)
    office.say("1", "biaya sewa tenda")
    office.say("2", "halo", BUDI)
    office.replied(1, BUDI)
    assert office.platform.texts(ANA) == []


def test_a_new_number_is_the_same_person(office: Office) -> None:
    office.say("1", "petugas Bagian Umum membentak ibu saya tadi pagi")
    office.replied(1)
    system = {"body": "…", "wa_id": BUDI, "type": "user_changed_number"}
    office.hook(value(message("2", sender=ANA, type="system", system=system)))
    office.say("3", "ya kirim", BUDI)
    assert "Nomor: ADU-" in office.replied(1, BUDI)[0]


def test_people_see_that_they_were_read(office: Office) -> None:
    office.say("1", "halo")
    wait_until(lambda: office.platform.marked == ["wamid.in.1"])


def test_each_number_is_its_own_office(app: App, platform: FakeWhatsApp, tmp_path: Path) -> None:
    offices = tmp_path / "kantor.yaml"
    offices.write_text(f"melawi: {{whatsapp: {{phone_id: '{PHONE_ID}', token: {TOKEN}}}}}\n", "utf-8")
    offices.chmod(0o600)
    with served(platform.application()) as api:
        app.settings = replace(
            app.settings, offices=offices, whatsapp_app_secret=SECRET, whatsapp_api=f"{api}/v25.0", agency=None
        )
        with served(application(app, app.worker)) as url:
            body = envelope(value(message("1", "biaya sewa tenda")))
            assert post(f"{url}/whatsapp", body, signed(body)) == 200
            wait_until(lambda: len(platform.sent) == 1)
            assert "Kabupaten Melawi" in platform.texts()[0]
        app.engine.dispose()


@on_both
def test_a_photo_is_fetched_and_kept_with_the_complaint(office: Office) -> None:
    office.platform.media = {"m1": PHOTO}
    office.platform.expired = set()
    office.say("1", "", type="image", image={"id": "m1", "mime_type": "image/jpeg", "caption": ""})
    assert "Lampiran sudah kami terima" in office.replied(1)[0]
    office.say("2", "toilet Bagian Umum kotor sejak senin")
    office.replied(2)
    office.say("3", "ya")
    office.replied(3)
    with office.app.engine.connect() as connection:
        (ticket,) = store.of_senders(connection, [("whatsapp", ANA)])["whatsapp", ANA]
    assert (office.app.settings.media / ticket.attachments[0].path).read_bytes() == PHOTO


@pytest.mark.parametrize(
    ("content", "says"), [(b"x" * (17 * 1024 * 1024), "terlalu besar"), (b"<script>", "tidak dapat diterima")]
)
def test_a_file_that_cannot_be_taken_is_said_so(office: Office, content: bytes, says: str) -> None:
    office.platform.media = {"m1": content}
    office.say("1", "", type="document", document={"id": "m1", "filename": "a.pdf"})
    assert says in office.replied(1)[0]


def test_our_token_goes_to_no_other_host(office: Office) -> None:
    office.platform.media, office.platform.elsewhere = {"m1": PHOTO}, "http://127.0.0.1:9"
    office.say("1", "", type="image", image={"id": "m1"})
    assert "tidak dapat diambil" in office.replied(1)[0]


@pytest.mark.parametrize("fault", [answers(131056), answers(130429), answers(131000, 500), answers(4, 429)])
def test_what_passes_is_tried_again(office: Office, fault: Any) -> None:
    office.platform.faults = [fault, fault]
    office.say("1", "halo")
    office.replied(1)
    wait_until(lambda: office.states() == ["sent"])


def test_what_is_final_is_not_tried_again_and_the_next_goes_out(office: Office) -> None:
    office.platform.faults = [answers(131026)]
    office.say("1", "halo")
    wait_until(lambda: office.states() == ["failed"])
    office.say("2", "biaya sewa tenda")
    office.replied(1)


@pytest.mark.parametrize("fault", [breaks(), garbles()])
def test_a_letter_nobody_knows_of_is_repeated_once_at_most(office: Office, fault: Any) -> None:
    office.platform.faults = [fault]
    office.say("1", "halo")
    office.replied(1)
    office.platform.faults = [fault, fault]
    office.say("2", "biaya sewa tenda")
    wait_until(lambda: office.states() == ["sent", "failed"])
    assert len(office.platform.sent) == 1


def test_a_letter_nobody_knew_of_is_not_repeated_once_its_arrival_is_told(office: Office) -> None:
    office.platform.faults = [breaks()]
    office.say("1", "halo")
    wait_until(lambda: office.states() == ["uncertain"])
    office.hook(value(statuses=[status("wamid.x", "delivered", "1")]))
    wait_until(lambda: office.states() == ["delivered"])
    assert office.platform.sent == []


# The door


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 401),
        ({"X-Hub-Signature-256": "sha256=00"}, 401),
        ({"X-Hub-Signature-256": "sha1=00"}, 401),
        (signed(b"other"), 401),
    ],
)
def test_an_unsigned_webhook_is_refused_and_nothing_stored(
    office: Office, headers: dict[str, str], expected: int
) -> None:
    assert post(f"{office.url}/whatsapp", envelope(value(message("1"))), headers) == expected
    assert office.inbox() == 0


def test_the_signature_is_over_the_raw_bytes(office: Office) -> None:
    odd = json.dumps(json.loads(envelope(value(message("1", "halo 😀 é")))), indent=3, sort_keys=True).encode() + b"\n"
    assert post(f"{office.url}/whatsapp", odd, signed(odd)) == 200
    assert post(f"{office.url}/whatsapp", odd + b" ", signed(odd)) == 401
    office.replied(1)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b'{"entry": 5}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_webhook_is_thanked_and_dropped(office: Office, body: bytes) -> None:
    assert post(f"{office.url}/whatsapp", body, signed(body)) == 200
    assert office.inbox() == 0


def test_a_body_too_large_is_refused(office: Office) -> None:
    body = b"x" * (1024 * 1024 + 2)
    assert post(f"{office.url}/whatsapp", body, signed(body)) == 413


def test_another_offices_number_is_not_ours(office: Office) -> None:
    assert office.hook(value(message("1"), phone_id="999")) == 200
    assert office.inbox() == 0


@pytest.mark.parametrize(("token", "expected"), [(VERIFY, 200), ("salah", 403), ("", 403)])
def test_the_handshake(office: Office, token: str, expected: int) -> None:
    query = f"hub.mode=subscribe&hub.verify_token={token.replace(' ', '%20')}&hub.challenge=123"
    assert get(f"{office.url}/whatsapp?{query}") == (expected, b"123" if expected == 200 else b"403: Forbidden")


def test_without_a_number_there_is_no_door(app: App) -> None:
    with served(application(app, app.worker)) as url:
        assert post(f"{url}/whatsapp", b"{}", signed(b"{}")) == 404
        assert post(f"{url}/telegram", b"{}", {}) == 404
    app.engine.dispose()
