# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever is tapped, in whatever order, a complaint being told breaks nothing and nothing half is sent."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import App
from knowledge.model import AgencyId
from tests.talk import Talk

CHOICES = st.sampled_from(
    """aduan:kirim aduan:baru aduan:sama aduan:batal aduan:ubah aduan:lewati aduan:lanjut aduan:rahasia aduan:anonim
    aduan:terbuka aduan:kapan:kemarin aduan:kantor:melawi aduan:kantor:sintang aduan:unit:melawi:3 aduan:unit:melawi:99
    aduan:unit:landak:1 aduan: aduan:x:y:z pengaduan petugas menu tambah:ADU-2611-0000P selesai:ADU-2611-0000P
    nilai:ADU-2611-0000P:9 tarik:ADU-2611-0000P belum:""".split()
)
TEXTS = st.sampled_from(
    ["mau ngadu", "petugas Bagian Umum membentak saya kemarin", "ya", "tidak", "lewati", "batal", "0812 5555 1234", "?",
     "biaya sewa tenda", "tanpa nama saja", "kemarin", "minta data pribadi saya dihapus", "1", "9", "", "makasih",
     "aduan saya gimana", "ADU-2611-0000P", "sewa tenda"]
)  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([None, AgencyId("melawi"), AgencyId("kaltim")]),
    st.lists(st.tuples(TEXTS, st.none() | CHOICES), min_size=1, max_size=14),
)
def test_any_order_of_words_and_taps(
    built_app: App, agency: AgencyId | None, said: list[tuple[str, str | None]]
) -> None:
    talk = Talk(built_app, agency)
    for text, choice in said:
        assert talk.say(text, choice), f"nothing was said to {text!r} {choice!r}"
    for ticket in talk.tickets:
        if ticket.kind != "petugas":
            assert ticket.agency
            assert ticket.text.strip()
            assert ticket.due is not None or ticket.status not in ("diterima",)
