# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""One office from the settings, several from a file; what is wrong is said with its place, no secret with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import lines
from bot.config import BadConfig, Settings
from knowledge.model import AgencyId

AGENCIES = [AgencyId("melawi"), AgencyId("landak")]
GOOD = """
melawi:
  whatsapp: {phone_id: "1011", token: EAAB, template: ada_jawaban}
  telegram: {token: "1:A"}
landak:
  telegram: {token: "2:B"}
"""


def offices(tmp_path: Path, content: str, mode: int = 0o600) -> Settings:
    path = tmp_path / "kantor.yaml"
    path.write_text(content, "utf-8")
    path.chmod(mode)
    return Settings(offices=path)


def test_several_offices_in_one_process(tmp_path: Path) -> None:
    found = lines.read(offices(tmp_path, GOOD), AGENCIES)
    assert [(n.agency, n.phone_id, n.template) for n in found.numbers] == [("melawi", "1011", "ada_jawaban")]
    assert [a.agency for a in found.accounts] == ["melawi", "landak"]
    assert len({a.secret for a in found.accounts}) == 2
    assert "EAAB" not in repr(found)
    assert "1:A" not in repr(found)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("sintang: {telegram: {token: x}}", "kantor 'sintang' tidak dikenal"),
        ("melawi: {}", "melawi: perlu whatsapp atau telegram"),
        ("melawi: {sms: {token: x}}", "perlu whatsapp atau telegram"),
        ("melawi: {whatsapp: {token: EAAB}}", "melawi > whatsapp: perlu phone_id, token"),
        ("melawi: {telegram: {token: ''}}", "melawi > telegram: perlu token"),
        ("melawi: {telegram: {token: x}}\nlandak: {telegram: {token: x}}", "Satu token dipakai dua kantor"),
        ("- melawi", "seharusnya daftar kantor"),
        ("melawi: [", "bukan YAML yang sah"),
    ],
)
def test_a_bad_file_is_said_with_its_place(content: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as error:
        lines.read(offices(tmp_path, content), AGENCIES)
    assert says in str(error.value)
    assert "EAAB" not in str(error.value)


def test_a_file_of_secrets_that_all_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="chmod 600"):
        lines.read(offices(tmp_path, GOOD, 0o644), AGENCIES)
    with pytest.raises(BadConfig, match="tidak ada"):
        lines.read(Settings(offices=tmp_path / "lain.yaml"), AGENCIES)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"TANYA_WHATSAPP_TOKEN": "EAAB"}, "TANYA_WHATSAPP_PHONE_ID belum diisi"),
        ({"TANYA_WHATSAPP_TOKEN": "EAAB", "TANYA_WHATSAPP_PHONE_ID": "1"}, "TANYA_WHATSAPP_APP_SECRET belum diisi"),
        ({"TANYA_WHATSAPP_PHONE_ID": "1"}, "TANYA_WHATSAPP_TOKEN belum diisi"),
        ({"TANYA_TELEGRAM_SECRET": "pendek"}, "TANYA_TELEGRAM_SECRET harus 32"),
        ({"TANYA_PUBLIC_URL": "bot.go.id"}, "TANYA_PUBLIC_URL harus diawali https://"),
    ],
)
def test_settings_that_do_not_fit_are_said(environ: dict[str, str], says: str) -> None:
    with pytest.raises(BadConfig) as error:
        Settings.from_env(environ)
    assert says in str(error.value)
    assert "EAAB" not in str(error.value)


def test_no_secret_shows_in_the_settings() -> None:
    environ = {f"TANYA_WHATSAPP_{name}": f"RAHASIA {name}" for name in ("TOKEN", "APP_SECRET", "VERIFY_TOKEN")}
    shown = repr(Settings.from_env({**environ, "TANYA_WHATSAPP_PHONE_ID": "1", "TANYA_TELEGRAM_TOKEN": "RAHASIA"}))
    assert "RAHASIA" not in shown
